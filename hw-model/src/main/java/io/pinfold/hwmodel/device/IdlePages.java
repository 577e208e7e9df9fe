package io.pinfold.hwmodel.device;

import io.pinfold.core.gup.Errno;
import java.util.BitSet;
import java.util.function.LongPredicate;

/**
 * Which pages of a device are idle, which are busy, and how those were handed out: to an owner who gives them back, with a reference, or
 * to a mapping. What its driver knows. Any thread.
 */
final class IdlePages {
    /** Of {@link #take}: no page is handed out any more. */
    static final long CLOSED = 0;

    private final long firstPfn;
    private final int pages;
    private final int order;
    private final BitSet busy = new BitSet(); // guarded by this
    private final BitSet referenced = new BitSet(); // guarded by this; busy, and the reference was not put yet
    private final BitSet owned = new BitSet(); // guarded by this; busy, and come back by the word of their owner
    private int next; // guarded by this
    private boolean isClosed; // guarded by this

    IdlePages(long firstPfn, int pages, int order) {
        this.firstPfn = firstPfn;
        this.pages = pages;
        this.order = order;
    }

    /**
     * The frame of a page that was idle and is busy now; -ENOMEM, or {@link #CLOSED}. Goes round, so that a page is used again
     * late.
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

    /** As {@link #take}, for an owner who gives the page back by {@link #giveBackOwned}. */
    synchronized long takeOwned() {
        long pfn = take();
        if (pfn > 0) {
            owned.set(page(pfn));
        }
        return pfn;
    }

    /**
     * As {@link #take}; before anybody can close this, {@code getReference} takes a reference on the page, which
     * {@link #endReference} gives up. {@link #CLOSED} if it could not.
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

    /** The caller is to drop the reference of {@link #takeReferenced}; false if there is none, or another caller was told so. */
    synchronized boolean endReference(long pfn) {
        int page = page(pfn);
        boolean wasReferenced = referenced.get(page);
        referenced.clear(page);
        return wasReferenced;
    }

    /** From now on no page is taken; pages that are busy come back as before. */
    synchronized void close() {
        isClosed = true;
    }

    /** The page is idle again, however it was handed out; false if it was idle. */
    synchronized boolean giveBack(long pfn) {
        int page = page(pfn);
        boolean wasBusy = busy.get(page);
        busy.clear(page);
        owned.clear(page);
        return wasBusy;
    }

    /** The page of an owner is idle again; false if no owner has it, and nothing has changed. */
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
