package io.pinfold.core.mm.fault;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.HugePages;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.mm.unmap.Gather;
import io.pinfold.core.mm.unmap.LeafSplit;
import io.pinfold.core.mm.unmap.Zap;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Deposits;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * Faults on anonymous memory that is, or is to be, mapped by a PMD leaf (do_huge_pmd_anonymous_page,
 * do_huge_pmd_wp_page). A fault that needs a block or a table and finds none falls back to small pages; nothing has
 * changed then.
 *
 * <p>A private leaf whose folio is exclusive belongs to this mapping alone and is never copied. Without the flag the
 * folio is re-used if its reference count shows that no other reference is left; else the leaf is split, and the fault
 * is handled again, page by page.
 */
public final class HugeFaults {
    private static final int OURS = 0;
    private static final int SHARED = 1;
    private static final int CHANGED = 2;

    private HugeFaults() {
    }

    /**
     * Maps the PMD area of {@code address}, in which nothing is mapped and which may have a leaf: a fresh folio for a
     * store, else zeros.
     */
    public static int mapAnonymous(Vma vma, long address, int kind, int scope) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long start = Geometry.floor(address, Geometry.PMD);
        vma.prepareOwnPages(); // for a load, too, as the kernel does here
        boolean isZero = kind != VmaOperations.WRITE;
        long pfn = isZero ? mm.useHugeZero() : HugePages.allocateAnonymous(mm, start, scope);
        if (pfn < 0) {
            return VmaOperations.FALL_BACK;
        }
        long bits = vma.entryBits() | (isZero ? Entry.ACCESSED : vma.writeBits());
        int result = install(vma, start, Entry.makeLeaf(pfn, bits | Entry.DEPOSITED), !isZero);
        if (result != VmaOperations.DONE && !isZero) {
            UserPages.put(memory, pfn);
        }
        return result == VmaOperations.AGAIN ? VmaOperations.DONE : result;
    }

    /**
     * Installs a leaf. DONE, FALL_BACK without a table, AGAIN if another thread was first; except when DONE,
     * {@code leaf} is not mapped.
     */
    private static int install(Vma vma, long start, long leaf, boolean isCounted) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long deposit = Deposits.allocate(memory, mm.id(), start);
        if (deposit < 0) {
            return VmaOperations.FALL_BACK;
        }
        long table = PageTables.findOrAllocate(memory, mm.id(), mm.root(), start, Geometry.PMD);
        boolean isInstalled = false;
        if (table > 0) {
            PageTables.lock(memory, table);
            long at = PageTables.entryAddress(memory, table, start, Geometry.PMD);
            isInstalled = Entries.load(at) == Entry.NONE;
            if (isInstalled) {
                if (isCounted) {
                    PageRefs.addEntireMapping(memory.recordAddress(Entry.pfn(leaf))); // before the leaf that it counts
                }
                Deposits.add(memory, table, deposit);
                PageTables.install(memory, table, at, leaf);
            }
            PageTables.unlock(memory, table);
        }
        if (!isInstalled) {
            memory.blocks().freeTable(deposit); // it was never linked
        }
        return isInstalled ? VmaOperations.DONE
                : table > 0 || table == PageTables.LEAF_ABOVE ? VmaOperations.AGAIN : VmaOperations.FALL_BACK;
    }

    /**
     * Handles a read-only leaf of a private mapping for a store, or for a pin that needs an exclusive page. Entered
     * with the lock of {@code table} held, left without.
     */
    static int privateReadOnly(Vma vma, long address, int kind, int scope, long table, long at, long leaf) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        boolean isZero = HugePages.isZero(memory, leaf);
        boolean isAnonymous = HugePages.isCounted(memory, leaf) && UserPages.isAnonymous(memory, Entry.pfn(leaf));
        if (kind == VmaOperations.UNSHARE && !isAnonymous) {
            PageTables.unlock(memory, table); // zero pages and object pages are pinned as they are
            return VmaOperations.DONE;
        }
        if (isZero) {
            PageTables.unlock(memory, table);
            return breakZero(vma, Geometry.floor(address, Geometry.PMD), scope, table, at, leaf);
        }
        if (!isAnonymous) {
            PageTables.unlock(memory, table);
            Gather gather = new Gather(mm); // comes back page by page: a store copies single pages
            Zap.range(mm, address, address + Geometry.PAGE_BYTES, gather);
            gather.finish();
            return VmaOperations.AGAIN;
        }
        int result = whose(vma, address, table, at, leaf);
        if (result == SHARED) {
            requireSplittable(leaf, address);
            LeafSplit.locked(mm, table, at, address);
        } else if (result == OURS && kind == VmaOperations.WRITE) {
            Faults.setBits(at, leaf, vma.writeBits(), 0);
        }
        PageTables.unlock(memory, table);
        return result == OURS ? VmaOperations.DONE : VmaOperations.AGAIN;
    }

    /**
     * Handles a store to the huge zero page: a folio of the mapping's own takes its place, or the leaf is split and one
     * page is copied.
     */
    private static int breakZero(Vma vma, long start, int scope, long table, long at, long leaf) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long fresh = HugePages.allocateAnonymous(mm, start, scope);
        PageTables.lock(memory, table);
        boolean isUnchanged = Entries.load(at) == leaf;
        if (isUnchanged && fresh > 0) {
            long _ = Entries.exchange(at, Entry.NONE); // COPY4 (CLEAR1, FLUSH1); the deposit stays for the new leaf
            TlbFlush.flush(mm); // COPY5
            PageRefs.addEntireMapping(memory.recordAddress(fresh));
            // COPY6 (INSTALL2)
            Entries.store(at, Entry.makeLeaf(fresh, vma.entryBits() | vma.writeBits() | Entry.DEPOSITED));
        } else if (isUnchanged) {
            LeafSplit.locked(mm, table, at, start);
        }
        PageTables.unlock(memory, table);
        if (!isUnchanged && fresh > 0) {
            UserPages.put(memory, fresh);
        }
        return isUnchanged && fresh > 0 ? VmaOperations.DONE : VmaOperations.AGAIN;
    }

    /**
     * Whether the folio of an anonymous leaf belongs to this mapping alone; if the count shows it now, it is marked
     * exclusive. The table's lock is held on return, but may have been left for the folio lock: then the answer may be
     * CHANGED.
     */
    private static int whose(Vma vma, long address, long table, long at, long leaf) {
        MemoryCore memory = vma.mm().memory();
        long head = Entry.pfn(leaf);
        long record = memory.recordAddress(head);
        if (PageFlags.test(record, PageFlags.ANON_EXCLUSIVE)) {
            return OURS;
        }
        boolean isHeld = !PageFlags.tryLock(record);
        if (isHeld) {
            PageRefs.getPage(record);
            PageTables.unlock(memory, table); // the folio lock comes before the table's
            PageFlags.lock(record);
            PageTables.lock(memory, table);
        }
        boolean isUnchanged = Entries.load(at) == leaf;
        boolean isAlone = isUnchanged && Ownership.claim(record, record, isHeld ? 2 : 1,
                MappingWord.of(vma.mm().id(), MappingWord.ANON),
                Geometry.floor(address, Geometry.PMD) >>> Geometry.PAGE_SHIFT);
        PageFlags.unlock(record);
        if (isHeld) {
            UserPages.put(memory, head);
        }
        return !isUnchanged ? CHANGED : isAlone ? OURS : SHARED;
    }

    private static void requireSplittable(long leaf, long address) {
        if (!LeafSplit.isSplittable(leaf)) {
            throw new MemoryModelError("cannot split the leaf at 0x" + Long.toHexString(address) + ": "
                    + Entry.describe(leaf));
        }
    }
}
