package io.pinfold.core.mm;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * Takes the entries of a range out (zap_page_range). mmap_lock is held, shared is enough: the tables stay.
 *
 * <p>Steps, per table: Z1 lock; Z2 exchange each entry with none, bits go to the page, the reference to the {@link Gather};
 * Z3 if a writable or dirty entry of an object's page was among them, flush before the lock is left, so that whoever takes
 * the lock next (writeback cleaning the page) knows that no {@code Cpu} still stores through it; Z4 unlock; Z5 when the
 * gather is full, and at the end, flush and drop the references.
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
            long stop = Math.min(end, Geometry.nextEntry(address, Geometry.PMD));
            address = table(space, PageTables.find(memory, root, address, Geometry.PTE), address, stop, gather);
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
        PageTables.lock(memory, table); // Z1
        while (address < stop && !gather.isFull()) {
            long at = PageTables.pteAddress(memory, table, address);
            if (Entries.load(at) != Entry.NONE) {
                long old = PageTables.clear(memory, table, at); // Z2 = C1 = T1
                gather.add(old);
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

    private static boolean mayStillStore(PhysicalMemory memory, long old) {
        return (Entry.isDirty(old) || Entry.isWritable(old)) && !Entry.isSpecial(old)
                && !UserPages.isAnonymous(memory, Entry.pfn(old));
    }
}
