package io.pinfold.core.device;

import io.pinfold.core.words.Words;

/**
 * Pages whose put left only their owner's reference and whose owner has not been told yet. Whoever puts may be in a walker slot,
 * so adding neither locks nor allocates: a stack through one int a frame, which says whether the frame is on it.
 *
 * <pre>
 * Put                                              Whoever tells the owner
 * L1 link: 0 -&gt; END, CAS; lost: it is on the list    T1 list -&gt; empty, exchange: all of it is mine
 * L2 link = first, release; first -&gt; frame, CAS      T2 per frame: read its link, then link = 0, volatile
 *                                                  T3 call back
 * </pre>
 *
 * <p>A put that loses L1 precedes T2 of the entry that beat it, so the call of T3 begins after the put. Nobody takes single
 * frames off, so a first frame that comes back between the two halves of L2 does no harm.
 */
final class DueList {
    private static final int END = -1;

    private DueList() {
    }

    /** Adds a frame unless it is on the list. */
    static void add(long listWord, long linkAddress, long pfn) {
        if (!Words.compareAndSetInt(linkAddress, 0, END)) { // L1 -> T2
            return;
        }
        for (;;) {
            long first = Words.getLongVolatile(listWord);
            Words.setIntRelease(linkAddress, first == 0 ? END : (int) first);
            if (Words.compareAndSetLong(listWord, first, pfn)) { // L2 -> T1
                return;
            }
        }
    }

    static boolean isEmpty(long listWord) {
        return Words.getLongVolatile(listWord) == 0;
    }

    /** Takes everything; the first frame, 0 for none. */
    static long takeAll(long listWord) {
        return Words.getAndSetLong(listWord, 0); // T1
    }

    /** Takes the frame of {@code linkAddress} off what {@link #takeAll} gave; the next one, 0 for none. */
    static long next(long linkAddress) {
        int next = Words.getAndSetInt(linkAddress, 0); // T2 -> L1
        return next == END ? 0 : Integer.toUnsignedLong(next);
    }
}
