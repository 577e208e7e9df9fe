package io.pinfold.core.mm;

/**
 * What a kind of mapping does (vm_operations_struct): the seam at which files and devices will join. An implementation has
 * no state of its own; what differs from mapping to mapping stands in the {@link Vma} and its object.
 */
public interface VmaOperations {
    /** Private memory without an object. */
    boolean isAnonymous();

    /**
     * Nothing is mapped at {@code address}: map a page (vm_ops.fault). mmap_lock is held, at least shared; no page-table
     * lock is. No other fault of the space is at this place, unless the object is a device's; one that finds the entry taken gives its page
     * back and succeeds.
     *
     * @param address start of the page
     * @param kind    {@link Faults#READ}, {@link Faults#WRITE} or {@link Faults#UNSHARE}; for WRITE the page must end up
     *                writable if the mapping is, and private if the mapping is private
     * @param scope   which frames may be taken, as in {@code Blocks.allocate}
     * @return {@link Faults#DONE} or a negative errno and nothing was changed
     */
    int fault(Vma vma, long address, int kind, int scope);

    /**
     * Nothing is mapped in the whole area that the entry of {@code address} at {@code level} covers, and the VMA contains it: map it
     * by one leaf, if that is how it is mapped (vm_ops.huge_fault). Otherwise as {@link #fault}.
     *
     * @param level {@code Geometry.PMD} to {@code Geometry.HIGHEST_LEAF}; tried from the highest level where nothing is mapped
     *              downwards
     * @return {@link Faults#DONE}; {@link Faults#FALL_BACK} to try the next level, and at last {@link #fault}; or a negative errno
     */
    default int hugeFault(Vma vma, long address, int level, int kind, int scope) {
        return Faults.FALL_BACK;
    }

    /** A VMA was put into the map of its space; mmap_lock is held exclusively. New parts open before the old one closes. */
    void opened(Vma vma);

    /** A VMA left the map; mmap_lock is held exclusively. No entry of the range maps a page, unless a new part does. */
    void closed(Vma vma);
}
