package io.pinfold.hwmodel.device;

import io.pinfold.core.gup.Errno;
import java.util.BitSet;

/** Which pages of a device are idle and which are busy: what its driver knows. Any thread. */
final class IdlePages {
    private final long firstPfn;
    private final int pages;
    private final int order;
    private final BitSet busy = new BitSet(); // guarded by this
    private int next; // guarded by this

    IdlePages(long firstPfn, int pages, int order) {
        this.firstPfn = firstPfn;
        this.pages = pages;
        this.order = order;
    }

    /** The frame of a page that was idle and is busy now; or -ENOMEM. Goes round, so that a page is used again late. */
    synchronized long take() {
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

    /** The page is idle again; false if it was idle. */
    synchronized boolean giveBack(long pfn) {
        int page = page(pfn);
        boolean wasBusy = busy.get(page);
        busy.clear(page);
        return wasBusy;
    }

    synchronized boolean isBusy(long pfn) {
        return busy.get(page(pfn));
    }

    synchronized int countBusy() {
        return busy.cardinality();
    }

    private int page(long pfn) {
        long page = pfn - firstPfn >> order;
        if (page < 0 || page >= pages) {
            throw new IndexOutOfBoundsException(
                    "frame " + pfn + " is not one of the " + pages + " pages from " + firstPfn);
        }
        return (int) page;
    }
}
