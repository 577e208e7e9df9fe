package io.pinfold.fastpath.walk;

import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;

import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.slow.Unshare;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import org.jspecify.annotations.Nullable;

/**
 * A run of entries that map pages of one folio in order, with one reference operation for all of them.
 *
 * <p>Steps PAGE5 to PAGE12 of the single page, for k pages. PAGE5 adds k references or pins to the head at once; PAGE8
 * then reads each of the k entries again, so each page is known to have been mapped, with its permission, while it was
 * referenced, as if it had been taken alone. The entries before the grab give only a guess of the length of the run:
 * entries of one folio differ by their frame number alone, so a look at the last of them mostly suffices. If an entry
 * then differs, the run ends before it and exactly the references of the pages behind are given back.
 *
 * <p>The folio may have been split between the look at its size and the grab, and then k references would be on a page
 * that is alone now. The size is therefore read again after the grab; from there on it cannot change [R9].
 *
 * <p>The class is also the general way for a single page whose count another thread was changing.
 */
final class FolioRun {

    /** A refusal beside those of {@link Grab}. */
    private static final long ZERO_PAGE = -100;

    private final MemoryCore memory;
    private final WalkTally tally;
    private final long recordBasePage;
    private final long zeroPfn;

    FolioRun(MemoryCore memory, WalkTally tally) {
        this.memory = memory;
        this.tally = tally;
        this.recordBasePage = memory.recordBasePage();
        this.zeroPfn = memory.zeroPfn();
    }

