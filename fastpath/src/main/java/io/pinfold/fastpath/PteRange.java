package io.pinfold.fastpath;

import static io.pinfold.core.gup.FollFlags.FOLL_LONGTERM;
import static io.pinfold.core.gup.FollFlags.FOLL_PIN;
import static io.pinfold.core.gup.FollFlags.FOLL_WRITE;

import io.pinfold.core.gup.FallBack;
import io.pinfold.core.gup.RollBack;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.Grab;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.Unshare;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one page table: steps P1 to P10 for each page, in this order, as {@link FastWalk} explains them.
 *
 * <p>The loop is written for the common page, an order-0 page that nothing happens to; whatever is rare is in a method of
 * its own so that the loop stays small enough to be compiled as one straight line. Pages of large folios go in runs, see
 * {@link FolioRun}. Kernel: gup_pte_range().
 */
final class PteRange {

    private final PhysicalMemory memory;
    private final WalkTally tally;
    private final FolioRun runs;
    /** Bases as page numbers: shifted into a local the compiler knows them to be aligned and not negative. */
    private final long recordBasePage;
    private final long frames;
    private final long zeroPfn;

    PteRange(PhysicalMemory memory, WalkTally tally) {
        this.memory = memory;
        this.tally = tally;
        this.runs = new FolioRun(memory, tally);
        this.recordBasePage = memory.recordBasePage();
        this.frames = memory.frames();
        this.zeroPfn = memory.zeroPfn();
    }

    /**
     * Grabs pages until {@code end} or until one cannot be had.
     *
     * @param pteAddress the entry of the page wanted next
     * @param pmdAddress the entry that led to this table
     * @param pmd        the value it led here by
     * @param from       pages obtained so far: the next index in {@code pfns}
     * @param end        where to end: not beyond this table
     * @param flags      FOLL_GET or FOLL_PIN, with what the caller asked for
     * @param pfns       the list that is filled; null for extents
     * @param batch      what is filled
     * @return the pages obtained now; less than {@code end} after a stop, which the tally has counted
     */
    int grab(long pteAddress, long pmdAddress, long pmd, int from, int end, int flags, int @Nullable [] pfns,
            Batch batch) {
        long records = (recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
        long limit = frames;
        long zero = zeroPfn;
        int add = (flags & FOLL_PIN) != 0 ? PageRefs.PIN_BIAS : 1;
        boolean longterm = (flags & FOLL_LONGTERM) != 0;
        boolean readOnlyPin = (flags & (FOLL_PIN | FOLL_WRITE)) == FOLL_PIN;
        long required = Entry.PRESENT | Entry.USER | ((flags & FOLL_WRITE) != 0 ? Entry.WRITE : 0);
        long examined = required | Entry.SPECIAL | Entry.DEVMAP;
        int n = from;
        while (n < end) {
            // P1 = W3 -> U1: one read; only this value is used from here on.
            long pte = Entries.load(pteAddress);
            if ((pte & examined) != required) { // P2, P3, P4
                return stop(n, unusable(pte, flags));
            }
            long pfn = Entry.pfn(pte);
            if (pfn >= limit) {
                throw FastWalk.outOfRange(pteAddress, pte, limit);
            }
            if (pfns == null && !batch.hasRoomFor(pfn)) {
                return stop(n, FallBack.FULL);
            }
            long record = records + (pfn << PageLayout.SHIFT);
            // P5 = W4 -> U2: an order-0 page takes one CAS; everything else, and a lost CAS, goes the general way.
            int count;
            if (Words.getLongVolatile(record + PageLayout.COMPOUND) != 0 || pfn == zero
                    || (count = Words.getIntVolatile(record + PageLayout.REFCOUNT)) <= 0
                    || !Words.compareAndSetInt(record + PageLayout.REFCOUNT, count, count + add)
                    // freed and used again as part of a folio between the two looks: that was the wrong thing to add
                    || Words.getLongVolatile(record + PageLayout.COMPOUND) != 0 && undoMoved(pfn, flags)) {
                int got = runs.grab(pteAddress, pmdAddress, pmd, pte, n, end, flags, pfns, batch);
                if (got == 0) {
                    return n;
                }
                n += got;
                pteAddress += (long) got * Long.BYTES;
                continue;
            }
            // P7 = W5 -> U1 (SB): both reads follow W4 in the one order of volatile accesses; never plain, never earlier.
            if (Entries.load(pmdAddress) != pmd) {
                return giveBack(n, FallBack.CHANGED_PMD, RollBack.P7_PMD, pfn, flags);
            }
            if (Entries.load(pteAddress) != pte) {
                return giveBack(n, FallBack.CHANGED_PTE, RollBack.P7_PTE, pfn, flags);
            }
            if (longterm && !memory.isLongtermPinnable(pfn)) {
                return giveBack(n, FallBack.UNPINNABLE, RollBack.P5_UNPINNABLE, pfn, flags);
            }
            // P6, after P7 as later kernels have it: before P7 the page may not be this mapping's yet. Read once.
            long mapping = Words.getLongVolatile(record + PageLayout.MAPPING);
            if ((mapping & MappingWord.SECRET) != 0) {
                return giveBack(n, FallBack.SECRET, RollBack.P6_SECRET, pfn, flags);
            }
            // P8 after P7, never before it: whoever shares the page clears the entry first, then the exclusive flag.
            if (readOnlyPin && (pte & Entry.WRITE) == 0 && Unshare.mustUnshare(mapping, record)) {
                return giveBack(n, FallBack.UNSHARE, RollBack.P8_UNSHARE, pfn, flags);
            }
            // P9: every page of this machine is accessible to its devices.
            // P10: the hint is tested first, so that a warm page's line is not written twice.
            if ((Words.getLongOpaque(record + PageLayout.FLAGS) & PageFlags.REFERENCED) == 0) {
                PageFlags.markReferenced(record);
            }
            if (pfns != null) {
                pfns[n] = (int) pfn;
            } else {
                batch.append(pfn, 1);
            }
            n++;
            pteAddress += Long.BYTES;
        }
        return n;
    }

    /** P2 to P4: the entry alone says no. */
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
        return Entry.isDevmap(pte) ? FallBack.DEVMAP : FallBack.SPECIAL;
    }

    private int stop(int n, FallBack why) {
        tally.stopped(why);
        return n;
    }

    /** Takes back what was added to a page that is no order-0 page any more; true. */
    private boolean undoMoved(long pfn, int flags) {
        Grab.undo(memory, Grab.orderZeroToken(pfn, flags), tally.deferred());
        tally.headMoved(1);
        return true;
    }

    /** W6: exactly what W4 added; the page is never asked again what it is. */
    private int giveBack(int n, FallBack why, RollBack step, long pfn, int flags) {
        tally.giveBack(step, Grab.orderZeroToken(pfn, flags));
        return stop(n, why);
    }
}
