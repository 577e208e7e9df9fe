package io.pinfold.hwmodel.device;

import io.pinfold.core.gup.Errno;
import java.util.BitSet;
import java.util.function.LongPredicate;

/**
 * The driver's table of a device's pages. A page is idle or busy; a busy page was handed out to an owner who gives it
 * back, with a reference, or to a mapping. Any thread.
 */
final class IdlePages {
    /** A result of {@link #take}: no page is handed out any more. */
    static final long CLOSED = 0;

    private final long firstPfn;
    private final int pages;
    private final int order;
    private final BitSet busy = new BitSet(); // guarded by this
    private final BitSet referenced = new BitSet(); // guarded by this; busy, and the reference was not put yet
    private final BitSet owned = new BitSet(); // guarded by this; busy, and given back by its owner
    private int next; // guarded by this
    private boolean isClosed; // guarded by this

    IdlePages(long firstPfn, int pages, int order) {
        this.firstPfn = firstPfn;
        this.pages = pages;
        this.order = order;
    }

    /**
     * Makes an idle page busy and returns its frame; else -ENOMEM or {@link #CLOSED}. The search goes around, so that a
     * page is reused late.
     */
    synchronized long take() {
        if (isClosed) {
            return CLOSED;
        }
        int page = busy.nextClearBit(next);
        if (page >= pages) {
            page = busy.nextClearBit(0);
        }
        if (page >= pages) {
            return -Errno.ENOMEM;
        }
        busy.set(page);
        next = page + 1 == pages ? 0 : page + 1;
        return firstPfn + ((long) page << order);
    }

    /** Does what {@link #take} does, for an owner who gives the page back by {@link #giveBackOwned}. */
    synchronized long takeOwned() {
        long pfn = take();
        if (pfn > 0) {
            owned.set(page(pfn));
        }
        return pfn;
    }

    /**
     * Does what {@link #take} does with a reference: {@code getReference} takes it on the page before a close can
     * happen, and {@link #endReference} ends it. Returns {@link #CLOSED} if there was no reference to take.
     */
    synchronized long takeReferenced(LongPredicate getReference) {
        long pfn = take();
        if (pfn > 0 && !getReference.test(pfn)) {
            boolean _ = giveBack(pfn);
            return CLOSED;
        }
        if (pfn > 0) {
            referenced.set(page(pfn));
        }
        return pfn;
    }

    /**
     * Whether the caller is to drop the reference of {@link #takeReferenced}; false if there is none, or another caller
     * drops it.
     */
    synchronized boolean endReference(long pfn) {
        int page = page(pfn);
        boolean wasReferenced = referenced.get(page);
        referenced.clear(page);
        return wasReferenced;
    }

    /** Closes the table: no page is taken any more; busy pages come back as before. */
    synchronized void close() {
        isClosed = true;
    }

    /** Makes the page idle, however it was handed out; false if it was idle. */
    synchronized boolean giveBack(long pfn) {
        int page = page(pfn);
        boolean wasBusy = busy.get(page);
        busy.clear(page);
        owned.clear(page);
        return wasBusy;
    }

    /** Makes the page of an owner idle; false, with nothing changed, if no owner has it. */
    synchronized boolean giveBackOwned(long pfn) {
        return owned.get(page(pfn)) && giveBack(pfn);
    }

    synchronized boolean isBusy(long pfn) {
        return busy.get(page(pfn));
    }

    synchronized int countBusy() {
        return busy.cardinality();
    }

    private int page(long pfn) {
        long page = pfn - firstPfn >> order;
        if (pfn < firstPfn || page >= pages || firstPfn + (page << order) != pfn) {
            throw new IndexOutOfBoundsException("frame " + pfn + " is not the first of one of the " + pages
                    + " pages of " + (1L << order) + " frames from " + firstPfn);
        }
        return (int) page;
    }
}
