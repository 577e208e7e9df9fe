package io.pinfold.hwmodel.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Plays a trace on one side and records what it shows. */
final class TraceRun {

    private final Side side;
    private final boolean isCounted;
    private final boolean isForced;
    private final boolean hasFrames;
    private final boolean hasLeaves;
    private final boolean hasHuge;
    private final boolean hasReserved;
    private final List<String> shown = new ArrayList<>();
    /** Pages of each ring's buffer. */
    private final int[] buffers = new int[Side.RINGS];
    private Pins mark;

    private TraceRun(Side side, Probe probe) {
        this.side = side;
        this.isCounted = probe.has(Need.COUNTERS);
        this.isForced = probe.has(Need.FORCE);
        this.hasFrames = probe.has(Need.FRAMES);
        this.hasLeaves = probe.has(Need.LEAVES);
        this.hasHuge = probe.has(Need.HUGE);
        this.hasReserved = probe.has(Need.RESERVED);
        mark = isCounted ? side.mergedPins() : new Pins(0, 0);
    }

    /**
     * Plays steps, then checks everything and gives everything back.
     *
     * @return what each step showed; then a line for each check at the end
     */
    static List<String> play(List<Step> steps, Side side, Probe probe) {
        TraceRun run = new TraceRun(side, probe);
        try (side) {
            run.play(steps);
        } catch (RuntimeException | Error e) {
            run.shown.add("FAILED: " + e.getMessage());
        }
        return run.shown;
    }

    private void play(List<Step> steps) {
        for (Step step : steps) {
            shown.add(one(step));
        }
        Set<Integer> pages = lookedAt(steps);
        boolean isAroundFaulted = steps.stream().anyMatch(Step::isOfFile); // fault-around differs
        for (int page : pages) {
            if (!isAroundFaulted || Area.of(page).hasLeaves()) {
                shown.add("at the end page " + page + ": " + mapped(side.page(page)));
            }
        }
        for (int page : pages) {
            shown.add("at the end page " + page + ": " + Shown.page(side.load(side.page(page))));
        }
        for (int ring = 0; ring < Side.RINGS; ring++) {
            for (int page = 0; page < buffers[ring]; page++) {
                shown.add("at the end ring " + ring + " buffer page " + page + ": "
                        + Shown.page(side.deviceLoad(ring, 0, page)));
            }
            if (buffers[ring] > 0) {
                shown.add("at the end " + one(new Step(Step.Kind.UNREGISTER, 0, 1, ring, 0)));
            }
        }
    }

    /**
     * The pages to check: all pages of small areas in use, and of large areas the first and last pages of steps with
     * their neighbours.
     */
    private static Set<Integer> lookedAt(List<Step> steps) {
        Set<Integer> pages = new TreeSet<>();
        for (Step step : steps) {
            Area area = Area.of(step.page());
            int end = step.page() + step.pages();
            int[] wanted = area.hasLeaves() ? new int[]{step.page() - 1, step.page(), end - 1, end}
                    : IntStream.range(area.first(), area.end()).toArray();
            for (int page : wanted) {
                if (page >= area.first() && page < area.end()) {
                    pages.add(page);
                }
            }
        }
        return pages;
    }

    /** Describes how the page is mapped. */
    private String mapped(long address) {
        if (!hasFrames) {
            return "not asked";
        }
        long frame = side.frame(address);
        String what = frame == 0 ? "nothing" : side.isZeroPage(frame) ? "zero page" : "page";
        return hasLeaves && side.isLeaf(address) ? what + " by a leaf" : what;
    }

    /**
     * Plays one step and returns its result. Exact counters cost a round trip to every processor, so they are read
     * where pins should change; an unexpected change by another step shows in the next reading.
     */
    private String one(Step step) {
        String result = act(step);
        if (step.kind().isOfMappings()) {
            return result + " " + side.mappings();
        }
        boolean isPinning = switch (step.kind()) {
            case REGISTER, UNREGISTER, PROCESS_VM, SPLICE -> true;
            default -> false;
        };
        if (!isPinning || !isCounted) {
            return result;
        }
        Pins now = side.mergedPins();
        Pins since = now.since(mark);
        mark = now;
        return result + " " + since;
    }

    private String act(Step step) {
        long address = side.page(step.page());
        int ring = step.ring();
        int bufferPage = buffers[ring] == 0 ? 0 : step.page() % buffers[ring];
        return switch (step.kind()) {
            case MAP -> map(step, address);
            case UNMAP -> Shown.result(side.unmap(address, step.pages()));
            case PROTECT -> Shown.result(side.protect(address, step.pages(), step.prot()));
            case DISCARD -> isTableOfOneLeafIn(step) ? "not asked" : Shown.result(side.discard(address, step.pages()));
            case ADVISE -> Shown.result(side.advise(address, step.pages(), step.isOdd() && hasHuge));
            case REGISTER -> buffers[ring] > 0 ? "busy" : register(step);
            case UNREGISTER -> buffers[ring] == 0 ? "idle" : unregister(ring);
            case STORE -> Shown.result(side.store(address, (byte) step.choice()));
            case LOAD -> Shown.page(side.load(address));
            case DEVICE_STORE -> buffers[ring] == 0 ? "idle"
                    : Shown.result(side.deviceStore(ring, 0, bufferPage, (byte) step.choice()));
            case DEVICE_LOAD -> buffers[ring] == 0 ? "idle" : Shown.page(side.deviceLoad(ring, 0, bufferPage));
            case PROCESS_VM -> Shown.count(side.processVm(Span.ofPages(address, step.pages()), step.isOdd()));
            case SPLICE -> splice(address);
            case MEM_LOAD -> isForced ? Shown.page(side.throughMem(address, false, (byte) 0)) : "not asked";
            case MEM_STORE -> isForced && Area.of(step.page()) != Area.RESERVED
                    ? Shown.result(side.throughMem(address, true, (byte) step.choice()))
                    : "not asked";
        };
    }

    private String map(Step step, long address) {
        Backing backing = step.backing() == Backing.HUGE && !hasHuge ? Backing.PRIVATE : step.backing();
        return backing == Backing.RESERVED && !hasReserved
                ? "not asked"
                : Shown.result(side.map(address, step.pages(), step.prot(), backing));
    }

    /**
     * Whether the range covers a whole leaf area that no leaf maps. 6.18 then frees the table, too, so that a leaf may
     * follow; 6.1 and the library keep it until munmap.
     */
    private boolean isTableOfOneLeafIn(Step step) {
        Area area = Area.of(step.page());
        return area == Area.HUGE && area.coversLeaf(step.page(), step.pages())
                && !(hasLeaves && side.isLeaf(side.page(area.firstLeaf())));
    }

    private String register(Step step) {
        int result = side.register(step.ring(), Span.ofPages(side.page(step.page()), step.pages()));
        buffers[step.ring()] = result == 0 ? step.pages() : 0;
        return Shown.result(result);
    }

    private String unregister(int ring) {
        buffers[ring] = 0;
        return Shown.result(side.unregister(ring));
    }

    private String splice(long address) {
        long n = side.splice(address, 1);
        return n < 0 ? Shown.errno(n) : n + " " + Shown.page(side.drain());
    }
}
