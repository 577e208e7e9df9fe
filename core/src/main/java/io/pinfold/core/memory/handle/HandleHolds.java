package io.pinfold.core.memory.handle;

import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;

/**
 * The number of frames of a memory that are held by handle, and of pins by handle that were given back. The number of
 * holds keeps the memory open for holders: steps HANDLE5, OWNER1, HOLDER1, HOLDER4 and OWNER4 of {@code FrameHandles},
 * against CLOSE4 of close.
 *
 * <p>Not final: a test runs another thread's part in the middle of a release, when the release counts its pin.
 */
public class HandleHolds {
    private static final int HOLDS = 0;
    private static final int RELEASED = Align.NO_SHARING_BYTES; // by node
    private static final int CONTROL_BYTES = RELEASED + Align.NO_SHARING_BYTES;

    private final Arena arena; // keeps the control words
    private final long control;

    public HandleHolds(Arena arena) {
        this.arena = arena;
        this.control = ControlMemory.allocate(arena, "frame handles", CONTROL_BYTES, Align.NO_SHARING_BYTES).address();
    }

    /** HANDLE5 and OWNER1: one hold more, of a caller that is in a slot or has the lifecycle lock. */
    public void add() {
        long _ = Words.getAndAddLong(control + HOLDS, 1); // HANDLE5, OWNER1 (KEEP5) -> CLOSE4
    }

    /** HOLDER1: one hold more if there is any, so that the memory stays open while records are looked at. */
    public boolean tryAdd() {
        long holds = Words.getLongVolatile(control + HOLDS);
        StackRoom.forPart(holds);
        while (holds > 0) {
            long found = Words.compareAndExchangeLong(control + HOLDS, holds, holds + 1); // HOLDER1 -> CLOSE4
            if (found == holds) {
                return true;
            }
            holds = found;
        }
        return false;
    }

    /** HOLDER4 and OWNER4: {@code n} holds less; the last touch of a release. */
    public void remove(int n) {
        long _ = Words.getAndAddLong(control + HOLDS, -n); // HOLDER4, OWNER4 -> CLOSE4
        Reference.reachabilityFence(arena);
    }

    /** CLOSE4: holds now; close reads it after every slot is parked. */
    public long count() {
        return Words.getLongVolatile(control + HOLDS);
    }

    /** {@code n} pins of a node are about to be dropped; takers count theirs in their slots, releasers have none. */
    public void countReleased(int node, int n) {
        long _ = Words.getAndAddLong(control + RELEASED + (long) node * Long.BYTES, n);
    }

    /** Pins of a node that were taken by handle and given back. */
    public long released(int node) {
        long released = Words.getLongVolatile(control + RELEASED + (long) node * Long.BYTES);
        Reference.reachabilityFence(arena);
        return released;
    }
}
