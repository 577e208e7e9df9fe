package io.pinfold.core.memory.batch;

import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.StackRoom;
import java.util.Objects;

/**
 * The release of the pages of a batch (put_page, unpin_user_pages, unpin_user_pages_dirty_lock, and their range forms).
 * Needs no walker slot: the state RELEASING keeps the memory open until the last record has been touched and the last
 * frame freed. Pins are counted as released before their references are dropped; what the last put frees is drained at
 * the end, outside the loop.
 *
 * <p>Every page is held until its own put, so its compound word is stable when it is read. Pages of one folio that
 * follow each other are dropped in one operation.
 */
public final class BatchRelease {
    // What is released, of all methods below: the hold, and whether the page is marked dirty first.
    private static final boolean GET = false;
    private static final boolean PIN = true;
    private static final boolean AS_IT_IS = false;
    private static final boolean DIRTY = true;

    private BatchRelease() {
    }

    /** Gives back a batch of gets; how many pages. */
    public static int put(MemoryCore memory, HeldPages batch) {
        return all(memory, batch, GET, AS_IT_IS);
    }

    /** Gives back a batch of pins; how many pages. */
    public static int unpin(MemoryCore memory, HeldPages batch) {
        return all(memory, batch, PIN, AS_IT_IS);
    }

    /** The same, with every page marked dirty first. */
    public static int unpinDirty(MemoryCore memory, HeldPages batch) {
        return all(memory, batch, PIN, DIRTY);
    }

    /** Gives back a part of a list of gets; refused as a whole if an entry of it was given back before. */
    public static int putPart(MemoryCore memory, PageList batch, int from, int count) {
        return part(memory, batch, from, count, GET, AS_IT_IS);
    }

    /** The same of pins. */
    public static int unpinPart(MemoryCore memory, PageList batch, int from, int count) {
        return part(memory, batch, from, count, PIN, AS_IT_IS);
    }

    /** The same of pins, with every page marked dirty first. */
    public static int unpinPartDirty(MemoryCore memory, PageList batch, int from, int count) {
        return part(memory, batch, from, count, PIN, DIRTY);
    }

    /** Gives back a part of one extent of gets; refused if there is no room for what it leaves. */
    public static int putPart(MemoryCore memory, ExtentList batch, int extent, int from, int count) {
        return part(memory, batch, extent, from, count, GET, AS_IT_IS);
    }

    /** The same of pins. */
    public static int unpinPart(MemoryCore memory, ExtentList batch, int extent, int from, int count) {
        return part(memory, batch, extent, from, count, PIN, AS_IT_IS);
    }

    /** The same of pins, with every page marked dirty first. */
    public static int unpinPartDirty(MemoryCore memory, ExtentList batch, int extent, int from, int count) {
        return part(memory, batch, extent, from, count, PIN, DIRTY);
    }

    /** Drops the gets that were appended to a batch that is being filled, and frees what the last put frees. */
    static void dropAppendedGets(MemoryCore memory, HeldPages batch) {
        dropAppended(memory, batch, GET, AS_IT_IS);
    }

    /** The same of pins. */
    static void dropAppendedPins(MemoryCore memory, HeldPages batch) {
        dropAppended(memory, batch, PIN, AS_IT_IS);
    }

    private static int all(MemoryCore memory, HeldPages batch, boolean pinned, boolean makeDirty) {
        StackRoom.forPart(batch.size());
        batch.beginRelease(pinned);
        int size = batch.size();
        try {
            dropAppended(memory, batch, pinned, makeDirty);
        } finally {
            batch.endRelease();
        }
        return size;
    }

    private static void dropAppended(MemoryCore memory, HeldPages batch, boolean pinned, boolean makeDirty) {
        if (batch instanceof PageList list) {
            dropList(memory, list, 0, list.length(), pinned, makeDirty);
        } else {
            dropExtents(memory, (ExtentList) batch, pinned, makeDirty);
        }
        if (!batch.deferred().isEmpty()) {
            int _ = batch.deferred().drain();
        }
    }

    private static int part(MemoryCore memory, PageList batch, int from, int count, boolean pinned,
            boolean makeDirty) {
        StackRoom.forPart(from);
        batch.beginRelease(pinned);
        int dropped = 0;
        try {
            Objects.checkFromIndexSize(from, count, batch.length());
            for (int index = from; index < from + count; index++) {
                if (batch.pfn(index) == 0) {
                    throw new DoubleReleaseException("page " + index + " of " + batch + " was given back before");
                }
            }
            dropped = count; // also after an exception these are not to be dropped again
            dropList(memory, batch, from, from + count, pinned, makeDirty);
        } finally {
            if (dropped != 0) { // else the numbers may be anything
                batch.forget(from, dropped);
            }
            endPart(batch, dropped, pinned);
        }
        return count;
    }

    private static int part(MemoryCore memory, ExtentList batch, int extent, int from, int count, boolean pinned,
            boolean makeDirty) {
        StackRoom.forPart(from);
        batch.beginRelease(pinned);
        int dropped = 0;
        try {
            Objects.checkFromIndexSize(from, count, batch.pages(extent));
            if (!batch.canCut(extent, from, count)) {
                throw new MisuseException(
                        "pages " + from + " to " + (from + count - 1) + " of extent " + extent + " of "
                                + batch + " leave two parts, and there is room for " + batch.capacity()
                                + " extents: give them back from an end");
            }
            dropped = count;
            dropFrames(memory, batch, batch.firstPfn(extent) + from, count, pinned, makeDirty);
        } finally {
            if (dropped != 0) {
                batch.cut(extent, from, dropped);
            }
            endPart(batch, dropped, pinned);
        }
        return count;
    }

