package io.pinfold.core.mm;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;

/**
 * Faults on entries that say where a page is instead of mapping it (do_swap_page). The place where those join who can bring a
 * page back: swap and device memory have no such one yet.
 *
 * <p><b>Migration.</b> Whoever moves a page holds its folio lock from before the entries change until the page is mapped again, so
 * the fault waits for that lock and says "look again". It takes no reference for it: that would make the very migration fail
 * that it waits for. The folio may be gone and its frame another's by the time the flags are read; the wait then ends
 * with the first change of that other's flags, which does no harm. Where nobody holds the lock nobody brings the page back; the
 * caller's bound on its rounds then ends the call.
 */
final class NonPresentFaults {
    private NonPresentFaults() {
    }

    /** Handles the non-present {@code entry} at {@code at}. Entered with the lock of {@code table} held, left without. */
    static int handle(PhysicalMemory memory, long table, long at, long entry) {
        int kind = NonPresent.kind(entry);
        boolean isStaleMark = kind == NonPresent.UFFD_MARKER;
        if (isStaleMark) {
            long unused = PageTables.clear(memory, table, at); // no mapping is watched, so the mark says nothing
        }
        PageTables.unlock(memory, table);
        if (isStaleMark) {
            return Faults.AGAIN;
        }
        if (NonPresent.isMigration(entry)) {
            awaitMigration(memory, Entry.pfn(entry));
            return Faults.DONE;
        }
        if (Entry.isInvalidated(entry)) {
            return Faults.DONE; // a split under the lock we had: over before the next look
        }
        return kind == NonPresent.HWPOISON ? -Errno.EHWPOISON : -Errno.EFAULT;
    }

    private static void awaitMigration(PhysicalMemory memory, long pfn) {
        if (pfn < memory.frames()) {
            long word = UserPages.headRecord(memory, pfn) + PageLayout.FLAGS;
            long flags = Words.getLongVolatile(word);
            if ((flags & PageFlags.LOCKED) != 0) {
                Waits.pollWhileEqualsLong(word, flags);
            }
        }
    }
}
