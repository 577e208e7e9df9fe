package io.pinfold.core.mm.unmap;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.HugePages;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Deposits;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;

/**
 * The split of a PMD leaf into a table of PTEs that map the same pages with the same permission (split_huge_pmd). It
 * comes before a part of the leaf is unmapped, protected or copied. Only the mapping is split; the folio stays a folio,
 * and every get and pin on it stays as it is.
 *
 * <p><b>Protocol SPLIT vs WALK</b>, under the lock of the leaf's table [R3, R23].
 * <pre>
 *   splitter: SPLIT1 exchange the leaf with its invalidated form (volatile): not none, so that nothing else is mapped
 *                    there; not permitted, so that no Cpu sets a bit in it; not a table, so that no walker descends
 *             SPLIT2 flush: Cpu accesses through the leaf are over, its accessed and dirty bits are in hand
 *             SPLIT3 references += pages - 1, then mappings += 1 for every page, exclusive flags, then entire mappings
 *                    -= 1; fill the deposited table
 *             SPLIT4 put the entry of the table in its place (release would do)
 *   walker:   LEAF1 load the leaf (volatile)   LEAF5 add references to the folio (volatile RMW)
 *             LEAF6 load the leaf again (volatile); changed: undo all of LEAF5
 *   must not happen: a walker returns pages of a leaf that was split before LEAF6; a reader of the table misses SPLIT3
 * </pre>
 * LEAF6 reads the entry of SPLIT1 or SPLIT4, which both differ from the leaf; or it came before SPLIT1, and then LEAF5
 * is a reference on a page that is mapped there. References that the walker adds and takes back meanwhile do no harm:
 * SPLIT3 only adds. In SPLIT3 the references come first, so that a count of references never looks smaller than the
 * mappings; the entire mapping goes last, so that a reader of the counts never finds the page unmapped
 * (CVE-2020-29368). SPLIT4 is step INSTALL2 of PageTables.
 *
 * <p>An entry of a migration in place of a leaf is split as well, into entries of the same kind. It is not present, so
 * SPLIT1 and SPLIT2 are left out: its invalidated form would be that of a leaf (R23).
 *
 * <p>The table was deposited when the leaf was installed, so a split cannot fail. A leaf without a deposit (device
 * memory, hugetlb) cannot be split: it is taken out as a whole and faulted in again, or the call is refused before.
 */
public final class LeafSplit {
    private LeafSplit() {
    }

    /**
     * Whether the entry is a leaf that can be split: it maps anonymous memory or the huge zero page by a PMD, or stands
     * for it.
     */
    public static boolean isSplittable(long entry) {
        return Entry.isDeposited(entry) && ((entry & Entry.HUGE) != 0 || NonPresent.isMigration(entry));
    }

    /** Splits the leaf over {@code address}, if there is one that can be. mmap_lock is held, shared is enough. */
    public static void at(Mm mm, long address) {
        MemoryCore memory = mm.memory();
        long spot = PageTables.lockLowest(memory, mm.root(), address);
        long table = Spot.table(spot);
        if (Spot.level(spot) > Geometry.PTE) {
            long at = Spot.entryAddress(memory, spot, address);
            if (isSplittable(Entries.load(at))) {
                locked(mm, table, at, address);
            }
        }
        PageTables.unlock(memory, table);
    }

    /**
     * Prepares the end or the beginning of a mapping at {@code address}: a leaf that reaches over it is split, or taken
     * out if it cannot be. mmap_lock is held exclusively.
     */
    static void atBoundary(Mm mm, long address) {
        MemoryCore memory = mm.memory();
        long spot = PageTables.lockLowest(memory, mm.root(), address);
        long table = Spot.table(spot);
        long at = Spot.entryAddress(memory, spot, address);
        boolean isOver = Geometry.floor(address, Spot.level(spot)) != address && Entries.load(at) != Entry.NONE;
        boolean isSplit = isOver && isSplittable(Entries.load(at));
        if (isSplit) {
            locked(mm, table, at, address);
        }
        PageTables.unlock(memory, table);
        if (isOver && !isSplit) {
            Gather gather = new Gather(mm);
            Zap.range(mm, address, address + Geometry.PAGE_BYTES, gather);
            gather.finish();
        }
    }

    /** Splits the leaf at {@code at} in {@code table}, whose lock is held and stays held. */
    public static void locked(Mm mm, long table, long at, long address) {
        MemoryCore memory = mm.memory();
        long entry = Entries.load(at);
        if (NonPresent.isMigration(entry)) {
            splitMigration(memory, table, at, address, entry);
            return;
        }
        long old = Entries.exchange(at, Entry.invalidated(entry)); // SPLIT1 (CLEAR1, FLUSH1)
        TlbFlush.flush(mm); // SPLIT2
        long lower = Deposits.take(memory, table, address);
        if (HugePages.isZero(memory, old)) {
            fillWithZeroPage(memory, lower, old);
        } else {
            fill(memory, lower, old);
        }
        // SPLIT4 (INSTALL2); an entry of two halves is none in between
        long _ = Entries.exchange(at, Entry.makeTable(lower));
    }

    /**
     * Splits the entry of a migration. It is not present, so there is nothing to invalidate and nothing to flush; the
     * entries hold no references.
     */
    private static void splitMigration(MemoryCore memory, long table, long at, long address, long entry) {
        long lower = Deposits.take(memory, table, address);
        PageTables.fill(memory, lower, entry & ~Entry.DEPOSITED, 1);
        long _ = Entries.exchange(at, Entry.makeTable(lower)); // SPLIT4 (INSTALL2)
    }

    private static void fill(MemoryCore memory, long lower, long leaf) {
        long head = Entry.pfn(leaf);
        long headRecord = memory.recordAddress(head);
        boolean isExclusive = PageFlags.test(headRecord, PageFlags.ANON_EXCLUSIVE);
        PageRefs.add(headRecord, Geometry.ENTRIES - 1); // SPLIT3
        for (int i = 0; i < Geometry.ENTRIES; i++) {
            long record = memory.recordAddress(head + i);
            PageRefs.addMapping(record);
            if (isExclusive) {
                long _ = PageFlags.set(record, PageFlags.ANON_EXCLUSIVE);
            }
        }
        int _ = PageRefs.removeEntireMapping(headRecord);
        PageTables.fill(memory, lower, Entry.make(head, bitsOfPte(leaf)), 1);
    }

    /**
     * Fills the table for the huge zero page. The zero page counts neither references nor mappings, and the huge one
     * counts nothing for a leaf.
     */
    private static void fillWithZeroPage(MemoryCore memory, long lower, long leaf) {
        PageTables.fill(memory, lower, Entry.make(memory.zeroPfn(), bitsOfPte(leaf) | Entry.SPECIAL), 0);
    }

    private static long bitsOfPte(long leaf) {
        return leaf & ~(Entry.PFN_MASK | Entry.HUGE | Entry.DEPOSITED);
    }
}
