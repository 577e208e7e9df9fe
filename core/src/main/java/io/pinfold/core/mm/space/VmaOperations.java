package io.pinfold.core.mm.space;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.words.Mutex;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a kind of mapping (vm_operations_struct): files and devices join through it. An implementation has
 * no state of its own; what differs from mapping to mapping is in the {@link Vma} and its object.
 */
public interface VmaOperations {
    /** A fault for a load. */
    int READ = 0;
    /** A fault for a store. */
    int WRITE = 1;
    /** A fault for a read-only pin on an anonymous page, which must stay the mapped one. */
    int UNSHARE = 2;

    /** The fault was handled: look again. */
    int DONE = 0;
    /** The entry changed meanwhile: start over. */
    int AGAIN = 1;
    /** Not possible in this way, and nothing was changed: the caller tries the next. */
    int FALL_BACK = 2;

    /** Whether it is private memory without an object. */
    boolean isAnonymous();

    /**
     * The lock that makes faults at one place come one after the other; null if faults of this kind take no frame, or
     * have a lock of their own.
     *
     * @param page start of the page
     */
    default @Nullable Mutex lockOfPlace(Vma vma, long page) {
        return vma.mm().faultLocks().of(vma, page);
    }

    /**
     * Maps a page at {@code address}, where nothing is mapped (vm_ops.fault). mmap_lock is held, at least shared, and
     * {@link #lockOfPlace}, but no page-table lock. A fault that finds the entry taken gives its page back and
     * succeeds.
     *
     * @param address start of the page
     * @param kind    {@link #READ}, {@link #WRITE} or {@link #UNSHARE}; for WRITE the page must end up
     *                writable if the mapping is, and private if the mapping is private
     * @param scope   which frames may be taken, as in {@code Blocks.allocate}
     * @return {@link #DONE} or a negative errno and nothing was changed
     */
    int fault(Vma vma, long address, int kind, int scope);

    /**
     * Maps the whole area that the entry of {@code address} at {@code level} covers by one leaf, if the mapping has
     * leaves (vm_ops.huge_fault). Nothing is mapped in the area, and the VMA contains it. Otherwise as {@link #fault}.
     *
     * @param level {@code Geometry.PMD} to {@code Geometry.HIGHEST_LEAF}; tried from the highest level
     *              where nothing is mapped downwards
     * @return {@link #DONE}; {@link #FALL_BACK} to try the next level, and at last {@link #fault}; or a negative errno
     */
    default int hugeFault(Vma vma, long address, int level, int kind, int scope) {
        return FALL_BACK;
    }

    /**
     * Handles a read-only entry of a private mapping, for a store or for a pin that needs an exclusive page. Entered
     * with the lock of {@code table} held; left without it, except when the answer is {@link #FALL_BACK}.
     *
     * @param page  start of the page
     * @param at    address of the entry, a PTE or a leaf
     * @param entry what was found there
     * @return {@link #DONE}, {@link #AGAIN} or a negative errno; {@link #FALL_BACK} to be handled as private
     *         memory
     */
    default int privateReadOnly(Vma vma, long page, int kind, int scope, long table, long at, long entry) {
        return FALL_BACK;
    }

    /**
     * Allocates a page that belongs to a private mapping alone, with one reference: a copy of {@code old}, or zeros if
     * that is 0.
     *
     * @param page start of what one entry of the mapping maps
     * @return its frame, of a large page the first; or -ENOMEM
     */
    default long allocateCopy(Vma vma, long page, int scope, long old) {
        vma.prepareOwnPages();
        MemoryCore memory = vma.mm().memory();
        long fresh = UserPages.allocateAnonymous(vma.mm(), page, scope);
        if (fresh > 0 && old != 0) {
            UserPages.copyData(memory, old, fresh);
        }
        return fresh;
    }

    /**
     * Called when a VMA was put into the map of its space; mmap_lock is held exclusively. New parts open before the old
     * one closes.
     */
    default void opened(Vma vma) {
        VmaObject object = vma.object();
        if (object != null) {
            object.link(vma);
        }
    }

    /**
     * Called when a VMA was taken out of the map; mmap_lock is held exclusively. No entry of the range maps a page,
     * unless a new part does.
     */
    default void closed(Vma vma) {
        VmaObject object = vma.object();
        if (object != null) {
            object.unlink(vma);
        }
    }
}
