package io.pinfold.core.memory.handle;

import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;

/**
 * Counts of the takes by handle that no session made. A session counts in its slot, which one thread writes; here each
 * thread counts in the stripe that its number picks, so two threads seldom write to one cache line.
 */
public final class TakeCounts {
    /** The counter of takes that met another life and were undone; those below are pins, by node. */
    public static final int RECYCLED = 8;

    private static final int STRIPES = 64;

    private final Arena arena; // keeps the control words
    private final long words;

    public TakeCounts(Arena arena) {
        this.arena = arena;
        this.words = ControlMemory.allocate(arena, "takes by handle", (long) STRIPES * Align.NO_SHARING_BYTES,
                Align.NO_SHARING_BYTES).address();
    }

    private long word(int stripe, int counter) {
        return words + (long) stripe * Align.NO_SHARING_BYTES + (long) counter * Long.BYTES;
    }

    /**
     * One take more.
     *
     * @param counter a node, for a pin on it, or {@link #RECYCLED}
     */
    public void add(int counter) {
        int stripe = (int) Thread.currentThread().threadId() & STRIPES - 1;
        long _ = Words.getAndAddLong(word(stripe, counter), 1);
    }

    /** Sum of one counter over all threads. */
    public long sum(int counter) {
        long sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            sum += Words.getLongOpaque(word(stripe, counter));
        }
        Reference.reachabilityFence(arena);
        return sum;
    }
}
