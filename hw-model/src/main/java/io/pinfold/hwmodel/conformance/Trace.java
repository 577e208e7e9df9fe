package io.pinfold.hwmodel.conformance;

import io.pinfold.core.mm.Prot;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Generates random traces. Each works in one or two areas; most steps are in the first. */
final class Trace {

    private static final int STEPS_MIN = 12;
    private static final int STEPS_MORE = 48;
    private static final int LETTERS = 26;
    /** Pages of the buffer of the callers of process_vm_readv. */
    private static final int PROCESS_VM_PAGES = Scratch.BUFFER_BYTES / Scratch.PAGE_BYTES;

    /** The weight of each kind of step. */
    private static final int[] KINDS = {9, 6, 12, 7, 8, 10, 5, 18, 11, 8, 10, 4, 3, 3, 4};
    /** The weight of each kind of area. */
    private static final int[] AREAS = {3, 2, 4, 2};

    private final Random random;
    private final List<Step> steps = new ArrayList<>();
    private final Area main;
    private final Area other;
    private final boolean hasFile;

    private Trace(long seed) {
        random = new Random(seed);
        main = Area.values()[choice(AREAS)];
        other = Area.values()[choice(AREAS)];
        boolean hasShared = (main == Area.SMALL || other == Area.SMALL) && random.nextBoolean();
        hasFile = hasShared || main == Area.OBJECT || other == Area.OBJECT;
    }

    /** Returns the trace of a seed. */
    static List<Step> of(long seed) {
        Trace trace = new Trace(seed);
        trace.begin(trace.main);
        if (trace.other != trace.main) {
            trace.begin(trace.other);
        }
        int count = STEPS_MIN + trace.random.nextInt(STEPS_MORE);
        while (trace.steps.size() < count) {
            trace.steps.add(trace.step());
        }
        return List.copyOf(trace.steps);
    }

    /** Draws the first mapping, mostly of the whole area. */
    private void begin(Area area) {
        if (random.nextInt(5) > 0) {
            boolean isShared = area == Area.SMALL && hasFile && random.nextInt(3) == 0;
            boolean isReserved = area == Area.RESERVED;
            steps.add(map(isReserved ? area.firstLeaf() : area.first(),
                    isReserved ? 2 * Side.HUGE_PAGES : area.end() - area.first(), Prot.READ_WRITE,
                    isShared ? Backing.SHARED : area.backing()));
        }
    }

    private static Step map(int page, int pages, int prot, Backing backing) {
        return new Step(Step.Kind.MAP, page, pages, 0, Step.mapChoice(prot, backing));
    }

    private Step step() {
        Step last = lastOfMappings();
        int way = random.nextInt(10);
        if (last != null && way == 0 && last.kind() != Step.Kind.UNMAP) {
            return again(last);
        }
        if (last != null && way == 1) {
            return beside(last);
        }
        Area area = random.nextInt(4) == 0 ? other : main;
        Step.Kind kind = Step.Kind.values()[choice(KINDS)];
        int page = area.page(random);
        int pages = area.pages(random, page);
        return switch (kind) {
            case MAP -> freshMap(area, page, pages);
            case PROTECT -> new Step(kind, page, pages, 0, protection());
            case ADVISE -> new Step(kind, page, pages, 0, advice(area));
            case STORE, MEM_STORE -> new Step(kind, page, 1, 0, letter());
            case DEVICE_STORE -> new Step(kind, page, 1, ring(), letter());
            case LOAD, MEM_LOAD, SPLICE -> new Step(kind, page, 1, 0, 0);
            case DEVICE_LOAD, UNREGISTER -> new Step(kind, page, 1, ring(), 0);
            case REGISTER -> new Step(kind, page, pages, ring(), 0);
            case PROCESS_VM ->
                    new Step(kind, page, Math.min(pages, PROCESS_VM_PAGES), 0, random.nextInt(2));
            case UNMAP, DISCARD -> new Step(kind, page, pages, 0, 0);
        };
    }

