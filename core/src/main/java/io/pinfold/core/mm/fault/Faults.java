package io.pinfold.core.mm.fault;

import static io.pinfold.core.mm.space.VmaOperations.AGAIN;
import static io.pinfold.core.mm.space.VmaOperations.DONE;
import static io.pinfold.core.mm.space.VmaOperations.FALL_BACK;
import static io.pinfold.core.mm.space.VmaOperations.READ;
import static io.pinfold.core.mm.space.VmaOperations.UNSHARE;
import static io.pinfold.core.mm.space.VmaOperations.WRITE;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.FaultLocks;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import io.pinfold.core.words.Mutex;

/**
 * Page faults (handle_mm_fault). mmap_lock of the space is held, shared is enough; no page-table lock is. Permission is
 * checked by the caller: a WRITE to a VMA without WRITE comes from FOLL_FORCE, and leaves the entry read-only.
 *
 * <p><b>Two faults at one place</b> come one after the other ({@link FaultLocks}), so a fault returns -ENOMEM only if
 * no other fault is about to map the page.
 *
 * <p><b>Copy-on-write</b>: {@link Ownership} tests whether a private page may be stored to in place; else
 * {@link PageCopy}.
 */
public final class Faults {
    /** Internal: the entry is not present and names the place of the page; bringing it may take a wait. */
    private static final int ELSEWHERE = 3;

    private Faults() {
    }

    /**
     * Handles a fault of {@code vma} at {@code address}.
     *
     * @param kind  {@link VmaOperations#READ}, {@link VmaOperations#WRITE} or {@link VmaOperations#UNSHARE}
     * @param scope which frames may be taken, as in {@code Blocks.allocate}
     * @return {@link VmaOperations#DONE}, after which the caller looks again, because the page need not be
     *         there; or -ENOMEM, -EFAULT (beyond the end of an object, in swap, with a device), -EHWPOISON; on an error
     *         nothing was changed
     */
    public static int handle(Vma vma, long address, int kind, int scope) {
        long page = Geometry.pageFloor(address);
        int result;
        do {
            Mutex mutex = vma.operations().lockOfPlace(vma, page);
            if (mutex == null) {
                result = once(vma, page, kind, scope);
            } else {
                mutex.lock();
                try {
                    result = once(vma, page, kind, scope);
                } finally {
                    mutex.unlock();
                }
            }
            if (result == ELSEWHERE) {
                result = elsewhere(vma, page, scope);
            }
        } while (result == AGAIN);
        return ofAnswer(result);
    }

    /**
     * The answer of a fault for any answer of a handler or a driver: 0 is DONE, -ENOMEM and -EHWPOISON stay, everything
     * else is -EFAULT (vmf_error).
     */
    public static int ofAnswer(long answer) {
        if (answer == DONE) {
            return DONE;
        }
        return answer == -Errno.ENOMEM || answer == -Errno.EHWPOISON ? (int) answer : -Errno.EFAULT;
    }

