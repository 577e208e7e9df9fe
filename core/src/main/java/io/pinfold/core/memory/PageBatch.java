package io.pinfold.core.memory;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.batch.PageList;

/**
 * Pages obtained by one call, one by one: entry i is the page at start + i pages. The form of the kernel's array of
 * pages; for ranges of large folios an {@link ExtentBatch} is shorter and faster. {@link Batch} says how it is owned
 * and released.
 *
 * <p>An entry that was given back on its own reads as 0, which is no frame.
 *
 * {@snippet :
 * try (PageBatch<Hold.Pin> batch = memory.newPageBatch(8)) {
 *     int pinned = session.pinUserPagesFast(space, address, 8, GupOptions.WRITE, batch);
 *     for (int i = 0; i < pinned; i++) {
 *         device.accept(batch.pfn(i)); // the device writes to the frame
 *         memory.unpinUserPagesDirtyLock(batch, i, 1, true); // this page is done, the others stay pinned
 *     }
 * }
 * }
 *
 * @param <H> what it holds, {@link Hold.Get} or {@link Hold.Pin}
 */
public final class PageBatch<H extends Hold> extends Batch<H> {
    private final PageList list;

    private PageBatch(PhysicalMemory memory, PageList list) {
        super(memory, list);
        this.list = list;
    }

    /**
     * An empty batch of {@code memory}.
     *
     * @param <H> what it will hold, {@link Hold.Get} or {@link Hold.Pin}
     * @param memory the memory whose pages it will hold
     * @param capacity most pages it can hold, at least 1
     * @return an empty batch; closed by {@link #close}, or by the collector when it is dropped empty
     * @throws MemoryClosedException if the memory is closed
     * @throws IllegalArgumentException if {@code capacity} is less than 1
     */
    public static <H extends Hold> PageBatch<H> create(PhysicalMemory memory, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity = " + capacity + " is less than 1");
        }
        return new PageBatch<>(memory, PageList.create(Bridge.core(memory), Bridge.batches(memory), capacity));
    }

    /** {@return most pages it can hold} */
    public int capacity() {
        return list.capacity();
    }

    /**
     * {@return pages the last call obtained, those given back on their own included; 0 once everything is given back}
     */
    public int length() {
        return list.length();
    }

    /**
     * Frame number of a page; 0 if it was given back on its own.
     *
     * @param index number of the page in the request, from 0
     * @return its frame number, or 0
     * @throws IndexOutOfBoundsException unless {@code 0 <= index < length()}
     */
    public long pfn(int index) {
        return list.pfn(index);
    }

    /** {@return frame numbers of all {@link #length} pages as a new array, each as {@link #pfn} gives it} */
    public long[] pfns() {
        return list.pfns();
    }
}
