package io.pinfold.core.mm.slow;

import static io.pinfold.core.foll.FollBits.FOLL_DUMP;
import static io.pinfold.core.foll.FollBits.FOLL_FORCE;
import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.foll.FollBits.FOLL_SPLIT_PMD;
import static io.pinfold.core.foll.FollBits.FOLL_TOUCH;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.LongtermRule;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.HugePages;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.unmap.LeafSplit;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import io.pinfold.core.words.Words;

/**
 * One look-up of the slow path: the entry is read and the page grabbed under the lock of its table. Every mutator takes
 * an entry out under that lock, so the mapping's own reference stays while the lock is held: the count cannot be 0, and
 * no re-check is needed.
 *
 * <p>A leaf is followed under the lock of the table it lies in, page by page: its permission holds for every page, and
 * so do the words of the head of its folio.
 *
 * <p>Kernel: follow_page_mask(), follow_page_pte(), follow_trans_huge_pmd(), can_follow_write_pte().
 */
public final class SlowGupLookup {

    /** Nothing usable is mapped: the caller faults. No frame number and no errno is this small. */
    static final long ABSENT = -1_000_000;
    /** A long-term pin met a page in memory that must stay movable. */
    static final long UNPINNABLE = -1_000_001;

    private SlowGupLookup() {
    }

    /**
     * Looks up, and with FOLL_GET or FOLL_PIN grabs, one page; or several, if one leaf of reserved huge pages maps
     * them.
     *
     * @param run how many, taken by one operation
     * @return the first one's frame number; {@link #ABSENT}, {@link #UNPINNABLE}, -EMLINK if it must be
     *         unshared first, -EEXIST for an entry without a page record, -EFAULT for secret memory, and for holes and
     *         zero pages with FOLL_DUMP, -ENOMEM if its count is full
     */
    static long look(Mm mm, Vma vma, long address, int run, int flags) {
        MemoryCore memory = mm.memory();
        if ((flags & FOLL_SPLIT_PMD) != 0) {
            LeafSplit.at(mm, address);
        }
        long spot = PageTables.lockLowest(memory, mm.root(), address);
        boolean isHole;
        long found = ABSENT;
        try {
            long entry = Entries.load(Spot.entryAddress(memory, spot, address));
            isHole = entry == Entry.NONE;
            if (!isHole) {
                found = follow(memory, vma, address, spot, entry, run, flags);
            }
        } finally {
            PageTables.unlock(memory, Spot.table(spot));
        }
        return isHole ? hole(vma, address, flags) : found;
    }

    /**
     * The answer for a hole: a core dump leaves out what was never touched, unless a fault handler could bring
     * something.
     */
    private static long hole(Vma vma, long address, int flags) {
        return (flags & FOLL_DUMP) != 0 && vma.isHoleAt(address) ? -Errno.EFAULT : ABSENT;
    }