    /**
     * Grabs one page or more.
     *
     * @param pte what the entry at {@code pteAddress} holds: present, permitted, not special, its frame in range
     * @param n   pages obtained so far
     * @return pages obtained now; 0 after a stop, which the tally has counted
     */
    int grab(long pteAddress, long pmdAddress, long pmd, long pte, int n, int end, int flags, int @Nullable [] pfns) {
        long records = (recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
        long pfn = Entry.pfn(pte);
        if (pfns == null && !tally.batch().hasRoomFor(pfn)) {
            tally.stopped(FallBack.FULL);
            return 0;
        }
        // PAGE5 (WALK5) -> UNMAP3. The usual case: a large folio that is not split or freed during the grab.
        long record = records + (pfn << PageLayout.SHIFT);
        long compound = Words.getLongVolatile(record + PageLayout.COMPOUND);
        long headPfn = Compound.isTail(compound) ? Compound.headOf(compound) : pfn;
        long head = records + (headPfn << PageLayout.SHIFT);
        long headWord = Compound.isTail(compound) ? Words.getLongVolatile(head + PageLayout.COMPOUND) : compound;
        int run = 1;
        long token = 0;
        if (Compound.isLargeHead(headWord) && (flags & FOLL_LONGTERM) == 0) {
            long left = headPfn + (1L << Compound.orderOf(headWord)) - pfn;
            if (left > 0) {
                run = runOf(pteAddress, pte, (int) Math.min(end - n, left));
                token = Grab.tryLarge(memory, record, compound, headPfn, head, headWord, run, (flags & FOLL_PIN) != 0,
                        tally.deferred());
            }
        }
        if (token == 0) {
            token = anyRun(records, pfn, pteAddress, pte, end - n, flags);
            if (token < 0) {
                tally.stopped(refusal(token));
                return 0;
            }
            run = Grab.pages(token);
            head = records + (Grab.headPfn(token) << PageLayout.SHIFT);
        }
        // PAGE7 (WALK6), PAGE8 (WALK7) -> UNMAP1 (SB): PAGE8 for every page of the run.
        if (Entries.load(pmdAddress) != pmd) { // PAGE7
            return giveBack(FallBack.CHANGED_PMD, RollBack.CHANGED_PMD, token);
        }
        int same = 0;
        while (same < run && Entries.load(pteAddress + (long) same * Long.BYTES) == entryOf(pte, same)) { // PAGE8
            same++;
        }
        if (same < run) {
            if (same == 0) {
                return giveBack(FallBack.CHANGED_PTE, RollBack.CHANGED_PTE, token);
            }
            tally.giveBack(RollBack.CHANGED_PTE, Grab.part(token, run - same)); // the walk comes to that entry next
        }
        long mapping = Words.getLongVolatile(head + PageLayout.MAPPING); // PAGE9
        if ((mapping & MappingWord.SECRET) != 0) {
            return giveBack(FallBack.SECRET, RollBack.SECRET, Grab.part(token, same));
        }
        if ((flags & (FOLL_PIN | FOLL_WRITE)) == FOLL_PIN && (pte & Entry.WRITE) == 0) { // PAGE10
            int own = exclusive(records, pfn, same, mapping);
            if (own < same) {
                tally.giveBack(RollBack.UNSHARE, Grab.part(token, same - own));
                if (own == 0) {
                    tally.stopped(FallBack.UNSHARE);
                    return 0;
                }
                same = own;
            }
        }
        PageFlags.markReferenced(head); // PAGE12
        emit(pfn, same, n, pfns, tally.batch());
        return same;
    }

    /** Hands {@code pages} pages from {@code pfn} on over to what is filled, as number {@code n} and following. */
    static void emit(long pfn, int pages, int n, int @Nullable [] pfns, HeldPages batch) {
        if (pfns == null) {
            batch.append(pfn, pages);
            return;
        }
        int first = (int) pfn;
        for (int i = 0; i < pages; i++) {
            pfns[n + i] = first + i;
        }
    }

    static FallBack refusal(long token) {
        if (token == Grab.REFUSED_ZERO) {
            return FallBack.GRAB_ZERO;
        }
        if (token == Grab.REFUSED_UNPINNABLE) {
            return FallBack.UNPINNABLE;
        }
        return token == ZERO_PAGE ? FallBack.SPECIAL : FallBack.GRAB_OVERFLOW;
    }

    /**
     * Grabs in the general way: for a contended count, a folio that changes, a long-term pin, a single page. Returns a
     * token, or a refusal.
     */
    private long anyRun(long records, long pfn, long pteAddress, long pte, int most, int flags) {
        if (pfn == zeroPfn) {
            return ZERO_PAGE; // its entries are special, and an entry that is not is never its
        }
        for (;;) {
            int run = runOf(pteAddress, pte, (int) Math.min(most, leftInFolio(records, pfn)));
            long token = Grab.trySpeculative(memory, pfn, run, flags, tally.deferred());
            if (token > 0 && Grab.headMoves(token) > 0) {
                tally.headMoved(Grab.headMoves(token));
            }
            if (token < 0 || run == 1 || run <= leftInFolio(records, pfn)) {
                return token;
            }
            tally.giveBack(RollBack.HEAD_MOVED, token); // split under the grab
        }
    }

    /** A guess of how many of {@code most} entries from this one on map pages that follow each other. At least 1. */
    private static int runOf(long pteAddress, long pte, int most) {
        if (Entries.peek(pteAddress + (most - 1L) * Long.BYTES) == entryOf(pte, most - 1)) {
            return most;
        }
        int run = 1;
        while (run < most && Entries.peek(pteAddress + (long) run * Long.BYTES) == entryOf(pte, run)) {
            run++;
        }
        return run;
    }

    /**
     * Pages from {@code pfn} to the end of its folio; 1 for an order-0 page. The answer stays true only while a
     * reference is held.
     */
    static long leftInFolio(long records, long pfn) {
        long compound = Compound.of(records + (pfn << PageLayout.SHIFT));
        if (compound == Compound.NONE) {
            return 1;
        }
        long head = pfn;
        if (Compound.isTail(compound)) {
            head = Compound.headOf(compound);
            compound = Compound.of(records + (head << PageLayout.SHIFT));
        }
        // a head that is none any more: the folio is being split or freed, which the grab handles
        return Compound.isLargeHead(compound) ? Math.max(1, head + (1L << Compound.orderOf(compound)) - pfn) : 1;
    }

    private static long entryOf(long pte, int page) {
        return pte + ((long) page << Entry.PFN_SHIFT);
    }

    /** The number of pages from the first on that may be pinned read-only: each page has its own exclusive flag. */
    private static int exclusive(long records, long pfn, int pages, long mapping) {
        int own = 0;
        while (own < pages && !Unshare.mustUnshare(mapping, records + (pfn + own << PageLayout.SHIFT))) {
            own++;
        }
        return own;
    }

    /** WALK8: gives back exactly what WALK5 added, which the token holds. */
    private int giveBack(FallBack why, RollBack step, long token) {
        tally.giveBack(step, token);
        tally.stopped(why);
        return 0;
    }
}
