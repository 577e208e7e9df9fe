package io.pinfold.core.memory.batch;

import io.pinfold.core.memory.zone.MemoryMap;
import io.pinfold.core.words.Align;

/**
 * The control block of one page batch.
 *
 * <pre>
 * off  size  field
 *   0   8    word: batch id &lt;&lt; 3 | state
 *   8   8    pages held, for the list of what keeps a memory open
 *  16   8    1: the PageBatch was dropped while it held pages
 * 128  64    pins acquired, by node; written by the batch's user alone
 * 192  64    pins released, by node
 * </pre>
 *
 * <p>State: EMPTY -&gt; FILLING -&gt; HELD_GET or HELD_PIN -&gt; RELEASING -&gt; EMPTY; FILLING -&gt; EMPTY; EMPTY
 * -&gt; CLOSED. Every arrow out of EMPTY and HELD is a compareAndSet, so that of two threads one succeeds and the other
 * throws.
 */
public final class BatchSlotLayout {
    static final int WORD = 0;
    static final int PAGES = 8;
    static final int LEAKED = 16;
    public static final int ACQUIRED = Align.NO_SHARING_BYTES;
    public static final int RELEASED = ACQUIRED + MemoryMap.MAX_NODES * Long.BYTES;
    static final int BYTES = 256;

    static final int EMPTY = 0;
    static final int FILLING = 1;
    static final int HELD_GET = 2;
    static final int HELD_PIN = 3;
    static final int RELEASING = 4;
    static final int CLOSED = 5;

    private static final int STATE_BITS = 3;
    private static final String[] NAMES = {"empty", "being filled", "holding gets", "holding pins",
            "being released", "closed"};

    private BatchSlotLayout() {
    }

    static long word(long id, int state) {
        return id << STATE_BITS | state;
    }

    static int state(long word) {
        return (int) word & (1 << STATE_BITS) - 1;
    }

    static long id(long word) {
        return word >>> STATE_BITS;
    }

    static String nameOf(int state) {
        return state < NAMES.length ? NAMES[state] : "in state " + state;
    }
}
