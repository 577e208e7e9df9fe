package io.pinfold.core.mm.shared;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.anon.AnonymousVma;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.PageTables;
import java.util.Objects;

/**
 * The operations of a mapping of a {@link SharedPages}. Shared: the object's page is mapped, writable if the mapping
 * is. Private: the object's page is mapped read-only, and the first store gets a copy.
 */
public final class SharedVma implements VmaOperations {
    public static final SharedVma INSTANCE = new SharedVma();

    private SharedVma() {
    }

    @Override
    public boolean isAnonymous() {
        return false;
    }

    @Override
    public int fault(Vma vma, long address, int kind, int scope) {
        long pfn = object(vma).getPage(vma.pageIndex(address), scope);
        if (pfn < 0) {
            return (int) pfn;
        }
        return kind == VmaOperations.WRITE && !vma.isShared()
                ? mapCopy(vma, address, pfn, scope)
                : mapObjectPage(vma, address, kind, pfn);
    }

    /** Maps the object's page; the reference that came with it becomes the mapping's. */
    private static int mapObjectPage(Vma vma, long address, int kind, long pfn) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long table = PageTables.findOrAllocate(memory, mm.id(), mm.root(), address);
        if (table < 0) {
            UserPages.put(memory, pfn); // the page stays in the object
            return Faults.ofMissingTable(table);
        }
        long bits = vma.entryBits() | Entry.ACCESSED | (kind == VmaOperations.WRITE ? Entry.DIRTY : 0);
        long record = memory.recordAddress(pfn);
        PageTables.lock(memory, table);
        PageRefs.addMapping(record);
        boolean isInstalled = Faults.installIfNone(memory, table, address, Entry.make(pfn, bits));
        if (!isInstalled) {
            int _ = PageRefs.removeMapping(record);
        }
        PageTables.unlock(memory, table);
        if (!isInstalled) {
            UserPages.put(memory, pfn);
        }
        return VmaOperations.DONE;
    }

    /** Handles a store to a private mapping: maps a copy of the object's page, which is held while it is copied. */
    private static int mapCopy(Vma vma, long address, long objectPfn, int scope) {
        MemoryCore memory = vma.mm().memory();
        vma.prepareOwnPages();
        long copy = UserPages.allocateAnonymous(vma.mm(), address, scope);
        if (copy >= 0) {
            UserPages.copyData(memory, objectPfn, copy);
        }
        UserPages.put(memory, objectPfn);
        return copy < 0 ? (int) copy : AnonymousVma.mapOwn(vma, address, copy);
    }

    private static SharedPages object(Vma vma) {
        return (SharedPages) Objects.requireNonNull(vma.object(), "a shared mapping without an object");
    }
}
