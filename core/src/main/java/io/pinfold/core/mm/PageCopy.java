package io.pinfold.core.mm;

import io.pinfold.core.memory.FreeBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.PageTables;

/**
 * The copy of copy-on-write: a page of our own takes the place of one that others have, too (wp_page_copy, hugetlb_wp). A PTE gets a
 * copy of its page, the leaf of a reserved huge page a copy of all of it.
 *
 * <p>Y1 hold the old page, leave the lock; Y2 take a frame and copy; Y3 lock, entry unchanged?; Y4 exchange with none; Y5
 * flush, so that nobody reads the old page after somebody may have stored to the new one, nor after it is freed; Y6 release-store the
 * new entry, unlock; Y7 drop the old page.
 */
final class PageCopy {
    private PageCopy() {
    }

    /**
     * Y1 to Y7. Entered with the lock of {@code table} held, left without.
     *
     * @param page start of what {@code entry} maps
     * @return as {@code Faults.handle}, or AGAIN if the entry changed meanwhile
     */
    static int run(Vma vma, long page, int kind, int scope, long table, long at, long entry) {
        PhysicalMemory memory = vma.space().memory();
        boolean isCounted = !Entry.isSpecial(entry);
        long old = Entry.pfn(entry);
        if (isCounted) {
            PageRefs.getPage(UserPages.headRecord(memory, old)); // Y1
        }
        PageTables.unlock(memory, table);
        long fresh = copy(vma, page, scope, isCounted ? old : 0); // Y2
        FreeBatch freed = new FreeBatch(memory);
        boolean isDone = fresh > 0 && replace(vma, kind, table, at, entry, fresh, freed);
        if (fresh > 0 && !isDone) {
            UserPages.put(memory, fresh, freed);
        }
        if (isCounted) {
            UserPages.put(memory, old, freed);
        }
        freed.drain();
        return fresh < 0 ? (int) fresh : isDone ? Faults.DONE : Faults.AGAIN;
    }

    /** A page of our own with the data of {@code old}, zeros if that is 0; or -ENOMEM. */
    private static long copy(Vma vma, long page, int scope, long old) {
        if (vma.isHugetlb()) {
            return HugetlbPages.allocateOwn(vma, page, scope, old);
        }
        vma.prepareOwnPages();
        long fresh = UserPages.allocateAnonymous(vma.space(), page, scope);
        if (fresh > 0 && old != 0) {
            UserPages.copyData(vma.space().memory(), old, fresh);
        }
        return fresh;
    }

    /** Y3 to Y7; false if the entry has changed. */
    private static boolean replace(Vma vma, int kind, long table, long at, long entry, long fresh, FreeBatch freed) {
        PhysicalMemory memory = vma.space().memory();
        boolean isLeaf = vma.isHugetlb();
        PageTables.lock(memory, table);
        boolean isUnchanged = Entries.load(at) == entry; // Y3
        long was = entry;
        if (isUnchanged) {
            was = Entries.exchange(at, Entry.NONE); // Y4 = C1 = T1
            TlbFlush.flush(vma.space()); // Y5
            long bits = vma.entryBits() | (kind == Faults.WRITE ? vma.writeBits() : Entry.ACCESSED);
            long record = memory.recordAddress(fresh);
            if (isLeaf) {
                PageRefs.addEntireMapping(record);
            } else {
                PageRefs.addMapping(record);
            }
            Entries.store(at, isLeaf ? Entry.makeLeaf(fresh, bits) : Entry.make(fresh, bits)); // Y6 = I2
        }
        PageTables.unlock(memory, table);
        if (isUnchanged && !Entry.isSpecial(entry)) {
            long old = Entry.pfn(entry);
            UserPages.transferBits(memory, old, Entry.isDirty(was), Entry.isAccessed(was));
            if (isLeaf) {
                HugePages.dropMapping(memory, old, freed); // Y7
            } else {
                UserPages.dropMapping(memory, old, freed); // Y7
            }
        }
        return isUnchanged;
    }
}
