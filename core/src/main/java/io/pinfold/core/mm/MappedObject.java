package io.pinfold.core.mm;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.space.VmaObject;

/**
 * What a mapping can map other than private memory: shared memory, reserved huge pages, the memory of a device.
 * {@code AddressSpace.mmap} takes one.
 *
 * <p><b>Life.</b> Its maker has the handle, until {@link #close()}. A call that is about to map it holds it, and each
 * VMA that maps it is linked. When handle, holds and VMAs are all gone, its pages are dropped; pins on them live on.
 * Until then it keeps its memory from closing. Threads may share it.
 */
public abstract sealed class MappedObject implements AutoCloseable permits SharedMemory, HugetlbMemory, DeviceObject {
    private final PhysicalMemory memory;

    MappedObject(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** What mappings map: the part of the object that the rooms see. */
    abstract VmaObject peer();

    /** {@return the memory whose frames it maps} */
    public final PhysicalMemory memory() {
        return memory;
    }

    /**
     * {@return a number that is never used again for anything else in this memory; stands in the mapping word of pages
     * that the object owns}
     */
    public final long id() {
        return peer().id();
    }

    /** {@return number of VMAs that map it} */
    public final int mappings() {
        return peer().mappings();
    }

    /** {@return whether it is closed and nothing maps it: its pages are dropped, and it will never be of use again} */
    public final boolean isGone() {
        return peer().isGone();
    }

    /**
     * Gives up the handle: it can no longer be mapped, and when the last mapping is gone (now, if there is none) its
     * pages are dropped. Mappings, and pins on pages, live on. A second call does nothing.
     */
    @Override
    public final void close() {
        peer().close();
    }

    @Override
    public String toString() {
        return peer().toString();
    }
}
