package io.pinfold.core.memory;

import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;

/**
 * Gives the pages of a batch back (put_page, unpin_user_pages, unpin_user_pages_dirty_lock). Needs no walker slot: the state RELEASING
 * keeps the memory open until the last record has been touched and the last frame freed. Pins are counted as released before
 * their references are dropped; what the last put frees is drained at the end, outside the loop.
 *
 * <p>Every page is held until its own put, so its compound word is stable when it is read.
 */
final class BatchRelease {
    private BatchRelease() {
    }

    static int putPages(PhysicalMemory memory, PageBatch batch) {
        return release(memory, batch, false, false);
    }

    static int unpinUserPages(PhysicalMemory memory, PageBatch batch, boolean makeDirty) {
        return release(memory, batch, true, makeDirty);
    }

    private static int release(PhysicalMemory memory, PageBatch batch, boolean pinned, boolean makeDirty) {
        int[] pfns = batch.beginRelease(pinned);
        try {
            int count = batch.size();
            if (pinned) {
                countReleased(memory, batch, pfns, count);
            }
            drop(memory, batch, pfns, count, pinned, makeDirty);
            int unused = batch.deferred().drain();
            return count;
        } finally {
            batch.endRelease();
        }
    }

    private static void countReleased(PhysicalMemory memory, PageBatch batch, int[] pfns, int count) {
        int zeroPfn = (int) memory.zeroPfn();
        boolean oneNode = memory.nodes() == 1;
        int counted = 0;
        for (int index = 0; index < count; index++) {
            if (pfns[index] != zeroPfn) {
                counted++;
                if (!oneNode) {
                    batch.countReleased(memory.nodeOf(pfns[index]), 1);
                }
            }
        }
        if (oneNode) {
            batch.countReleased(0, counted);
        }
    }

    private static void drop(PhysicalMemory memory, PageBatch batch, int[] pfns, int count, boolean pinned,
            boolean makeDirty) {
        long recordBase = memory.recordBase();
        long zeroPfn = memory.zeroPfn();
        for (int index = 0; index < count;) {
            long pfn = pfns[index];
            memory.checkPfn(pfn);
            if (pinned && pfn == zeroPfn) {
                index++; // pins of the zero page are not counted
                continue;
            }
            long record = PageLayout.record(recordBase, pfn);
            long compound = Compound.of(record);
            if (compound != Compound.NONE) {
                index = dropRun(memory, batch, pfns, index, count, pinned, makeDirty);
                continue;
            }
            if (makeDirty) {
                markDirty(record);
            }
            Grab.put(memory, pfn, 1, pinned, false, batch.deferred());
            index++;
        }
    }

    /** Drops consecutive entries of one large folio in one operation; returns the index after them. */
    private static int dropRun(PhysicalMemory memory, PageBatch batch, int[] pfns, int from, int count, boolean pinned,
            boolean makeDirty) {
        long recordBase = memory.recordBase();
        long headPfn = PageRefs.headPfn(recordBase, pfns[from]);
        int to = from + 1;
        while (to < count && PageRefs.headPfn(recordBase, pfns[to]) == headPfn) {
            to++;
        }
        if (makeDirty) {
            markDirty(PageLayout.record(recordBase, headPfn));
        }
        Grab.put(memory, headPfn, to - from, pinned, true, batch.deferred());
        return to;
    }

    /**
     * Marks a folio dirty under its lock unless it is dirty already. Reading the flag without the lock races with writeback's
     * clearing, which is benign: either that writeback still writes our data, or the page is written twice.
     */
    private static void markDirty(long head) {
        if (PageFlags.test(head, PageFlags.DIRTY)) {
            return;
        }
        PageFlags.lock(head);
        long unused = PageFlags.set(head, PageFlags.DIRTY);
        PageFlags.unlock(head);
    }
}
