package io.pinfold.core.mm.fault;

import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.HugePages;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.PageTables;

/**
 * The copy of copy-on-write: a page of the mapping's own takes the place of one that others have, too (wp_page_copy,
 * hugetlb_wp). A PTE gets a copy of its page, the leaf of a reserved huge page a copy of all of it.
 *
 * <pre>
 * COPY1 hold the old page, leave the lock
 * COPY2 take a frame and copy
 * COPY3 lock; is the entry unchanged?
 * COPY4 exchange the entry with none (CLEAR1, FLUSH1)
 * COPY5 flush
 * COPY6 store the new entry, release (INSTALL2); unlock
 * COPY7 drop the old page
 * </pre>
 *
 * <p>After COPY5 no access reads the old page through this entry. So none reads it after a store to the new page, and
 * none after the old page is freed.
 */
public final class PageCopy {
    private PageCopy() {
    }

    /**
     * Runs COPY1 to COPY7. Entered with the lock of {@code table} held, left without.
     *
     * @param page start of what {@code entry} maps
     * @return as {@code Faults.handle}, or AGAIN if the entry changed meanwhile
     */
    public static int run(Vma vma, long page, int kind, int scope, long table, long at, long entry) {
        MemoryCore memory = vma.mm().memory();
        boolean isCounted = !Entry.isSpecial(entry);
        long old = Entry.pfn(entry);
        if (isCounted) {
            PageRefs.getPage(UserPages.headRecord(memory, old)); // COPY1
        }
        PageTables.unlock(memory, table);
        long fresh = vma.operations().allocateCopy(vma, page, scope, isCounted ? old : 0); // COPY2
        FreeBatch freed = new FreeBatch(memory);
        boolean isDone = fresh > 0 && replace(vma, kind, table, at, entry, fresh, freed);
        if (fresh > 0 && !isDone) {
            UserPages.put(memory, fresh, freed);
        }
        if (isCounted) {
            UserPages.put(memory, old, freed);
        }
        freed.drain();
        return fresh < 0 ? (int) fresh : isDone ? VmaOperations.DONE : VmaOperations.AGAIN;
    }

    /** Runs COPY3 to COPY7; false if the entry has changed. */
    private static boolean replace(Vma vma, int kind, long table, long at, long entry, long fresh, FreeBatch freed) {
        MemoryCore memory = vma.mm().memory();
        boolean isLeaf = vma.isHugetlb();
        PageTables.lock(memory, table);
        boolean isUnchanged = Entries.load(at) == entry; // COPY3
        long was = entry;
        if (isUnchanged) {
            was = Entries.exchange(at, Entry.NONE); // COPY4 (CLEAR1, FLUSH1)
            TlbFlush.flush(vma.mm()); // COPY5
            long bits = vma.entryBits() | (kind == VmaOperations.WRITE ? vma.writeBits() : Entry.ACCESSED);
            long record = memory.recordAddress(fresh);
            if (isLeaf) {
                PageRefs.addEntireMapping(record);
            } else {
                PageRefs.addMapping(record);
            }
            Entries.store(at, isLeaf ? Entry.makeLeaf(fresh, bits) : Entry.make(fresh, bits)); // COPY6 (INSTALL2)
        }
        PageTables.unlock(memory, table);
        if (isUnchanged && !Entry.isSpecial(entry)) {
            long old = Entry.pfn(entry);
            UserPages.transferBits(memory, old, Entry.isDirty(was), Entry.isAccessed(was));
            if (isLeaf) {
                HugePages.dropMapping(memory, old, freed); // COPY7
            } else {
                UserPages.dropMapping(memory, old, freed); // COPY7
            }
        }
        return isUnchanged;
    }
}
