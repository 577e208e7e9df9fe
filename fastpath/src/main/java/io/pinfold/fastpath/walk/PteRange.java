package io.pinfold.fastpath.walk;

import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;

import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.slow.Unshare;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import org.jspecify.annotations.Nullable;

/**
 * The walk over the entries of one page table. The steps for each page, in this order, for the reasons given at
 * {@link FastWalk}:
 *
 * <pre>
 * PAGE1 read the entry (WALK4)
 * PAGE2 present, and permitted?
 * PAGE3 special: not by the walk
 * PAGE4 device memory: its pagemap first (LOOKUP1 to LOOKUP3)
 * PAGE5 add a reference (WALK5): compound word, count, CAS, as GRAB1 to GRAB3
 * PAGE6 read the compound word again, as GRAB4; changed: undo, and the page once more
 * PAGE7 read the table's entry again (WALK6)
 * PAGE8 read the page's entry again (WALK7)
 * PAGE9 read the mapping word: secret memory is refused
 * PAGE10 read-only pin of an anonymous page: the exclusive flag
 * PAGE11 make the page accessible to devices: here it always is
 * PAGE12 mark the page referenced, a hint
 * </pre>
 *
 *
 * <p>The loop is written for the common page, an order-0 page that does not change meanwhile; every rare case is in a
 * method of its own so that the loop stays small enough to be compiled as one piece. Pages of large folios go in runs,
 * see {@link FolioRun}. Kernel: gup_pte_range().
 */
final class PteRange {

    /** A value that no entry has under a mask, unless the mask is all ones. */
    private static final long NO_ENTRY = -1;
    /** The mask of the offset of an entry in its table. */
    private static final long TABLE_MASK = (long) Geometry.ENTRIES - 1 << Geometry.ENTRY_SHIFT;
    private static final long FIRST_OFFSET = MemoryCore.FIRST_USABLE_PFN << PageLayout.SHIFT;

    private final MemoryCore memory;
    private final WalkTally tally;
    private final FolioRun runs;
    private final DeviceRange devices;
    /** Bases as page numbers: shifted into a local, the compiler can prove them to be aligned and not negative. */
    private final long recordBasePage;
    private final long frameBasePage;
    private final long frames;
    /** Bytes of the records of frames that may be handed out. */
    private final long usableBytes;

    PteRange(MemoryCore memory, WalkTally tally, DeviceRange devices) {
        this.memory = memory;
        this.tally = tally;
        this.runs = new FolioRun(memory, tally);
        this.devices = devices;
        this.recordBasePage = memory.recordBasePage();
        this.frameBasePage = memory.frameBasePage();
        this.frames = memory.frames();
        this.usableBytes = (frames << PageLayout.SHIFT) - FIRST_OFFSET;
    }

