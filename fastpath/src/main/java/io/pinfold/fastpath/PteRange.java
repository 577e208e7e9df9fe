package io.pinfold.fastpath;

import static io.pinfold.core.gup.FollFlags.FOLL_LONGTERM;
import static io.pinfold.core.gup.FollFlags.FOLL_PIN;
import static io.pinfold.core.gup.FollFlags.FOLL_WRITE;

import io.pinfold.core.gup.FallBack;
import io.pinfold.core.gup.RollBack;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.Grab;
import io.pinfold.core.memory.MemoryModelError;
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
 * its own so that the loop stays small enough to be compiled as one straight line. Kernel: gup_pte_range().
 */
final class PteRange {

    /** Beside the refusals of {@link Grab}. */
    private static final long ZERO_PAGE = -100;

    private final PhysicalMemory memory;
    private final WalkTally tally;
    /** Bases as page numbers: shifted into a local the compiler knows them to be aligned and not negative. */
    private final long recordBasePage;
    private final long frames;
    private final long zeroPfn;

    PteRange(PhysicalMemory memory, WalkTally tally) {
        this.memory = memory;
        this.tally = tally;
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
     * @param n          pages obtained so far: the next index in {@code pfns}
     * @param end        where to end: not beyond this table
     * @param pfns       the list that is filled; null for extents
     * @param batch      what is filled
     * @param flags      FOLL_GET or FOLL_PIN, with what the caller asked for
     * @return the pages obtained now; less than {@code end} after a stop, which the tally has counted
     */
    int grab(long pteAddress, long pmdAddress, long pmd, int n, int end, int flags, int @Nullable [] pfns,
            Batch batch) {
        long records = (recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
        long limit = frames;
        long zero = zeroPfn;
        int add = (flags & FOLL_PIN) != 0 ? PageRefs.PIN_BIAS : 1;
        boolean longterm = (flags & FOLL_LONGTERM) != 0;
        boolean readOnlyPin = (flags & (FOLL_PIN | FOLL_WRITE)) == FOLL_PIN;
        long required = Entry.PRESENT | Entry.USER | ((flags & FOLL_WRITE) != 0 ? Entry.WRITE : 0);
        long examined = required | Entry.SPECIAL | Entry.DEVMAP;
        for (; n < end; n++, pteAddress += Long.BYTES) {
            // P1 = W3 -> U1: one read; only this value is used from here on.
            long pte = Entries.load(pteAddress);
            if ((pte & examined) != required) { // P2, P3, P4
                return stop(n, unusable(pte, flags));
            }
            long pfn = Entry.pfn(pte);
            if (pfn >= limit) {
                throw outOfRange(pteAddress, pte);
            }
            if (pfns == null && !batch.hasRoomFor(pfn)) {
                return stop(n, FallBack.FULL);
            }
            long record = records + (pfn << PageLayout.SHIFT);
            long head = record;
            long token = 0;
            // P5 = W4 -> U2: an order-0 page takes one CAS; everything else, and a lost CAS, goes the general way.
            int count;
            if (Words.getLongVolatile(record + PageLayout.COMPOUND) != 0 || pfn == zero
                    || (count = Words.getIntVolatile(record + PageLayout.REFCOUNT)) <= 0
                    || !Words.compareAndSetInt(record + PageLayout.REFCOUNT, count, count + add)) {
                token = grabAny(pfn, flags);
            } else if (Words.getLongVolatile(record + PageLayout.COMPOUND) != 0) {
                // Freed and used again as part of a folio between the two looks: +1 or +1024 is the wrong thing to add.
                token = grabAgain(pfn, flags);
            }
            if (token != 0) {
                if (token < 0) {
                    return stop(n, refusal(token));
                }
                head = records + (Grab.headPfn(token) << PageLayout.SHIFT);
            }
            // P7 = W5 -> U1 (SB): both reads follow W4 in the one order of volatile accesses; never plain, never earlier.
            if (Entries.load(pmdAddress) != pmd) {
                return giveBack(n, FallBack.CHANGED_PMD, RollBack.P7_PMD, pfn, token, flags);
            }
            if (Entries.load(pteAddress) != pte) {
                return giveBack(n, FallBack.CHANGED_PTE, RollBack.P7_PTE, pfn, token, flags);
            }
            if (longterm && !memory.isLongtermPinnable(pfn)) {
                return giveBack(n, FallBack.UNPINNABLE, RollBack.P5_UNPINNABLE, pfn, token, flags);
            }
            // P6, after P7 as later kernels have it: before P7 the page may not be this mapping's yet. Read once.
            long mapping = Words.getLongVolatile(head + PageLayout.MAPPING);
            if ((mapping & MappingWord.SECRET) != 0) {
                return giveBack(n, FallBack.SECRET, RollBack.P6_SECRET, pfn, token, flags);
            }
            // P8 after P7, never before it: whoever shares the page clears the entry first, then the exclusive flag.
            if (readOnlyPin && (pte & Entry.WRITE) == 0 && Unshare.mustUnshare(mapping, record)) {
                return giveBack(n, FallBack.UNSHARE, RollBack.P8_UNSHARE, pfn, token, flags);
            }
            // P9: every page of this machine is accessible to its devices.
            // P10: the hint is tested first, so that a warm page's line is not written twice.
            if ((Words.getLongOpaque(head + PageLayout.FLAGS) & PageFlags.REFERENCED) == 0) {
                PageFlags.markReferenced(head);
            }
            if (pfns != null) {
                pfns[n] = (int) pfn;
            } else {
                batch.append(pfn, 1);
            }
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

    private static FallBack refusal(long token) {
        if (token == Grab.REFUSED_ZERO) {
            return FallBack.GRAB_ZERO;
        }
        if (token == Grab.REFUSED_UNPINNABLE) {
            return FallBack.UNPINNABLE;
        }
        return token == ZERO_PAGE ? FallBack.SPECIAL : FallBack.GRAB_OVERFLOW;
    }

    /** Any page: part of a folio, or one whose count another thread changed under the CAS. */
    private long grabAny(long pfn, int flags) {
        if (pfn == zeroPfn) {
            return ZERO_PAGE; // its entries are special; the walk returns it under no entry
        }
        long token = Grab.trySpeculative(memory, pfn, 1, flags, tally.deferred());
        if (token > 0 && Grab.headMoves(token) > 0) {
            tally.headMoved(Grab.headMoves(token));
        }
        return token;
    }

    private long grabAgain(long pfn, int flags) {
        Grab.undo(memory, Grab.orderZeroToken(pfn, flags), tally.deferred());
        tally.headMoved(1);
        return grabAny(pfn, flags);
    }

    /** W6: exactly what W4 added, told by the token; the page is never asked again what it is. */
    private int giveBack(int n, FallBack why, RollBack step, long pfn, long token, int flags) {
        long taken = token != 0 ? token : Grab.orderZeroToken(pfn, flags);
        tally.rolledBack(step, taken);
        Grab.undo(memory, taken, tally.deferred());
        return stop(n, why);
    }

    private MemoryModelError outOfRange(long pteAddress, long pte) {
        return FastWalk.outOfRange(pteAddress, pte, frames);
    }
}
