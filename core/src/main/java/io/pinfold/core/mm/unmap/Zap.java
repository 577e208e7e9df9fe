package io.pinfold.core.mm.unmap;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.pgtable.Deposits;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;

/**
 * The removal of the entries of a range (zap_page_range). mmap_lock is held, shared is enough: the tables stay.
 *
 * <pre>
 * ZAP1 lock the table
 * ZAP2 exchange each entry with none (CLEAR1, FLUSH1); bits go to the page, the reference to the {@link Gather}
 * ZAP3 a writable or dirty entry of an object's page was among them: flush
 * ZAP4 unlock
 * ZAP5 when the gather is full, and at the end, flush and drop the references
 * </pre>
 *
 * <p>ZAP3 comes before the lock is left, so that no {@code Cpu} still stores through it when the lock is taken next (by
 * writeback cleaning the page).
 *
 * <p>A leaf of which only a part is in the range is split first. One that cannot be split is taken out as a whole: what
 * it mapped outside the range comes back by a fault.
 */
public final class Zap {
    private Zap() {
    }

    /** Zaps {@code [start, end)}; what was taken out may still be in {@code gather} afterwards. */
    public static void range(Mm mm, long start, long end, Gather gather) {
        MemoryCore memory = mm.memory();
        long root = mm.root();
        long address = PageTables.nextCovered(memory, root, start, end);
        while (address < end) {
            long spot = PageTables.lockLowest(memory, root, address); // ZAP1
            if (Spot.level(spot) == Geometry.PTE) {
                long stop = Math.min(end, Geometry.nextEntry(address, Geometry.PMD));
                address = table(mm, Spot.table(spot), address, stop, gather);
            } else {
                address = leaf(mm, spot, address, start, end, gather);
            }
            if (gather.isFull()) {
                gather.flush(); // ZAP5
            }
            address = PageTables.nextCovered(memory, root, address, end);
        }
    }

    /** Zaps the part of one table; the first address not looked at, before {@code stop} when the gather is full. */
    private static long table(Mm mm, long table, long start, long stop, Gather gather) {
        MemoryCore memory = mm.memory();
        boolean isFlushDue = false;
        long address = start;
        while (address < stop && !gather.isFull()) {
            long at = PageTables.pteAddress(memory, table, address);
            if (Entries.load(at) != Entry.NONE) {
                long old = PageTables.clear(memory, table, at); // ZAP2 (CLEAR1, FLUSH1)
                gather.add(old, Geometry.PTE);
                isFlushDue |= mayStillStore(memory, old);
            }
            address += Geometry.PAGE_BYTES;
        }
        if (isFlushDue) {
            TlbFlush.flush(mm); // ZAP3
        }
        PageTables.unlock(memory, table); // ZAP4
        return address;
    }

    /** Zaps a leaf, or splits it; the first address to look at next. */
    private static long leaf(Mm mm, long spot, long address, long start, long end, Gather gather) {
        MemoryCore memory = mm.memory();
        long table = Spot.table(spot);
        int level = Spot.level(spot);
        long at = Spot.entryAddress(memory, spot, address);
        long first = Geometry.floor(address, level);
        long next = Geometry.nextEntry(address, level);
        boolean isPart = first < start || next > end;
        long entry = Entries.load(at);
        if (isPart && LeafSplit.isSplittable(entry)) {
            LeafSplit.locked(mm, table, at, address);
            next = address; // again from here: there is a table now
        } else if (entry != Entry.NONE) {
            long old = PageTables.clear(memory, table, at); // ZAP2 (CLEAR1, FLUSH1)
            gather.add(old, level);
            if (Entry.isDeposited(old)) {
                gather.addDeposit(Deposits.take(memory, table, address));
            }
            if (mayStillStore(memory, old)) {
                TlbFlush.flush(mm); // ZAP3
            }
        }
        PageTables.unlock(memory, table); // ZAP4
        return next;
    }

    private static boolean mayStillStore(MemoryCore memory, long old) {
        return Entry.isPresent(old) && (Entry.isDirty(old) || Entry.isWritable(old)) && !Entry.isSpecial(old)
                && !UserPages.isAnonymous(memory, Entry.pfn(old));
    }
}