    private Step freshMap(Area area, int page, int pages) {
        Backing backing = area.backing();
        if (area == Area.SMALL && hasFile && random.nextInt(3) == 0) {
            backing = Backing.SHARED;
        } else if (area == Area.RESERVED && !area.isOfLeaves(page, pages)) {
            if (random.nextInt(4) > 0) {
                return map(page / Side.HUGE_PAGES * Side.HUGE_PAGES, Side.HUGE_PAGES, protection(), backing)
                        .within(area);
            }
            backing = random.nextInt(4) == 0 ? backing : Backing.PRIVATE; // misaligned, or over a part of a huge page
        } else if (area == Area.OBJECT && random.nextInt(6) == 0) {
            backing = Backing.PRIVATE;
        }
        return map(page, pages, protection(), backing);
    }

    /** The last step that made or changed mappings; null if there is none. */
    private @Nullable Step lastOfMappings() {
        for (int i = steps.size() - 1; i >= 0; i--) {
            if (steps.get(i).kind().isOfMappings()) {
                return steps.get(i);
            }
        }
        return null;
    }

    /** Repeats a part of the step, which changes nothing. */
    private Step again(Step last) {
        int skipped = random.nextInt(last.pages());
        int pages = random.nextInt(3) == 0 ? last.pages() - skipped : 1 + random.nextInt(last.pages() - skipped);
        Step.Kind kind = last.kind() == Step.Kind.MAP ? Step.Kind.PROTECT : last.kind();
        int choice = kind == Step.Kind.PROTECT ? last.prot() : last.choice();
        return new Step(kind, last.page() + skipped, pages, 0, choice);
    }

    /** Draws a mapping that begins where the step's range ends, or ends where it begins, sometimes with a gap. */
    private Step beside(Step last) {
        Area area = Area.of(last.page());
        int gap = random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0;
        boolean isBehind = random.nextBoolean();
        int pages = area == Area.RESERVED ? Side.HUGE_PAGES : 1 + random.nextInt(6);
        int page = isBehind ? last.page() + last.pages() + gap : last.page() - gap - pages;
        int prot = last.kind() == Step.Kind.MAP || last.kind() == Step.Kind.PROTECT ? last.prot() : Prot.READ_WRITE;
        Backing backing = last.kind() == Step.Kind.MAP ? last.backing() : area.backing();
        return map(page, pages, prot, backing).within(area);
    }

    private int choice(int[] weights) {
        int sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        int at = random.nextInt(sum);
        int choice = 0;
        while (at >= weights[choice]) {
            at -= weights[choice++];
        }
        return choice;
    }

    private int ring() {
        return random.nextInt(Side.RINGS);
    }

    private int letter() {
        return 'A' + random.nextInt(LETTERS);
    }

    /**
     * Draws an advice. Memory files may get huge pages by advice if the system is configured so; these traces do not
     * ask for that.
     */
    private int advice(Area area) {
        return area.hasLeaves() && random.nextInt(3) > 0 ? 1 : 0;
    }

    /**
     * Draws a protection: mostly READ and WRITE, else NONE, READ or WRITE alone. A get reads write-only memory if and
     * only if it is mapped already: the walk checks the entry, the fault checks the mapping. Whether a page of a file
     * is mapped depends on the faults around it (row shared-fault-around), and 6.18 never maps the huge zero page there
     * (row vmsplice-huge-zero-write-only). So WRITE alone is not drawn where either is possible.
     */
    private int protection() {
        int prot = random.nextInt(2) == 0 ? Prot.READ_WRITE : random.nextInt(Prot.READ_WRITE + 1);
        boolean isUnclear = hasFile || main == Area.HUGE || other == Area.HUGE;
        return prot == Prot.WRITE && isUnclear ? Prot.READ_WRITE : prot;
    }
}
