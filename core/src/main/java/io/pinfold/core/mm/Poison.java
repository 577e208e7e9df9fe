package io.pinfold.core.mm;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.Blocks;
import io.pinfold.core.memory.FreeBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;

/**
 * Declares mapped pages broken (madvise_inject_error, memory_failure): the first page of the range, the page that lies one folio
 * behind it, and so on. Of a range of single pages that is each, of a huge page it is one.
 *
 * <p>Steps, under the lock of the table: Q1 mark the page; Q2 exchange its entry with a poison entry, so that no new access and no
 * new reference comes through this mapping; Q3 flush; then, without the lock, Q4 drop mapping count and reference. Who has the
 * page pinned keeps it. When the last reference is gone the frame is retired: nobody ever gets it again.
 *
 * <p>Other pages of a large folio stay in use. Other mappings of an object's page keep it until they fault: from then on the
 * object says that it is broken.
 */
final class Poison {
    private static final int ROUNDS_MAX = 1000;

    private Poison() {
    }

    /** Poisons one page of each folio in {@code [start, end)}, which is faulted in; mmap_lock is held, shared is enough. */
    static int range(AddressSpace space, long start, long end) {
        for (long address = start; address < end;) {
            Vma vma = space.vmas().find(address);
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
        AddressSpace space = vma.space();
        PhysicalMemory memory = space.memory();
        for (int round = 0; round < ROUNDS_MAX; round++) {
            LeafSplit.at(space, address);
            long spot = PageTables.lockLowest(memory, space.root(), address);
            long at = Spot.entryAddress(memory, spot, address);
            long entry = Entries.load(at);
            if (Entry.isPresent(entry)) {
                return present(space, spot, at, Spot.pfn(spot, entry, address));
            }
            PageTables.unlock(memory, Spot.table(spot));
            int result = Faults.handle(vma, address, Faults.READ, Blocks.MOVABLE_FIRST);
            if (result != Faults.DONE) {
                return result == -Errno.ENOMEM ? result : -Errno.EFAULT;
            }
        }
        return -Errno.EFAULT;
    }

    /** As {@link #page}. Entered with the lock of the spot's table held, left without. */
    private static long present(AddressSpace space, long spot, long at, long pfn) {
        PhysicalMemory memory = space.memory();
        boolean isLeaf = Spot.level(spot) > Geometry.PTE;
        long entry = Entries.load(at);
        boolean isUncounted = isLeaf
                ? !HugePages.isCounted(memory, entry)
                : Entry.isSpecial(entry) || Entry.isDevmap(entry);
        if (isUncounted || PageType.of(memory.recordAddress(pfn)) == PageType.DEVICE) {
            PageTables.unlock(memory, Spot.table(spot));
            return -Errno.EBUSY; // zero pages are everybody's, device memory is its owner's business
        }
        if (UserPages.isSecret(memory, pfn)) {
            PageTables.unlock(memory, Spot.table(spot));
            return -Errno.EFAULT; // as get_user_pages, by which Linux finds the page
        }
        long bytes = (long) Geometry.PAGE_BYTES << Compound.orderOf(Compound.of(UserPages.headRecord(memory, pfn)));
        UserPages.markBroken(memory, pfn); // Q1
        long old = Entries.exchange(at, NonPresent.make(NonPresent.HWPOISON, pfn)); // Q2 = C1 = T1
        UserPages.transferBits(memory, pfn, Entry.isDirty(old), Entry.isAccessed(old));
        TlbFlush.flush(space); // Q3
        PageTables.unlock(memory, Spot.table(spot));
        FreeBatch freed = new FreeBatch(memory);
        if (isLeaf) {
            HugePages.dropMapping(memory, Entry.pfn(old), freed); // Q4
        } else {
            UserPages.dropMapping(memory, pfn, freed); // Q4
        }
        freed.drain();
        return bytes;
    }
}
