package io.pinfold.core.mm.slow;

import static io.pinfold.core.foll.FollBits.FOLL_ANON;
import static io.pinfold.core.foll.FollBits.FOLL_FORCE;
import static io.pinfold.core.foll.FollBits.FOLL_HWPOISON;
import static io.pinfold.core.foll.FollBits.FOLL_INTERRUPTIBLE;
import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_NOFAULT;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.pgtable.Geometry;
import org.jspecify.annotations.Nullable;

/**
 * The slow path of get_user_pages: for each page it looks up under the table's lock, faults what is absent, and looks
 * up again. mmap_lock is held throughout, so mappings and tables stay; the table's lock makes each look-up exact
 * ({@link SlowGupLookup}), so nothing is speculative here and nothing is re-checked.
 *
 * <p>Kernel: __get_user_pages(), check_vma_flags(), faultin_page(); with FOLL_LONGTERM the refusing half of
 * __gup_longterm_locked().
 */
public final class SlowGup {

    /**
     * Rounds of look-up and fault for one page before the call gives up with -EFAULT. A fault that returns DONE and a
     * look-up that returns ABSENT alternate only as long as other threads keep changing the entry.
     */
    private static final int ROUNDS_MAX = 1000;

    private SlowGup() {
    }

    /**
     * Obtains a prefix of {@code pages} pages from {@code start} on; mmap_lock of the open space is held.
     *
     * @param start page-aligned; any number, mapped or not
     * @param pages at least 1
     * @param flags legal, with the internal ones; without FOLL_GET and FOLL_PIN pages are only faulted in
     * @param batch what is obtained is appended to it; null without FOLL_GET and FOLL_PIN
     * @return a {@link SlowResult}
     */
    static long obtain(Mm mm, long start, int pages, int flags, @Nullable HeldPages batch) {
        Vma vma = null;
        int errno = 0;
        int n = 0;
        for (long address = start; n < pages;) {
            if (vma == null || !vma.contains(address)) {
                vma = mm.vmas().find(address);
                errno = vma == null ? Errno.EFAULT : checkVma(vma, flags);
                if (vma == null || errno != 0) {
                    break;
                }
            }
            int run = run(vma, address, pages - n);
            long pfn = page(mm, vma, address, run, flags);
            if (batch != null && pfn > 0 && !batch.hasRoomFor(pfn)) {
                putBack(mm.memory(), pfn, run, flags, batch);
                errno = Errno.ENOSPC;
                break;
            }
            if (pfn == SlowGupLookup.UNPINNABLE) {
                discard(mm.memory(), n, flags, batch);
                return SlowResult.of(0, Errno.ENOMEM);
            }
            if (pfn < 0 && (pfn != -Errno.EEXIST || batch != null)) {
                errno = (int) -pfn;
                break;
            }
            if (batch != null) {
                batch.append(pfn, run);
                SlowGupLookup.countAcquired(mm.memory(), pfn, run, flags, batch);
            }
            n += run;
            address += (long) run << Geometry.PAGE_SHIFT;
        }
        return SlowResult.of(n, n == pages ? 0 : errno);
    }

    /**
     * Pages that one look-up obtains: one; of a reserved huge page all that are requested. The mapping ends with a huge
     * page.
     */
    private static int run(Vma vma, long address, int wanted) {
        long left = Geometry.nextEntry(address, vma.pageLevel()) - address >>> Geometry.PAGE_SHIFT;
        return (int) Math.min(wanted, left);
    }

    /** The first page's frame, or the look-up's answer instead of one; never "absent" or "must be unshared". */
    private static long page(Mm mm, Vma vma, long address, int run, int flags) {
        for (int round = 0; round < ROUNDS_MAX; round++) {
            if ((flags & FOLL_INTERRUPTIBLE) != 0 && Thread.currentThread().isInterrupted()) {
                return -Errno.EINTR;
            }
            long pfn = SlowGupLookup.look(mm, vma, address, run, flags);
            if (pfn != SlowGupLookup.ABSENT && pfn != -Errno.EMLINK) {
                return pfn;
            }
            int error = fault(vma, address, flags, pfn == -Errno.EMLINK);
            if (error != 0) {
                return error;
            }
        }
        return -Errno.EFAULT;
    }

    private static int fault(Vma vma, long address, int flags, boolean unshare) {
        if ((flags & FOLL_NOFAULT) != 0) {
            return -Errno.EFAULT;
        }
        // Unshare is tested only without WRITE, so the two kinds exclude each other.
        int kind = unshare ? VmaOperations.UNSHARE
                : (flags & FOLL_WRITE) != 0 ? VmaOperations.WRITE : VmaOperations.READ;
        // A page that is going to be pinned for long must not come from memory that has to stay movable.
        int scope = (flags & FOLL_LONGTERM) != 0 ? Blocks.NORMAL : Blocks.MOVABLE_FIRST;
        int result = Faults.handle(vma, address, kind, scope);
        return result == -Errno.EHWPOISON && (flags & FOLL_HWPOISON) == 0 ? -Errno.EFAULT : result;
    }

    private static int checkVma(Vma vma, int flags) {
        if ((flags & FOLL_ANON) != 0 && !vma.isAnonymous()) {
            return Errno.EFAULT;
        }
        if ((flags & FOLL_LONGTERM) != 0 && vma.isFsDax()) {
            return Errno.EOPNOTSUPP; // its pages are the file's blocks: truncation would have to wait for user space
        }
        boolean force = (flags & FOLL_FORCE) != 0;
        boolean permitted = (flags & FOLL_WRITE) != 0
                ? vma.isWritable() || force && vma.isCow() && !vma.isHugetlb()
                : vma.isReadable() || force && vma.mayRead();
        return permitted ? 0 : Errno.EFAULT;
    }

    /** Gives back what this call obtained, as it was taken, after LONGTERM met a page that it may not hold. */
    private static void discard(MemoryCore memory, int n, int flags, @Nullable HeldPages batch) {
        for (int i = 0; i < n && batch != null; i++) {
            SlowGupLookup.undo(memory, batch.takeLast(), 1, flags, batch);
        }
    }

    /** Gives back what was just obtained, when there is no room for another extent. */
    private static void putBack(MemoryCore memory, long pfn, int run, int flags, HeldPages batch) {
        SlowGupLookup.countAcquired(memory, pfn, run, flags, batch);
        SlowGupLookup.undo(memory, pfn, run, flags, batch);
    }
}
