package io.pinfold.core.memory.batch;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.frame.MemoryCore;
import java.util.Arrays;
import java.util.Objects;

/**
 * A batch's pages one by one: entry i is the page at start + i pages. An entry that was given back on its own reads as
 * 0, which is no frame.
 */
public final class PageList extends HeldPages {
    private final int[] pfns;
    private final int zeroPfn;
    private int length;
    /** Whether there may be entries whose pins are not counted: of the zero page, or given back before. */
    private boolean holdsUncounted;

    private PageList(MemoryCore memory, PageBatches batches, int capacity) {
        this.pfns = new int[capacity]; // before a control block is taken: it may be more than the heap has
        super(memory, batches);
        this.zeroPfn = (int) memory.zeroPfn();
    }

    /** Empty, with room for {@code capacity} of them, at least 1. */
    public static PageList create(MemoryCore memory, PageBatches batches, int capacity) {
        PageList made = new PageList(memory, batches, capacity);
        made.registerCleaner();
        return made;
    }

    /** Most pages it can hold. */
    public int capacity() {
        return pfns.length;
    }

    /** Pages the last call obtained, those given back on their own included; 0 once everything is given back. */
    public int length() {
        return length;
    }

    /**
     * Frame number of a page; 0 if it was given back on its own.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= index < length()}
     */
    public long pfn(int index) {
        return Integer.toUnsignedLong(pfns[Objects.checkIndex(index, length)]);
    }

    /** Frame numbers of all {@link #length} pages as a new array, each as {@link #pfn} gives it. */
    public long[] pfns() {
        long[] copy = new long[length];
        for (int index = 0; index < copy.length; index++) {
            copy[index] = Integer.toUnsignedLong(pfns[index]);
        }
        return copy;
    }

    /** The batch's own array, for the release of what it holds. */
    int[] entries() {
        return pfns;
    }

    /**
     * For walkers: {@link #beginFillInSlot} for a caller that stores frame numbers itself, page by page.
     * {@link #filled} then gives the number of entries stored. Pages whose pins are not counted are appended instead.
     *
     * @return the batch's own array, the caller's until {@link #commit} or {@link #abandon} and not to be touched
     *     afterwards
     * @throws MisuseException if it is not empty
     */
    public int[] beginFillEntries() {
        beginFillInSlot();
        return pfns;
    }

    /**
     * While filling: the first {@code n} entries of the array that {@link #beginFillEntries} gave are valid.
     *
     * @throws IndexOutOfBoundsException if there is no room for so many
     * @throws MisuseException if it is not being filled
     */
    public void filled(int n) {
        requireAppending();
        if (n < 0 || n > pfns.length) {
            throw new IndexOutOfBoundsException(n + " pages in " + this + " with a capacity of " + pfns.length);
        }
        length = n;
    }

    @Override
    void requireRoom(int pages) {
        if (pages > pfns.length) {
            throw new IllegalArgumentException(pages + " pages do not fit into " + this + " with a capacity of "
                    + pfns.length);
        }
    }

    @Override
    public boolean hasRoomFor(long pfn) {
        return length < pfns.length;
    }

    @Override
    public void append(long firstPfn, int pages) {
        int from = length;
        if (pages < 1 || pages > pfns.length - from) {
            throw new IndexOutOfBoundsException(pages + " pages behind " + from + " in " + this + " with a capacity of "
                    + pfns.length);
        }
        filled(from + pages);
        holdsUncounted |= firstPfn == zeroPfn;
        for (int i = 0; i < pages; i++) {
            pfns[from + i] = (int) firstPfn + i;
        }
    }

    @Override
    public long takeLast() {
        requireAppending();
        if (length == 0) {
            throw nothingAppended();
        }
        length--;
        return Integer.toUnsignedLong(pfns[length]);
    }

    @Override
    int appended() {
        return length;
    }

    @Override
    void clear() {
        length = 0;
        holdsUncounted = false;
    }

    /** Marks entries as given back. */
    void forget(int from, int count) {
        Arrays.fill(pfns, from, from + count, 0);
        holdsUncounted = true;
    }

    boolean holdsUncounted() {
        return holdsUncounted;
    }

    @Override
    public void countAcquiredByNode() {
        for (int i = 0; i < length; i++) {
            countAcquired(memory().nodeOf(Integer.toUnsignedLong(pfns[i])), 1);
        }
    }

    @Override
    String kind() {
        return "page batch";
    }
}