    private static void endPart(HeldPages batch, int dropped, boolean pinned) {
        try {
            int _ = batch.deferred().drain();
        } finally {
            batch.endPartialRelease(dropped, pinned);
        }
    }

    private static void dropList(MemoryCore memory, PageList batch, int from, int to, boolean pinned,
            boolean makeDirty) {
        int[] pfns = batch.entries();
        if (pinned) {
            countReleased(memory, batch, pfns, from, to);
        }
        long records = (memory.recordBasePage() & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
        long above = memory.deviceStart() - MemoryCore.FIRST_USABLE_PFN;
        int amount = pinned ? PageRefs.PIN_BIAS : 1;
        FreeBatch deferred = batch.deferred(); // a local: every atomic operation makes the compiler read fields again
        int index = from;
        while (index < to) {
            long pfn = Integer.toUnsignedLong(pfns[index]);
            long record = records + (pfn << PageLayout.SHIFT);
            // The usual case: an order-0 page of RAM. The page is held, so what its record says is stable.
            if (!makeDirty && Long.compareUnsigned(pfn - MemoryCore.FIRST_USABLE_PFN, above) < 0
                    && Compound.of(record) == Compound.NONE) {
                Grab.putOrderZero(memory, pfn, record, amount, deferred);
                index++;
            } else {
                index += dropAny(memory, batch, pfns, index, to, pinned, makeDirty);
            }
        }
    }

    /**
     * Drops any entry of a list: pages of a folio, device pages, the zero page, entries given back before. Returns how
     * many entries were consumed.
     */
    private static int dropAny(MemoryCore memory, PageList batch, int[] pfns, int index, int to, boolean pinned,
            boolean makeDirty) {
        long pfn = Integer.toUnsignedLong(pfns[index]);
        memory.checkPfn(pfn);
        if (pfn == 0 || pinned && pfn == memory.zeroPfn()) { // given back before; not counted
            return 1;
        }
        long record = PageLayout.record(memory.recordBase(), pfn);
        long compound = Compound.of(record);
        if (compound != Compound.NONE) {
            long head = Compound.isTail(compound) ? Compound.headOf(compound) : pfn;
            int run = runOf(pfns, index, (int) Math.min(to - index, endOf(memory.recordBase(), head) - pfn));
            dropFolio(memory, batch, head, run, pinned, makeDirty);
            return run;
        }
        if (makeDirty) {
            PageFlags.markDirty(record);
        }
        Grab.put(memory, pfn, 1, pinned, false, batch.deferred());
        return 1;
    }

    /** Returns how many of the {@code most} entries from {@code index} on are pages that follow each other. */
    private static int runOf(int[] pfns, int index, int most) {
        int expected = pfns[index] - index;
        int limit = index + most;
        int at = index + 1;
        while (at < limit && pfns[at] - at == expected) {
            at++;
        }
        return at - index;
    }

    /** The pfn behind the folio of {@code head}; the caller holds it. */
    private static long endOf(long records, long head) {
        return head + (1L << Compound.orderOf(Compound.of(records + (head << PageLayout.SHIFT))));
    }

    private static void dropExtents(MemoryCore memory, ExtentList batch, boolean pinned, boolean makeDirty) {
        for (int extent = 0; extent < batch.extents(); extent++) {
            dropFrames(memory, batch, batch.firstPfn(extent), batch.pages(extent), pinned, makeDirty);
        }
    }

    private static void dropFrames(MemoryCore memory, ExtentList batch, long firstPfn, int count, boolean pinned,
            boolean makeDirty) {
        if (pinned && firstPfn == memory.zeroPfn()) {
            return; // pins of the zero page are not counted
        }
        memory.checkPfn(firstPfn + count - 1);
        if (pinned) {
            countReleased(memory, batch, firstPfn, count);
        }
        long records = (memory.recordBasePage() & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
        long end = firstPfn + count;
        for (long pfn = firstPfn; pfn < end;) {
            long compound = Compound.of(records + (pfn << PageLayout.SHIFT));
            if (compound != Compound.NONE) {
                long head = Compound.isTail(compound) ? Compound.headOf(compound) : pfn;
                long stop = Math.min(end, endOf(records, head));
                dropFolio(memory, batch, head, (int) (stop - pfn), pinned, makeDirty);
                pfn = stop;
            } else {
                if (makeDirty) {
                    PageFlags.markDirty(memory.recordAddress(pfn));
                }
                Grab.put(memory, pfn, 1, pinned, false, batch.deferred());
                pfn++;
            }
        }
    }

    private static void dropFolio(MemoryCore memory, HeldPages batch, long head, int pages, boolean pinned,
            boolean makeDirty) {
        if (makeDirty) {
            PageFlags.markDirty(memory.recordAddress(head));
        }
        Grab.put(memory, head, pages, pinned, true, batch.deferred());
    }

    private static void countReleased(MemoryCore memory, PageList batch, int[] pfns, int from, int to) {
        if (memory.nodes() == 1 && !batch.holdsUncounted()) {
            batch.countReleased(0, to - from);
            return;
        }
        long zeroPfn = memory.zeroPfn();
        for (int index = from; index < to; index++) {
            long pfn = Integer.toUnsignedLong(pfns[index]);
            if (pfn != zeroPfn && pfn != 0) {
                batch.countReleased(memory.nodeOf(pfn), 1);
            }
        }
    }

    private static void countReleased(MemoryCore memory, HeldPages batch, long firstPfn, int count) {
        if (memory.nodes() == 1) {
            batch.countReleased(0, count);
            return;
        }
        for (long pfn = firstPfn; pfn < firstPfn + count; pfn++) {
            batch.countReleased(memory.nodeOf(pfn), 1);
        }
    }
}
