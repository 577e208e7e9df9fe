package io.pinfold.core.memory.frame;

import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;

/** The meanings of the counters of a walker slot: arguments of {@link io.pinfold.core.epoch.WalkerSlot#count}. */
public final class Counters {
    /** Pages that a fast walk obtained. */
    public static final int FAST_HITS = 0;

    private static final int FALL_BACKS = 8;
    private static final int ROLL_BACKS = 32;
    private static final int HANDLE_PINS = 48;

    private Counters() {
    }

    /** The counter of fast walks that stopped for this reason. */
    public static int of(FallBack reason) {
        return FALL_BACKS + reason.ordinal();
    }

    /** The counter of pages given back at this step. */
    public static int of(RollBack step) {
        return ROLL_BACKS + step.ordinal();
    }

    /** The counter of pins taken by frame handle on a node, those of another life included. */
    public static int handlePins(int node) {
        return HANDLE_PINS + node;
    }
}
