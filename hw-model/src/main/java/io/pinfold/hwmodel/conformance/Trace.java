package io.pinfold.hwmodel.conformance;

import io.pinfold.core.mm.Prot;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random traces: what they are made of. */
final class Trace {

    /** Pages that a trace works on. */
    static final int PAGES = 6;
    private static final int STEPS_MIN = 10;
    private static final int STEPS_MORE = 40;
    private static final int LETTERS = 26;

    /** How often each kind is chosen, of the sum. */
    private static final int[] WEIGHTS = {6, 5, 12, 8, 12, 6, 20, 12, 10, 12, 4, 3, 3, 4};

    private Trace() {
    }

    /** The trace of a seed. */
    static List<Step> of(long seed) {
        Random random = new Random(seed);
        List<Step> steps = new ArrayList<>();
        boolean hasShared = random.nextBoolean();
        boolean beginsShared = hasShared && random.nextBoolean();
        steps.add(new Step(Step.Kind.MAP, 0, PAGES, 0, Prot.READ_WRITE | (beginsShared ? Step.SHARED : 0)));
        int count = STEPS_MIN + random.nextInt(STEPS_MORE);
        while (steps.size() < count) {
            steps.add(step(random, hasShared));
        }
        return steps;
    }

    private static Step step(Random random, boolean hasShared) {
        Step.Kind kind = kind(random);
        int page = random.nextInt(PAGES);
        int pages = 1 + random.nextInt(PAGES - page);
        int ring = random.nextInt(Side.RINGS);
        int choice = switch (kind) {
            case MAP -> protection(random, hasShared) | (hasShared && random.nextInt(3) == 0 ? Step.SHARED : 0);
            case PROTECT -> protection(random, hasShared);
            case STORE, DEVICE_STORE, MEM_STORE -> 'A' + random.nextInt(LETTERS);
            default -> random.nextInt(2);
        };
        boolean isOnePage = switch (kind) {
            case STORE, LOAD, DEVICE_STORE, DEVICE_LOAD, SPLICE, MEM_LOAD, MEM_STORE -> true;
            default -> false;
        };
        return new Step(kind, page, isOnePage ? 1 : pages, ring, choice);
    }

    private static Step.Kind kind(Random random) {
        int sum = 0;
        for (int weight : WEIGHTS) {
            sum += weight;
        }
        int at = random.nextInt(sum);
        int kind = 0;
        while (at >= WEIGHTS[kind]) {
            at -= WEIGHTS[kind++];
        }
        return Step.Kind.values()[kind];
    }

    /**
     * Mostly both; NONE, READ and WRITE alone otherwise. Memory that may only be written is read by a get if, and only if, it is
     * mapped already: the walk looks at the entry, the fault at the mapping. Whether a shared page is mapped depends on the faults
     * around it (row shared-fault-around), so there WRITE does not come alone.
     */
    private static int protection(Random random, boolean hasShared) {
        int prot = random.nextInt(2) == 0 ? Prot.READ_WRITE : random.nextInt(Prot.READ_WRITE + 1);
        return prot == Prot.WRITE && hasShared ? Prot.READ_WRITE : prot;
    }
}
