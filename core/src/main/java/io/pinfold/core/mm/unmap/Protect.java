package io.pinfold.core.mm.unmap;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.HugePages;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;

/**
 * The change of permission of the entries of a range to that of their new VMA (change_protection). mmap_lock is held
 * exclusively, and no leaf reaches beyond the range: the change of the VMAs has split what did.
 *
 * <pre>
 * PROTECT1 per entry, under the table's lock: exchange with none (CLEAR1, FLUSH1)
 * PROTECT2 modify
 * PROTECT3 store, release
 * PROTECT4 after the last entry, before mprotect returns: flush
 * </pre>
 *
 * <p>PROTECT1 returns the accessed and dirty bits set until then, and none can be set in between. A permission is gone
 * after PROTECT4. An entry that has the permission already is left alone, and needs no flush. An entry that is not
 * present stays, but its page comes back read-only; a store then faults. A walker that reads the none of PROTECT1 falls
 * back and waits for mmap_lock.
 */
public final class Protect {
    private Protect() {
    }

    /**
     * Changes the entries of {@code [start, end)}, all inside {@code vma}. Whether one has changed: the caller flushes
     * (PROTECT4).
     */
    public static boolean range(Mm mm, Vma vma, long start, long end) {
        MemoryCore memory = mm.memory();
        long root = mm.root();
        boolean isChanged = false;
        long address = PageTables.nextCovered(memory, root, start, end);
        while (address < end) {
            long spot = PageTables.lockLowest(memory, root, address);
            long table = Spot.table(spot);
            long stop;
            if (Spot.level(spot) == Geometry.PTE) {
                stop = Math.min(end, Geometry.nextEntry(address, Geometry.PMD));
                isChanged |= table(memory, vma, table, address, stop);
            } else {
                stop = Geometry.nextEntry(address, Spot.level(spot));
                isChanged |= entry(memory, vma, Spot.entryAddress(memory, spot, address), true);
            }
            PageTables.unlock(memory, table);
            address = PageTables.nextCovered(memory, root, stop, end);
        }
        return isChanged;
    }

    private static boolean table(MemoryCore memory, Vma vma, long table, long start, long stop) {
        boolean isChanged = false;
        for (long address = start; address < stop; address += Geometry.PAGE_BYTES) {
            isChanged |= entry(memory, vma, PageTables.pteAddress(memory, table, address), false);
        }
        return isChanged;
    }

    private static boolean entry(MemoryCore memory, Vma vma, long at, boolean isLeaf) {
        long entry = Entries.load(at);
        if (!Entry.isPresent(entry)) {
            if (NonPresent.withoutWrite(entry, !vma.isShared()) != entry) {
                long _ = Entries.exchange(at, NonPresent.withoutWrite(entry, !vma.isShared()));
            }
            return false; // it permitted no access, so nothing has to be flushed
        }
        long permission = permission(memory, vma, entry, isLeaf);
        if (Entry.withPermission(entry, permission) == entry) {
            return false; // such as that of a page that is not exclusive, in a mapping that may be written to now
        }
        long old = Entries.exchange(at, Entry.NONE); // PROTECT1
        Entries.store(at, Entry.withPermission(old, permission)); // PROTECT2, PROTECT3
        return true;
    }

    /**
     * The permission that the VMA gives an entry. In a private mapping WRITE comes back at once for a page that is
     * known to be exclusive, which saves a fault; for any other page the fault decides. For a leaf the flag is that of
     * the head of its folio.
     */
    private static long permission(MemoryCore memory, Vma vma, long entry, boolean isLeaf) {
        long bits = vma.entryBits();
        boolean isUncounted = isLeaf ? !HugePages.isCounted(memory, entry) : Entry.isSpecial(entry);
        if (vma.isShared() || !vma.isWritable() || isUncounted) {
            return bits;
        }
        long record = memory.recordAddress(Entry.pfn(entry));
        boolean isOwn = UserPages.isAnonymous(memory, Entry.pfn(entry))
                && PageFlags.test(record, PageFlags.ANON_EXCLUSIVE);
        return isOwn ? bits | Entry.WRITE : bits;
    }
}
