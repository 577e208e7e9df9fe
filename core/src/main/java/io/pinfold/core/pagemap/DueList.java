package io.pinfold.core.pagemap;

import io.pinfold.core.words.Words;

/**
 * Pages whose put left only their owner's reference and whose owner has not been told yet. A put may run in a walker
 * slot, so adding neither locks nor allocates: a stack through one int a frame, which says whether the frame is on it.
 *
 * <pre>
 * Put                                                Caller of the owner
 * DUE1 link: 0 -&gt; END, CAS; lost: it is on the list  TELL1 list -&gt; empty, exchange: all of it is mine
 * DUE2 link = first, release; first -&gt; frame, CAS    TELL2 per frame: read its link, then link = 0, volatile
 *                                                    TELL3 call back
 * </pre>
 *
 * <p>A put that loses DUE1 precedes TELL2 of the entry that beat it, so the call of TELL3 begins after the put. No
 * thread takes single frames off, so a first frame that comes back between the two halves of DUE2 does no harm.
 */
final class DueList {
    private static final int END = -1;

    private DueList() {
    }

    /** Adds a frame unless it is on the list. */
    static void add(long listWord, long linkAddress, long pfn) {
        if (!Words.compareAndSetInt(linkAddress, 0, END)) { // DUE1 -> TELL2
            return;
        }
        for (;;) {
            long first = Words.getLongVolatile(listWord);
            Words.setIntRelease(linkAddress, first == 0 ? END : (int) first);
            if (Words.compareAndSetLong(listWord, first, pfn)) { // DUE2 -> TELL1
                return;
            }
        }
    }

    static boolean isEmpty(long listWord) {
        return Words.getLongVolatile(listWord) == 0;
    }

    /** Takes everything; the first frame, 0 for none. */
    static long takeAll(long listWord) {
        return Words.getAndSetLong(listWord, 0); // TELL1
    }

    /** Takes the frame of {@code linkAddress} off what {@link #takeAll} gave; the next one, 0 for none. */
    static long next(long linkAddress) {
        int next = Words.getAndSetInt(linkAddress, 0); // TELL2 -> DUE1
        return next == END ? 0 : Integer.toUnsignedLong(next);
    }
}