    private static long follow(MemoryCore memory, Vma vma, long address, long spot, long pte, int run, int flags) {
        if (!Entry.isPresent(pte) || Entry.isProtnone(pte) && (flags & FOLL_FORCE) == 0) {
            return ABSENT;
        }
        boolean leaf = Spot.level(spot) > Geometry.PTE;
        long pfn = Spot.pfn(spot, pte, address);
        if (pfn >= memory.frames()) {
            throw new MemoryModelError("address 0x" + Long.toHexString(address) + " of " + vma + ": "
                    + Entry.describe(pte) + " is not below " + memory.frames());
        }
        boolean special = Entry.isSpecial(pte) || Entry.isDevmap(pte);
        boolean hugeZero = leaf && HugePages.isZero(memory, pte);
        // The exclusive flag that counts is the folio's for a leaf, else the page's own.
        long record = memory.recordAddress(leaf ? Entry.pfn(pte) : pfn);
        long mapping = special ? MappingWord.NONE : mappingOf(memory, pfn);
        if (MappingWord.isSecret(mapping)) {
            return -Errno.EFAULT; // before every test that a fault could change; the fast walk tests it and falls back
        }
        boolean write = (flags & FOLL_WRITE) != 0;
        if (write && !Entry.isWritable(pte) && !mayForceWrite(vma, mapping, record, flags)) {
            return ABSENT;
        }
        if (Entry.isDevmap(pte)) {
            long device = DeviceLookup.follow(memory, pfn, flags);
            if (device > 0 && (flags & FOLL_TOUCH) != 0) {
                touch(memory, pfn, pte, write);
            }
            return device;
        }
        if (hugeZero && (flags & FOLL_DUMP) != 0) {
            return -Errno.EFAULT;
        }
        if (special) {
            if ((flags & FOLL_DUMP) != 0) {
                return -Errno.EFAULT;
            }
            if (pfn != memory.zeroPfn()) {
                return -Errno.EEXIST;
            }
        }
        boolean readOnlyPin = (flags & FOLL_PIN) != 0 && !write;
        if (readOnlyPin && !Entry.isWritable(pte) && Unshare.mustUnshare(mapping, record)) {
            return -Errno.EMLINK;
        }
        if ((flags & FOLL_LONGTERM) != 0 && !LongtermRule.allows(memory, pfn)) {
            return UNPINNABLE;
        }
        boolean isAsked = (flags & (FOLL_GET | FOLL_PIN)) != 0 || !vma.isHugetlb(); // stops calls without holds, too
        if (isAsked && Grab.tryStable(memory, pfn, run, flags) < 0) {
            return -Errno.ENOMEM; // never "absent": fault and look-up would take turns for ever
        }
        if ((flags & FOLL_TOUCH) != 0 && !special) {
            touch(memory, pfn, pte, write);
        }
        return pfn;
    }

    /**
     * A write through an entry without the write bit: allowed only with FOLL_FORCE, in a private mapping that only
     * lacks WRITE now, and only to a page that is this process's own copy. Any weaker test (the dirty bit, formerly)
     * lets a debugger write into pages of a file.
     */
    private static boolean mayForceWrite(Vma vma, long mapping, long record, int flags) {
        return (flags & FOLL_FORCE) != 0 && vma.isCow() && !vma.isWritable() && MappingWord.isAnonymous(mapping)
                && PageFlags.test(record, PageFlags.ANON_EXCLUSIVE);
    }

    private static long mappingOf(MemoryCore memory, long pfn) {
        return Words.getLongVolatile(memory.recordAddress(headOf(memory, pfn)) + PageLayout.MAPPING);
    }

    private static long headOf(MemoryCore memory, long pfn) {
        return PageRefs.headPfn(memory.recordAddress(0), pfn);
    }

    private static void touch(MemoryCore memory, long pfn, long pte, boolean write) {
        long head = memory.recordAddress(headOf(memory, pfn));
        if (write && !Entry.isDirty(pte) && !PageFlags.test(head, PageFlags.DIRTY)) {
            PageFlags.set(head, PageFlags.DIRTY);
        }
        PageFlags.markReferenced(head);
    }

    static void countAcquired(MemoryCore memory, long pfn, int run, int flags, HeldPages batch) {
        if ((flags & FOLL_PIN) != 0 && pfn != memory.zeroPfn()) {
            batch.countAcquired(memory.nodeOf(pfn), run);
        }
    }

    /** Gives back pages of one folio that this call obtained; no page-table lock is held. */
    static void undo(MemoryCore memory, long pfn, int run, int flags, HeldPages batch) {
        countReleased(memory, pfn, run, flags, batch);
        FreeBatch last = new FreeBatch(memory);
        Grab.undo(memory, Grab.tokenOfHeld(memory, pfn, run, flags), last);
        last.drain();
    }

    /** Counts pins as released, before the reference is dropped. */
    private static void countReleased(MemoryCore memory, long pfn, int run, int flags, HeldPages batch) {
        if ((flags & FOLL_PIN) != 0 && pfn != memory.zeroPfn()) {
            batch.countReleased(memory.nodeOf(pfn), run);
        }
    }
}