    /**
     * Handles the fault once. The first look is without the table's lock: a method that maps a page where none is locks
     * the table and looks again.
     */
    private static int once(Vma vma, long page, int kind, int scope) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long spot = PageTables.lowest(memory, mm.root(), page);
        if (Entries.load(Spot.entryAddress(memory, spot, page)) == Entry.NONE) {
            int result = absent(vma, page, kind, scope, Spot.level(spot));
            return result == -Errno.ENOMEM && !isAbsent(mm, page) ? AGAIN : ofAnswer(result);
        }
        spot = PageTables.lockLowest(memory, mm.root(), page);
        long at = Spot.entryAddress(memory, spot, page);
        long entry = Entries.load(at);
        if (Entry.isPresent(entry)) {
            return present(vma, page, kind, scope, spot, at, entry);
        }
        PageTables.unlock(memory, Spot.table(spot));
        return entry == Entry.NONE ? AGAIN : ELSEWHERE;
    }

    /** Whether nothing is mapped, other than during a change of the entry. */
    private static boolean isAbsent(Mm mm, long page) {
        MemoryCore memory = mm.memory();
        long spot = PageTables.lockLowest(memory, mm.root(), page);
        long entry = Entries.load(Spot.entryAddress(memory, spot, page));
        PageTables.unlock(memory, Spot.table(spot));
        return entry == Entry.NONE;
    }

    /** Handles an entry that names the place of the page, if it still does. */
    private static int elsewhere(Vma vma, long page, int scope) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long spot = PageTables.lockLowest(memory, mm.root(), page);
        long table = Spot.table(spot);
        long at = Spot.entryAddress(memory, spot, page);
        long entry = Entries.load(at);
        if (entry == Entry.NONE || Entry.isPresent(entry)) {
            PageTables.unlock(memory, table);
            return AGAIN;
        }
        return UserPages.isDevicePrivate(memory, entry)
                ? vma.mm().pageReturn().bringBack(vma, page, scope, table, at, entry)
                : NonPresentFaults.handle(memory, table, at, entry);
    }

    /** Maps what is absent: by a leaf if the mapping has leaves and the area of one is empty, else page by page. */
    private static int absent(Vma vma, long page, int kind, int scope, int emptyLevel) {
        for (int level = Math.min(emptyLevel, Geometry.HIGHEST_LEAF); level >= Geometry.PMD; level--) {
            int result = vma.containsArea(page, level)
                    ? vma.operations().hugeFault(vma, page, level, kind, scope)
                    : FALL_BACK;
            if (result != FALL_BACK) {
                return result;
            }
        }
        return vma.operations().fault(vma, page, kind, scope);
    }

    /**
     * The answer of a fault that gets no table: -ENOMEM; or DONE, if another thread has mapped the area by a leaf
     * meanwhile.
     */
    public static int ofMissingTable(long result) {
        return result == PageTables.LEAF_ABOVE ? DONE : (int) result;
    }

    /** Installs {@code entry} unless something is mapped; the table's lock is held. */
    public static boolean installIfNone(MemoryCore memory, long table, long address, long entry) {
        long at = PageTables.pteAddress(memory, table, address);
        if (Entries.load(at) != Entry.NONE) {
            return false;
        }
        PageTables.install(memory, table, at, entry);
        return true;
    }

    /**
     * Handles a fault where something is mapped, by a PTE or by a leaf. Entered with the table's lock held, left
     * without.
     */
    private static int present(Vma vma, long page, int kind, int scope, long spot, long at, long entry) {
        MemoryCore memory = vma.mm().memory();
        long table = Spot.table(spot);
        if (isBroken(vma, page, spot, entry)) {
            PageTables.unlock(memory, table);
            return -Errno.EHWPOISON;
        }
        if (Entry.isProtnone(entry) && vma.isAccessible()) {
            setBits(at, entry, vma.entryBits(), Entry.PROTNONE); // a hint only: the VMA allows access
            PageTables.unlock(memory, table);
            return kind == READ ? DONE : AGAIN;
        }
        if (kind == READ || kind == UNSHARE && Entry.isWritable(entry)) {
            setBits(at, entry, Entry.ACCESSED, 0);
        } else if (kind == WRITE && Entry.isWritable(entry)) {
            setBits(at, entry, Entry.ACCESSED | Entry.DIRTY, 0);
        } else if (vma.isShared()) {
            return sharedReadOnly(vma, kind, table, at, entry);
        } else {
            return privateReadOnly(vma, page, kind, scope, spot, at, entry);
        }
        PageTables.unlock(memory, table);
        return DONE;
    }

    /**
     * Whether the page was declared broken through another mapping: it is neither copied nor permitted any more. The
     * flag is that of the page; of reserved huge pages, that of the folio.
     */
    private static boolean isBroken(Vma vma, long page, long spot, long entry) {
        if (Entry.isSpecial(entry) || Entry.isDevmap(entry)) {
            return false;
        }
        MemoryCore memory = vma.mm().memory();
        return vma.isHugetlb()
                ? PageFlags.test(memory.recordAddress(Entry.pfn(entry)), PageFlags.HAS_HWPOISONED)
                : PageFlags.test(memory.recordAddress(Spot.pfn(spot, entry, page)), PageFlags.HWPOISON);
    }

    /**
     * Handles a read-only entry of a shared mapping: no object is notified of stores, so the entry becomes writable.
     */
    private static int sharedReadOnly(Vma vma, int kind, long table, long at, long entry) {
        boolean isRefused = kind == WRITE && !vma.isWritable();
        if (kind == WRITE && !isRefused) {
            setBits(at, entry, vma.writeBits(), 0);
        }
        PageTables.unlock(vma.mm().memory(), table);
        return isRefused ? -Errno.EFAULT : DONE;
    }

    /**
     * Handles a read-only entry of a private mapping: by the kind of mapping, or else as private memory, by leaves or
     * not.
     */
    private static int privateReadOnly(Vma vma, long page, int kind, int scope, long spot, long at, long entry) {
        long table = Spot.table(spot);
        int result = vma.operations().privateReadOnly(vma, page, kind, scope, table, at, entry);
        if (result != FALL_BACK) {
            return result;
        }
        return Spot.level(spot) > Geometry.PTE
                ? HugeFaults.privateReadOnly(vma, page, kind, scope, table, at, entry)
                : smallReadOnly(vma, page, kind, scope, table, at, entry);
    }

    /**
     * Handles a read-only PTE of a private mapping: re-uses the page if it is this mapping's alone, else copies it
     * (do_wp_page).
     */
    private static int smallReadOnly(Vma vma, long page, int kind, int scope, long table, long at, long entry) {
        MemoryCore memory = vma.mm().memory();
        long pfn = Entry.pfn(entry);
        boolean isAnonymous = !Entry.isSpecial(entry) && UserPages.isAnonymous(memory, pfn);
        if (kind == UNSHARE && !isAnonymous) {
            PageTables.unlock(memory, table); // the zero page and object pages are pinned as they are
            return DONE;
        }
        if (isAnonymous && isOurs(vma, page, pfn)) {
            if (kind == WRITE) {
                setBits(at, entry, vma.writeBits(), 0);
            }
            PageTables.unlock(memory, table);
            return DONE;
        }
        return PageCopy.run(vma, page, kind, scope, table, at, entry);
    }

    private static boolean isOurs(Vma vma, long page, long pfn) {
        MemoryCore memory = vma.mm().memory();
        long head = PageRefs.headPfn(memory.recordAddress(0), pfn);
        return Ownership.isOurs(memory.recordAddress(pfn), memory.recordAddress(head),
                MappingWord.of(vma.mm().id(), MappingWord.ANON), (page >>> Geometry.PAGE_SHIFT) - (pfn - head));
    }

    /** Sets and clears bits of a live entry whose table's lock is held; a {@code Cpu} may set bits at the same time. */
    public static void setBits(long at, long entry, long set, long clear) {
        long seen = entry;
        while (true) {
            long found = Entries.compareAndExchange(at, seen, (seen | set) & ~clear);
            if (found == seen) {
                return;
            }
            seen = found;
        }
    }
}
