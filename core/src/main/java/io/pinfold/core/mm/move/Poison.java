package io.pinfold.core.mm.move;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.HugePages;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.mm.unmap.LeafSplit;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;

/**
 * The declaration of mapped pages as broken (madvise_inject_error, memory_failure): the first page of the range, the
 * page that lies one folio behind it, and so on. Of a range of single pages that is each of them, of a huge page it is
 * one.
 *
 * <pre>
 * POISON1 under the lock of the table: mark the page
 * POISON2 exchange its entry with a poison entry (CLEAR1, FLUSH1)
 * POISON3 flush
 * POISON4 without the lock: drop mapping count and reference
 * </pre>
 *
 * <p>After POISON2 no new access and no new reference comes through this mapping. A pin keeps the page. When the last
 * reference is gone the frame is retired: it is never handed out again.
 *
 * <p>Other pages of a large folio stay in use. Other mappings of an object's page keep it until they fault: from then
 * on the object reports it as broken.
 */
public final class Poison {
    private static final int ROUNDS_MAX = 1000;

    private Poison() {
    }

    /**
     * Poisons one page of each folio in {@code [start, end)}, which is faulted in; mmap_lock is held, shared is enough.
     */
    public static int range(Mm mm, long start, long end) {
        for (long address = start; address < end;) {
            Vma vma = mm.vmas().find(address);
            long result = vma == null || !vma.isAccessible() ? -Errno.EFAULT : page(vma, address);
            if (result < 0) {
                return (int) result;
            }
            address += result;
        }
        return 0;
    }

    /** The bytes of the folio that the page poisoned belongs to, or a negative errno. */
    private static long page(Vma vma, long address) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        for (int round = 0; round < ROUNDS_MAX; round++) {
            LeafSplit.at(mm, address);
            long spot = PageTables.lockLowest(memory, mm.root(), address);
            long at = Spot.entryAddress(memory, spot, address);
            long entry = Entries.load(at);
            if (Entry.isPresent(entry)) {
                return present(mm, spot, at, Spot.pfn(spot, entry, address));
            }
            PageTables.unlock(memory, Spot.table(spot));
            int result = Faults.handle(vma, address, VmaOperations.READ, Blocks.MOVABLE_FIRST);
            if (result != VmaOperations.DONE) {
                return result == -Errno.ENOMEM ? result : -Errno.EFAULT;
            }
        }
        return -Errno.EFAULT;
    }

    /** As {@link #page}. Entered with the lock of the spot's table held, left without. */
    private static long present(Mm mm, long spot, long at, long pfn) {
        MemoryCore memory = mm.memory();
        boolean isLeaf = Spot.level(spot) > Geometry.PTE;
        long entry = Entries.load(at);
        boolean isUncounted = isLeaf
                ? !HugePages.isCounted(memory, entry)
                : Entry.isSpecial(entry) || Entry.isDevmap(entry);
        if (isUncounted || PageType.of(memory.recordAddress(pfn)) == PageType.DEVICE) {
            PageTables.unlock(memory, Spot.table(spot));
            return -Errno.EBUSY; // zero pages are shared by all, and device memory is handled by its owner
        }
        if (UserPages.isSecret(memory, pfn)) {
            PageTables.unlock(memory, Spot.table(spot));
            return -Errno.EFAULT; // as get_user_pages, by which Linux finds the page
        }
        long bytes = (long) Geometry.PAGE_BYTES << Compound.orderOf(Compound.of(UserPages.headRecord(memory, pfn)));
        UserPages.markBroken(memory, pfn); // POISON1
        long old = Entries.exchange(at, NonPresent.make(NonPresent.HWPOISON, pfn)); // POISON2 (CLEAR1, FLUSH1)
        UserPages.transferBits(memory, pfn, Entry.isDirty(old), Entry.isAccessed(old));
        TlbFlush.flush(mm); // POISON3
        PageTables.unlock(memory, Spot.table(spot));
        FreeBatch freed = new FreeBatch(memory);
        if (isLeaf) {
            HugePages.dropMapping(memory, Entry.pfn(old), freed); // POISON4
        } else {
            UserPages.dropMapping(memory, pfn, freed); // POISON4
        }
        freed.drain();
        return bytes;
    }
}
