package io.pinfold.core.mm.space;

import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Mutex;

/**
 * The locks that make faults of one address space at one place come one after the other (what hugetlb_fault_mutex_table
 * is in Linux, here for small pages and THP; reserved huge pages have the mutex of their object). Held from the look at
 * the entry over the allocation until the page is mapped: of two threads that fault at one page the second finds it
 * mapped and takes no frame, so it does not fail for want of a frame while the first holds the last one.
 *
 * <p>A place is all that one fault may map: the page, the large folio around it, or the area of a leaf where one may
 * be. Places share locks, so a fault waits now and then for one elsewhere. Taken under mmap_lock, outside everything
 * else; no thread waits for a device or for a migration while it holds one.
 */
public final class FaultLocks {
    private static final int SHIFT = 4;
    /** 2^64 divided by the golden ratio: neighbours get different locks. */
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final Mutex[] mutexes = new Mutex[1 << SHIFT];

    FaultLocks() {
        for (int i = 0; i < mutexes.length; i++) {
            mutexes[i] = new Mutex("faults at one place");
        }
    }

    /** The lock of the place that a fault at {@code address} may map. */
    Mutex of(Vma vma, long address) {
        return mutexes[(int) ((address >>> shift(vma, address)) * SPREAD >>> Long.SIZE - SHIFT)];
    }

    /** log2 of the bytes of the place; the same for all faults of {@code vma} in it while mmap_lock is held. */
    private static int shift(Vma vma, long address) {
        if (!vma.isAnonymous()) {
            return Geometry.PAGE_SHIFT;
        }
        Mm mm = vma.mm();
        boolean mayBeLeaf = vma.containsArea(address, Geometry.PMD) && vma.permitsLeaves(mm.thpPolicy());
        return mayBeLeaf ? Geometry.levelShift(Geometry.PMD) : Geometry.PAGE_SHIFT + mm.folioOrder();
    }
}
