package io.pinfold.core.mm.fault;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;

/**
 * Faults on entries that name the place of a page instead of mapping it (do_swap_page). Private pages in memory of a
 * device go to {@code PageReturn} instead; a page in swap cannot be brought back yet.
 *
 * <p><b>Migration</b>, under the lock of the entry's table unless said otherwise:
 * <pre>
 *   mover: MIGRATE1 take the folio lock (no table lock)   MIGRATE2 put the migration entry
 *          MIGRATE3 put the entry of where the page is now   MIGRATE4 give the folio lock back (no table lock)
 *   fault: STALL1 find the entry   STALL2 read the folio's flags
 *          STALL3 leave the table's lock, wait until the flags change, look again
 * </pre>
 * STALL1 between MIGRATE2 and MIGRATE3 means STALL2 between MIGRATE1 and MIGRATE4: the folio is locked. The fault takes
 * no reference for its wait: a reference would make the migration fail that it waits for. The folio may be gone and its
 * frame another's during STALL3; the wait then ends with the first change of the other folio's flags, and the fault
 * looks again. A folio that is not locked at STALL2 is not being moved, and the fault reports that instead of waiting
 * for ever.
 */
public final class NonPresentFaults {
    private NonPresentFaults() {
    }

    /**
     * Handles the non-present {@code entry} at {@code at}. Entered with the lock of {@code table} held, left without.
     */
    static int handle(MemoryCore memory, long table, long at, long entry) {
        if (NonPresent.isMigration(entry)) { // STALL1
            return awaitMigration(memory, table, entry);
        }
        int kind = NonPresent.kind(entry);
        boolean isMark = kind == NonPresent.UFFD_MARKER && !Entry.isDeposited(entry); // of a page, never of a leaf
        if (isMark) {
            long _ = PageTables.clear(memory, table, at); // no mapping is watched, so the mark has no meaning
        }
        PageTables.unlock(memory, table);
        if (isMark) {
            return VmaOperations.AGAIN;
        }
        return kind == NonPresent.HWPOISON ? -Errno.EHWPOISON : -Errno.EFAULT;
    }

    private static int awaitMigration(MemoryCore memory, long table, long entry) {
        long pfn = Entry.pfn(entry);
        long word = pfn < memory.frames() ? UserPages.headRecord(memory, pfn) + PageLayout.FLAGS : 0;
        long flags = word != 0 ? Words.getLongVolatile(word) : 0; // STALL2
        PageTables.unlock(memory, table);
        if ((flags & PageFlags.LOCKED) == 0) {
            return -Errno.EFAULT;
        }
        Waits.pollWhileEqualsLong(word, flags, "end of a migration"); // STALL3
        return VmaOperations.DONE;
    }
}
