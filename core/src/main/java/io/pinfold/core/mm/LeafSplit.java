package io.pinfold.core.mm;

import io.pinfold.core.memory.PhysicalMemory;
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
 * Replaces a PMD leaf by a table of PTEs that map the same pages with the same permission (split_huge_pmd): before a part of
 * the leaf is unmapped or protected or copied. Only the mapping is split; the folio stays a folio, and every get and pin on it
 * stays as it is.
 *
 * <p><b>Protocol SPLIT vs WALK</b>, under the lock of the leaf's table [R3, R23].
 * <pre>
 *   splitter: S1 exchange the leaf with its invalidated form (volatile): not none, so that nobody maps something else
 *                there; not permitted, so that no Cpu sets a bit in it; not a table, so that no walker descends
 *             S2 flush: Cpu accesses through the leaf are over, its accessed and dirty bits are in hand
 *             S3 references += pages - 1, then mappings += 1 for every page, exclusive flags, then entire mappings -= 1;
 *                fill the deposited table
 *             S4 put the entry of the table in its place (release would do)
 *   walker:   H0 load the leaf (volatile)   H4 add references to the folio (volatile RMW)
 *             H5 load the leaf again (volatile); changed: undo all of H4
 *   must not happen: a walker returns pages of a leaf that was split before H5; a reader of the table misses S3
 * </pre>
 * H5 sees S1 or S4, which both differ from the leaf, or it came before S1, and then H4 is a reference on a page that is mapped
 * there. References the walker adds and takes back meanwhile do not matter: S3 only adds. In S3 the references come first, so
 * that a count of references never looks smaller than the mappings; the entire mapping goes last, so that whoever counts
 * mappings never sees the page unmapped (CVE-2020-29368). S4 is step I2 of PageTables.
 *
 * <p>An entry of a migration in place of a leaf is split as well, into entries of the same kind. It is not present, so S1 and S2
 * are left out: invalidated it would look like a leaf that is (R23).
 *
 * <p>The table was deposited when the leaf was installed, so a split cannot fail. What has no deposit (device memory, hugetlb)
 * cannot be split: it is taken out as a whole and faulted in again, or refused before.
 */
final class LeafSplit {
    private LeafSplit() {
    }

    /** Whether the entry is a leaf that can be split: it maps anonymous memory or the huge zero page by a PMD, or stands for it. */
    static boolean isSplittable(long entry) {
        return Entry.isDeposited(entry) && ((entry & Entry.HUGE) != 0 || NonPresent.isMigration(entry));
    }

    /** Splits the leaf over {@code address}, if there is one that can be. mmap_lock is held, shared is enough. */
    static void at(AddressSpace space, long address) {
        PhysicalMemory memory = space.memory();
        long spot = PageTables.lockLowest(memory, space.root(), address);
        long table = Spot.table(spot);
        if (Spot.level(spot) > Geometry.PTE) {
            long at = Spot.entryAddress(memory, spot, address);
            if (isSplittable(Entries.load(at))) {
                locked(space, table, at, address);
            }
        }
        PageTables.unlock(memory, table);
    }

    /**
     * A mapping is about to end or to begin at {@code address}: a leaf that reaches over it is split, or taken out if it cannot
     * be. mmap_lock is held exclusively.
     */
    static void atBoundary(AddressSpace space, long address) {
        PhysicalMemory memory = space.memory();
        long spot = PageTables.lockLowest(memory, space.root(), address);
        long table = Spot.table(spot);
        long at = Spot.entryAddress(memory, spot, address);
        boolean isOver = Geometry.floor(address, Spot.level(spot)) != address && Entries.load(at) != Entry.NONE;
        boolean isSplit = isOver && isSplittable(Entries.load(at));
        if (isSplit) {
            locked(space, table, at, address);
        }
        PageTables.unlock(memory, table);
        if (isOver && !isSplit) {
            Gather gather = new Gather(space);
            Zap.range(space, address, address + Geometry.PAGE_BYTES, gather);
            gather.finish();
        }
    }

    /** Splits the leaf at {@code at} in {@code table}, whose lock is held and stays held. */
    static void locked(AddressSpace space, long table, long at, long address) {
        PhysicalMemory memory = space.memory();
        long entry = Entries.load(at);
        if (NonPresent.isMigration(entry)) {
            splitMigration(memory, table, at, address, entry);
            return;
        }
        long old = Entries.exchange(at, Entry.invalidated(entry)); // S1 = C1 = T1
        TlbFlush.flush(space); // S2
        long lower = Deposits.take(memory, table, address);
        if (HugePages.isZero(memory, old)) {
            fillWithZeroPage(memory, lower, old);
        } else {
            fill(memory, lower, old);
        }
        long _ = Entries.exchange(at, Entry.makeTable(lower)); // S4 = I2; in halves by way of none, not by a mixture
    }

    /** Nothing is present, so there is nothing to invalidate and nothing to flush; the entries hold no references. */
    private static void splitMigration(PhysicalMemory memory, long table, long at, long address, long entry) {
        long lower = Deposits.take(memory, table, address);
        PageTables.fill(memory, lower, entry & ~Entry.DEPOSITED, 1);
        long _ = Entries.exchange(at, Entry.makeTable(lower)); // S4 = I2
    }

    private static void fill(PhysicalMemory memory, long lower, long leaf) {
        long head = Entry.pfn(leaf);
        long headRecord = memory.recordAddress(head);
        boolean isExclusive = PageFlags.test(headRecord, PageFlags.ANON_EXCLUSIVE);
        PageRefs.add(headRecord, Geometry.ENTRIES - 1); // S3
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

    /** The zero page counts neither references nor mappings, and the huge one counts nothing for a leaf. */
    private static void fillWithZeroPage(PhysicalMemory memory, long lower, long leaf) {
        PageTables.fill(memory, lower, Entry.make(memory.zeroPfn(), bitsOfPte(leaf) | Entry.SPECIAL), 0);
    }

    private static long bitsOfPte(long leaf) {
        return leaf & ~(Entry.PFN_MASK | Entry.HUGE | Entry.DEPOSITED);
    }
}
