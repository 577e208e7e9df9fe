package io.pinfold.core.memory;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.batch.ExtentList;

/**
 * Pages obtained by one call, as extents: runs of frames that follow each other in the request and in physical memory.
 * One extent for a whole huge page, so what is done with it (a scatter list, a release) costs per run and not per page.
 * {@link Batch} says how it is owned and released.
 *
 * <p>A call whose pages need more extents than there is room for obtains what fits; {@code stopReason()} is then
 * ENOSPC.
 *
 * <p>Each page of an extent carries one reference or pin of its own, also where the library took those of a folio in
 * one operation, so any part may be given back, exactly ({@link #pages} shrinks; a part in the middle splits the extent
 * in two).
 *
 * @param <H> what it holds, {@link Hold.Get} or {@link Hold.Pin}
 */
public final class ExtentBatch<H extends Hold> extends Batch<H> {
    private final ExtentList list;

    private ExtentBatch(PhysicalMemory memory, ExtentList list) {
        super(memory, list);
        this.list = list;
    }

    /**
     * An empty batch of {@code memory}.
     *
     * @param <H> what it will hold, {@link Hold.Get} or {@link Hold.Pin}
     * @param memory the memory whose pages it will hold
     * @param capacity most extents it can hold, at least 1
     * @return an empty batch; closed by {@link #close}, or by the collector when it is dropped empty
     * @throws MemoryClosedException if the memory is closed
     * @throws IllegalArgumentException if {@code capacity} is less than 1
     */
    public static <H extends Hold> ExtentBatch<H> create(PhysicalMemory memory, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity = " + capacity + " is less than 1");
        }
        return new ExtentBatch<>(memory, ExtentList.create(Bridge.core(memory), Bridge.batches(memory), capacity));
    }

    /** {@return most extents it can hold} */
    public int capacity() {
        return list.capacity();
    }

    /** {@return extents held now} */
    public int extents() {
        return list.extents();
    }

    /**
     * Frame number of an extent's first page.
     *
     * @param extent number of the extent, from 0
     * @return its first frame number; the others follow it
     * @throws IndexOutOfBoundsException unless {@code 0 <= extent < extents()}
     */
    public long firstPfn(int extent) {
        return list.firstPfn(extent);
    }

    /**
     * Pages of an extent, at least 1.
     *
     * @param extent number of the extent, from 0
     * @return how many pages of 4096 bytes it has
     * @throws IndexOutOfBoundsException unless {@code 0 <= extent < extents()}
     */
    public int pages(int extent) {
        return list.pages(extent);
    }
}
