package io.pinfold.core.memory;

import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;

/**
 * How many frames of a memory are held by handle, and how many pins by handle were given back. The number of holds is what keeps the
 * memory open for holders: steps H5, O1, P1, P4 and O4 of {@link FrameHandles}, against C3 of close.
 *
 * <p>Not final: a test runs another thread's part in the middle of a release, when that counts its pin.
 */
class HandleHolds {
    private static final int HOLDS = 0;
    private static final int RELEASED = Align.NO_SHARING_BYTES; // by node
    private static final int CONTROL_BYTES = RELEASED + Align.NO_SHARING_BYTES;

    private final Arena arena; // keeps the control words
    private final long control;

    HandleHolds(Arena arena) {
        this.arena = arena;
        this.control = ControlMemory.allocate(arena, "frame handles", CONTROL_BYTES, Align.NO_SHARING_BYTES).address();
    }

    /** H5 and O1: one hold more, of a caller that is in a slot or has the lifecycle lock. */
    void add() {
        long _ = Words.getAndAddLong(control + HOLDS, 1); // H5, O1 -> C3
    }

    /** P1: one hold more if there is any, so that the memory stays open while records are looked at. */
    boolean tryAdd() {
        long holds = Words.getLongVolatile(control + HOLDS);
        StackRoom.forPart(holds);
        while (holds > 0) {
            long found = Words.compareAndExchangeLong(control + HOLDS, holds, holds + 1); // P1 -> C3
            if (found == holds) {
                return true;
            }
            holds = found;
        }
        return false;
    }

    /** P4 and O4: {@code n} holds less; the last touch of a release. */
    void remove(int n) {
        long _ = Words.getAndAddLong(control + HOLDS, -n); // P4, O4 -> C3
        Reference.reachabilityFence(arena);
    }

    /** C3: holds now; close asks after every slot is parked. */
    long count() {
        return Words.getLongVolatile(control + HOLDS);
    }

    /** {@code n} pins of a node are about to be dropped; takers count theirs in their slots, releasers have none. */
    void countReleased(int node, int n) {
        long _ = Words.getAndAddLong(control + RELEASED + (long) node * Long.BYTES, n);
    }

    /** Pins of a node that were taken by handle and given back. */
    long released(int node) {
        long released = Words.getLongVolatile(control + RELEASED + (long) node * Long.BYTES);
        Reference.reachabilityFence(arena);
        return released;
    }
}