    /**
     * Grabs pages until {@code last} or until one cannot be had.
     *
     * @param table      frame of the table
     * @param first      index of the entry of the next page
     * @param last       index behind the last entry requested
     * @param pmdAddress the entry that led to this table
     * @param pmd        the value it led here by
     * @param from       pages obtained so far: the next index in {@code pfns}
     * @param flags      FOLL_GET or FOLL_PIN, with the flags of the caller
     * @param pfns       the list that is filled; null for extents
     * @return the pages obtained in all; fewer than requested after a stop, which the tally has counted
     */
    int grab(long table, int first, int last, long pmdAddress, long pmd, int from, int flags, int @Nullable [] pfns) {
        long records = (recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
        long ptes = (frameBasePage + table & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
        long usable = usableBytes;
        long pmdAt = Align.wordAddress(Align.wordNumber(pmdAddress));
        int add = (flags & FOLL_PIN) != 0 ? PageRefs.PIN_BIAS : 1;
        // The bits of an entry for the loop itself. Every page of a long-term pin goes the general way.
        long straight = Entry.PRESENT | Entry.USER | ((flags & FOLL_WRITE) != 0 ? Entry.WRITE : 0);
        long examined = straight | Entry.SPECIAL | Entry.DEVMAP;
        if ((flags & FOLL_LONGTERM) != 0) {
            straight = NO_ENTRY;
        }
        long asksUnshare = (flags & (FOLL_PIN | FOLL_WRITE)) == FOLL_PIN ? Entry.WRITE : 0;
        int ahead = from - first;
        long end = (long) last << Geometry.ENTRY_SHIFT;
        // Goes over the entries by their offsets: a locked instruction waits for all before it, so each instruction
        // between two of them adds to the time.
        for (long at = (long) first << Geometry.ENTRY_SHIFT; at < end;) {
            int got;
            // the mask gives the compiler a fact that it cannot derive: the entry lies in its table
            long pteAt = ptes + (at & TABLE_MASK);
            // PAGE1 (WALK4) -> UNMAP1: one read; only this value is used from here on.
            long pte = Entries.load(pteAt);
            // as an offset in the records, which saves the loop a shift; one test checks that the frame may be handed
            // out
            long offset = (pte & Entry.PFN_MASK) >>> Entry.PFN_SHIFT - PageLayout.SHIFT;
            long record = records + offset;
            int count;
            if ((pte & examined) != straight // PAGE2, PAGE3, PAGE4
                    || Long.compareUnsigned(offset - FIRST_OFFSET, usable) >= 0
                    || pfns == null && !tally.batch().hasRoomFor(Entry.pfn(pte))
                    // PAGE5 (WALK5) -> UNMAP3: an order-0 page takes one CAS; all others, and a lost CAS, go the
                    // general way
                    || Words.getLongVolatile(record + PageLayout.COMPOUND) != 0
                    || (count = Words.getIntVolatile(record + PageLayout.REFCOUNT)) <= 0
                    || Words.compareAndExchangeInt(record + PageLayout.REFCOUNT, count, count + add) != count) {
                got = general(pteAt, pmdAddress, pmd, pte, pageOf(at) + ahead, from, last + ahead, flags, pfns);
                if (got <= 0) {
                    return pageOf(at) + ahead + got;
                }
            } else if (Words.getLongVolatile(record + PageLayout.COMPOUND) != 0) { // PAGE6 (GRAB4) -> ALLOC2, FREE3
                // Freed and used again as part of a folio between the two looks, so the wrong amount was added: undo,
                // and once more.
                undoMoved(Entry.pfn(pte), flags);
                got = 0;
            } else {
                // PAGE7, PAGE8 (WALK6, WALK7) -> UNMAP1 (SB): both reads follow WALK5 in the one order of volatile
                // accesses; never plain, never earlier.
                if (Entries.load(pmdAt) != pmd) { // PAGE7
                    return giveBack(pageOf(at) + ahead, RollBack.CHANGED_PMD, FallBack.CHANGED_PMD, pte, flags);
                }
                if (Entries.load(pteAt) != pte) { // PAGE8
                    return giveBack(pageOf(at) + ahead, RollBack.CHANGED_PTE, FallBack.CHANGED_PTE, pte, flags);
                }
                // PAGE9, after PAGE8 as later kernels have it: before PAGE8 the page may not be this mapping's yet.
                // Read once.
                long mapping = Words.getLongVolatile(record + PageLayout.MAPPING);
                if ((mapping & MappingWord.SECRET) != 0) {
                    return giveBack(pageOf(at) + ahead, RollBack.SECRET, FallBack.SECRET, pte, flags);
                }
                // PAGE10 after PAGE8, never before it: code that shares the page clears the entry first, then the
                // exclusive flag.
                if ((~pte & asksUnshare) != 0 && Unshare.mustUnshare(mapping, record)) {
                    return giveBack(pageOf(at) + ahead, RollBack.UNSHARE, FallBack.UNSHARE, pte, flags);
                }
                // PAGE11: every page of this machine is accessible to its devices.
                // PAGE12: the hint is tested first, so that a warm page's line is not written twice.
                if ((Words.getLongOpaque(record + PageLayout.FLAGS) & PageFlags.REFERENCED) == 0) {
                    PageFlags.markReferenced(record);
                }
                if (pfns != null) {
                    pfns[pageOf(at) + ahead] = (int) (pte >>> Entry.PFN_SHIFT);
                } else {
                    tally.batch().append(Entry.pfn(pte), 1);
                }
                got = 1;
            }
            at += (long) got << Geometry.ENTRY_SHIFT;
        }
        return last + ahead;
    }

    private static int pageOf(long entryOffset) {
        return (int) (entryOffset >>> Geometry.ENTRY_SHIFT);
    }

    /**
     * Grabs any page but a plain order-0 page. Returns the pages obtained now; 0 after a stop, less if earlier pages
     * went back.
     */
    private int general(long pteAddress, long pmdAddress, long pmd, long pte, int n, int from, int end, int flags,
            int @Nullable [] pfns) {
        if (Entry.accessPermitted(pte, (flags & FOLL_WRITE) != 0) && (pte & (Entry.SPECIAL | Entry.DEVMAP)) == 0) {
            if (Entry.pfn(pte) >= frames) {
                throw FastWalk.outOfRange(pteAddress, pte, frames);
            }
            return runs.grab(pteAddress, pmdAddress, pmd, pte, n, end, flags, pfns);
        }
        FallBack why = unusable(pte, flags);
        if (why == FallBack.DEVMAP && (flags & FOLL_LONGTERM) == 0) {
            return devices.page(pteAddress, pmdAddress, pmd, pte, n, from, flags, pfns);
        }
        tally.stopped(why);
        return 0;
    }

    /** PAGE2 to PAGE4: the reason why the entry alone rules a grab out. */
    private static FallBack unusable(long pte, int flags) {
        if (!Entry.isPresent(pte)) {
            return FallBack.NONE_PRESENT;
        }
        if (Entry.isProtnone(pte)) {
            return FallBack.PROTNONE;
        }
        if (!Entry.accessPermitted(pte, (flags & FOLL_WRITE) != 0)) {
            return FallBack.PERMISSION;
        }
        return Entry.isDevmap(pte) ? FallBack.DEVMAP : FallBack.SPECIAL; // a device entry of a page holds both
    }

    private void undoMoved(long pfn, int flags) {
        Grab.undo(memory, Grab.orderZeroToken(pfn, flags), tally.deferred());
        tally.headMoved(1);
    }

    /** WALK8: gives back exactly what WALK5 added; the page's record is not read again for that. */
    private int giveBack(int n, RollBack step, FallBack why, long pte, int flags) {
        tally.giveBack(step, Grab.orderZeroToken(Entry.pfn(pte), flags));
        tally.stopped(why);
        return n;
    }
}
