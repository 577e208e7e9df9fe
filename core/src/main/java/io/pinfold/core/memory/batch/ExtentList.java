package io.pinfold.core.memory.batch;

import io.pinfold.core.memory.frame.MemoryCore;
import java.util.Objects;

/**
 * A batch's pages as extents: runs of frames that follow each other in the request and in physical memory. Each page of
 * an extent carries one reference or pin of its own, also where those of a folio were taken in one operation, so any
 * part may be given back.
 */
public final class ExtentList extends HeldPages {
    private final int[] firsts;
    private final int[] counts;
    private final int zeroPfn;
    private int extents;
    private int total;

    private ExtentList(MemoryCore memory, PageBatches batches, int capacity) {
        this.firsts = new int[capacity]; // before a control block is taken: it may be more than the heap has
        this.counts = new int[capacity];
        super(memory, batches);
        this.zeroPfn = (int) memory.zeroPfn();
    }

    /** Empty, with room for {@code capacity} of them, at least 1. */
    public static ExtentList create(MemoryCore memory, PageBatches batches, int capacity) {
        ExtentList made = new ExtentList(memory, batches, capacity);
        made.registerCleaner();
        return made;
    }

    /** Most extents it can hold. */
    public int capacity() {
        return firsts.length;
    }

    /** Extents held now. */
    public int extents() {
        return extents;
    }

    /**
     * Frame number of an extent's first page.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= extent < extents()}
     */
    public long firstPfn(int extent) {
        return Integer.toUnsignedLong(firsts[Objects.checkIndex(extent, extents)]);
    }

    /**
     * Pages of an extent, at least 1.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= extent < extents()}
     */
    public int pages(int extent) {
        return counts[Objects.checkIndex(extent, extents)];
    }

    @Override
    void requireRoom(int pages) {
        // any number of pages may fit into one extent
    }

    @Override
    public boolean hasRoomFor(long pfn) {
        return extents < firsts.length || continuesLast((int) pfn);
    }

    @Override
    public void append(long firstPfn, int pages) {
        requireAppending();
        int first = (int) firstPfn;
        if (pages < 1) {
            throw noRoom(pages);
        }
        if (continuesLast(first)) {
            counts[extents - 1] += pages;
        } else if (extents == firsts.length) {
            throw noRoom(pages);
        } else {
            firsts[extents] = first;
            counts[extents] = pages;
            extents++;
        }
        total += pages;
    }

    private IndexOutOfBoundsException noRoom(int pages) {
        return new IndexOutOfBoundsException(pages + " pages behind " + extents + " extents in " + this
                + " with a capacity of " + firsts.length);
    }

    /** Pages of the zero page stay apart: their pins are not counted. */
    private boolean continuesLast(int first) {
        int last = extents - 1;
        return last >= 0 && firsts[last] + counts[last] == first && firsts[last] != zeroPfn;
    }

    @Override
    public long takeLast() {
        requireAppending();
        int last = extents - 1;
        if (last < 0) {
            throw nothingAppended();
        }
        long pfn = Integer.toUnsignedLong(firsts[last] + --counts[last]);
        total--;
        if (counts[last] == 0) {
            extents = last;
        }
        return pfn;
    }

    @Override
    int appended() {
        return total;
    }

    @Override
    void clear() {
        total = 0;
        extents = 0;
    }

    /** Whether a part, which the extent has, can be taken out: one in the middle needs room for another extent. */
    boolean canCut(int extent, int from, int count) {
        return count == 0 || from == 0 || from + count == counts[extent] || extents < firsts.length;
    }

    /** Takes pages out of an extent; the others stay as they are, in their order. */
    void cut(int extent, int from, int count) {
        int behind = counts[extent] - from - count;
        if (from == 0 && behind == 0) {
            move(extent + 1, extent);
            extents--;
        } else if (from == 0) {
            firsts[extent] += count;
            counts[extent] = behind;
        } else {
            if (behind != 0) {
                move(extent + 1, extent + 2);
                firsts[extent + 1] = firsts[extent] + from + count;
                counts[extent + 1] = behind;
                extents++;
            }
            counts[extent] = from;
        }
    }

    private void move(int from, int to) {
        System.arraycopy(firsts, from, firsts, to, extents - from);
        System.arraycopy(counts, from, counts, to, extents - from);
    }

    @Override
    public void countAcquiredByNode() {
        for (int extent = 0; extent < extents; extent++) {
            long first = firstPfn(extent);
            for (long pfn = first; pfn < first + counts[extent]; pfn++) {
                countAcquired(memory().nodeOf(pfn), 1);
            }
        }
    }

    @Override
    String kind() {
        return "extent batch";
    }
}
