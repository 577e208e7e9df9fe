package io.pinfold.core.mm;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Deposits;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;

/**
 * Takes the entries of a range out (zap_page_range). mmap_lock is held, shared is enough: the tables stay.
 *
 * <p>Steps, per table: Z1 lock; Z2 exchange each entry with none, bits go to the page, the reference to the {@link Gather};
 * Z3 if a writable or dirty entry of an object's page was among them, flush before the lock is left, so that whoever takes
 * the lock next (writeback cleaning the page) knows that no {@code Cpu} still stores through it; Z4 unlock; Z5 when the
 * gather is full, and at the end, flush and drop the references.
 *
 * <p>A leaf of which only a part is in the range is split first. One that cannot be split goes as a whole: what it mapped
 * outside the range comes back by a fault.
 */
final class Zap {
    private Zap() {
    }

    /** Zaps {@code [start, end)}; what was taken out may still be in {@code gather} afterwards. */
    static void range(AddressSpace space, long start, long end, Gather gather) {
        PhysicalMemory memory = space.memory();
        long root = space.root();
        long address = PageTables.nextCovered(memory, root, start, end);
        while (address < end) {
            long spot = PageTables.lockLowest(memory, root, address); // Z1
            if (Spot.level(spot) == Geometry.PTE) {
                long stop = Math.min(end, Geometry.nextEntry(address, Geometry.PMD));
                address = table(space, Spot.table(spot), address, stop, gather);
            } else {
                address = leaf(space, spot, address, start, end, gather);
            }
            if (gather.isFull()) {
                gather.flush(); // Z5
            }
            address = PageTables.nextCovered(memory, root, address, end);
        }
    }

    /** Zaps the part of one table; the first address not looked at, before {@code stop} when the gather is full. */
    private static long table(AddressSpace space, long table, long start, long stop, Gather gather) {
        PhysicalMemory memory = space.memory();
        boolean isFlushDue = false;
        long address = start;
        while (address < stop && !gather.isFull()) {
            long at = PageTables.pteAddress(memory, table, address);
            if (Entries.load(at) != Entry.NONE) {
                long old = PageTables.clear(memory, table, at); // Z2 = C1 = T1
                gather.add(old, Geometry.PTE);
                isFlushDue |= mayStillStore(memory, old);
            }
            address += Geometry.PAGE_BYTES;
        }
        if (isFlushDue) {
            TlbFlush.flush(space); // Z3
        }
        PageTables.unlock(memory, table); // Z4
        return address;
    }

    /** Zaps a leaf, or splits it; the first address to look at next. */
    private static long leaf(AddressSpace space, long spot, long address, long start, long end, Gather gather) {
        PhysicalMemory memory = space.memory();
        long table = Spot.table(spot);
        int level = Spot.level(spot);
        long at = Spot.entryAddress(memory, spot, address);
        long first = Geometry.floor(address, level);
        long next = Geometry.nextEntry(address, level);
        boolean isPart = first < start || next > end;
        long entry = Entries.load(at);
        if (isPart && LeafSplit.isSplittable(entry)) {
            LeafSplit.locked(space, table, at, address);
            next = address; // look again: there is a table now
        } else if (entry != Entry.NONE) {
            long old = PageTables.clear(memory, table, at); // Z2 = C1 = T1
            gather.add(old, level);
            if (Entry.isDeposited(old)) {
                gather.addDeposit(Deposits.take(memory, table, address));
            }
            if (mayStillStore(memory, old)) {
                TlbFlush.flush(space); // Z3
            }
        }
        PageTables.unlock(memory, table); // Z4
        return next;
    }

    private static boolean mayStillStore(PhysicalMemory memory, long old) {
        return Entry.isPresent(old) && (Entry.isDirty(old) || Entry.isWritable(old)) && !Entry.isSpecial(old)
                && !UserPages.isAnonymous(memory, Entry.pfn(old));
    }
}
