package io.pinfold.core.mm;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Geometry;

/** What a mapping can map other than private memory: shared memory, the memory of a device. {@code AddressSpace.mmap} takes one. */
public abstract class MappedObject {
    MappedObject() {
    }

    /** The memory whose frames it maps. */
    public abstract PhysicalMemory memory();

    /** How its mappings fault, open and close. */
    abstract VmaOperations operations();

    /** Level of what maps one of its pages at least: above PTE for reserved huge pages. */
    int pageLevel() {
        return Geometry.PTE;
    }

    /** Whether it can be mapped without {@link MapFlags#SHARED}, so that stores go to copies. */
    abstract boolean mayBePrivate();

    /**
     * Keeps the object alive until {@link #unhold()}, for a caller that is about to map it.
     *
     * @throws IllegalStateException if it is closed
     */
    abstract void hold();

    /** Partner of {@link #hold()}. */
    abstract void unhold();
}
