package io.pinfold.core.mm.anon;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.fault.HugeFaults;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * The operations of private memory without an object: it maps the zero page until the first store, then a page of its
 * own (do_anonymous_page).
 */
public final class AnonymousVma implements VmaOperations {
    public static final AnonymousVma INSTANCE = new AnonymousVma();

    private AnonymousVma() {
    }

    @Override
    public boolean isAnonymous() {
        return true;
    }

    @Override
    public int fault(Vma vma, long address, int kind, int scope) {
        return kind == VmaOperations.WRITE ? mapFresh(vma, address, scope) : mapZeroPage(vma, address);
    }

    @Override
    public int hugeFault(Vma vma, long address, int level, int kind, int scope) {
        return level == Geometry.PMD && vma.permitsLeaves(vma.mm().thpPolicy())
                ? HugeFaults.mapAnonymous(vma, address, kind, scope)
                : VmaOperations.FALL_BACK;
    }

    /** Maps the zero page, read-only and special: neither a reference nor a mapping is counted. */
    private static int mapZeroPage(Vma vma, long address) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long entry = Entry.make(memory.zeroPfn(), vma.entryBits() | Entry.SPECIAL | Entry.ACCESSED);
        long table = PageTables.findOrAllocate(memory, mm.id(), mm.root(), address);
        if (table < 0) {
            return Faults.ofMissingTable(table);
        }
        PageTables.lock(memory, table);
        boolean _ = Faults.installIfNone(memory, table, address, entry);
        PageTables.unlock(memory, table);
        return VmaOperations.DONE;
    }

    /**
     * Maps a page of the mapping's own, or a large folio. It is taken before the tables are built: without a frame
     * nothing is changed.
     */
    private static int mapFresh(Vma vma, long address, int scope) {
        Mm mm = vma.mm();
        vma.prepareOwnPages();
        if (LargeFolios.mapFresh(vma, address, scope)) {
            return VmaOperations.DONE;
        }
        long pfn = UserPages.allocateAnonymous(mm, address, scope);
        return pfn < 0 ? (int) pfn : mapOwn(vma, address, pfn);
    }

    /**
     * Maps {@code pfn}, complete and exclusive, for a store; its reference becomes the mapping's. If another thread was
     * first, or a table is missing, the page is given back.
     */
    public static int mapOwn(Vma vma, long address, long pfn) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long table = PageTables.findOrAllocate(memory, mm.id(), mm.root(), address);
        if (table < 0) {
            UserPages.put(memory, pfn);
            return Faults.ofMissingTable(table);
        }
        PageTables.lock(memory, table);
        long record = memory.recordAddress(pfn);
        PageRefs.addMapping(record); // before the entry, so that every load of the entry finds it counted
        boolean isInstalled = Faults.installIfNone(memory, table, address,
                Entry.make(pfn, vma.entryBits() | vma.writeBits()));
        if (!isInstalled) {
            int _ = PageRefs.removeMapping(record);
        }
        PageTables.unlock(memory, table);
        if (!isInstalled) {
            UserPages.put(memory, pfn);
        }
        return VmaOperations.DONE;
    }
}
