package io.pinfold.core.mm.anon;

import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * Large folios of private memory that are mapped by PTEs (multi-size THP, alloc_anon_folio()).
 *
 * <p>All PTEs of a folio lie in one table and are installed under one hold of its lock: a walk reads some of them or
 * all, and each entry that it reads maps a complete page. One reference and one mapping are counted for each. From then
 * on every entry is independent: pages of the folio can be unmapped, protected and copied one by one, and the frames go
 * back when the last entry and the last other reference are gone.
 */
public final class LargeFolios {
    /** Largest order: what one PTE table maps. */
    public static final int MAX_ORDER = Math.min(Geometry.BITS_PER_LEVEL, Blocks.MAX_ORDER);

    private LargeFolios() {
    }

    /**
     * Maps a folio around {@code address} for a store, as large as the space's order and the place allow; mmap_lock is
     * held.
     *
     * @param address start of the page; nothing was mapped there a moment ago
     * @param scope   which frames may be taken, as in {@code Blocks.allocate}
     * @return false, and nothing has changed, if it has to be a single page
     */
    static boolean mapFresh(Vma vma, long address, int scope) {
        for (int order = vma.mm().folioOrder(); order > 0; order--) {
            long bytes = (long) Geometry.PAGE_BYTES << order;
            long start = address & -bytes;
            if (start >= vma.start() && start + bytes <= vma.end() && map(vma, start, order, scope)) {
                return true;
            }
        }
        return false;
    }

    private static boolean map(Vma vma, long start, int order, int scope) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long table = PageTables.find(memory, mm.root(), start, Geometry.PTE);
        if (table != 0 && !isEmpty(memory, table, start, order)) {
            return false; // only a guess, without the lock: it avoids taking frames that are not needed
        }
        long head = UserPages.allocateAnonymous(mm, start, order, scope);
        if (head < 0) {
            return false;
        }
        table = PageTables.findOrAllocate(memory, mm.id(), mm.root(), start);
        boolean isMapped = table > 0 && installAll(vma, table, start, order, head);
        if (!isMapped) {
            UserPages.put(memory, head);
        }
        return isMapped;
    }

    /**
     * Maps all pages of the folio, or none if another thread was first; its one reference becomes that of the first
     * entry.
     */
    private static boolean installAll(Vma vma, long table, long start, int order, long head) {
        MemoryCore memory = vma.mm().memory();
        long pages = 1L << order;
        PageTables.lock(memory, table);
        boolean isFree = isEmpty(memory, table, start, order);
        if (isFree) {
            PageRefs.add(memory.recordAddress(head), (int) pages - 1);
            long bits = vma.entryBits() | vma.writeBits();
            for (long i = 0; i < pages; i++) {
                PageRefs.addMapping(memory.recordAddress(head + i)); // before the entry that it counts
                long at = PageTables.pteAddress(memory, table, start + (i << Geometry.PAGE_SHIFT));
                PageTables.install(memory, table, at, Entry.make(head + i, bits));
            }
        }
        PageTables.unlock(memory, table);
        return isFree;
    }

    private static boolean isEmpty(MemoryCore memory, long table, long start, int order) {
        for (long i = 0; i < 1L << order; i++) {
            long at = PageTables.pteAddress(memory, table, start + (i << Geometry.PAGE_SHIFT));
            if (Entries.load(at) != Entry.NONE) {
                return false;
            }
        }
        return true;
    }
}
