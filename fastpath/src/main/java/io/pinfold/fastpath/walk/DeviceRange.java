package io.pinfold.fastpath.walk;

import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;

import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pagemap.PagemapRegistry;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Align;
import org.jspecify.annotations.Nullable;

/**
 * The walk over device memory, mapped page by page or by a huge leaf: step PAGE4 and those behind it, and the kernel's
 * __gup_device_huge().
 *
 * <p>A device entry holds no reference on its page, so the walk takes a reference on its pagemap first. That look-up
 * fails once the device is being removed, and while the reference is held the removal waits. The pagemap of one page is
 * kept for the next, and put exactly once, by {@link #release}, however the walk ends [B6]. From the grab on the page's
 * own reference makes the removal wait.
 *
 * <p><b>Undo.</b> A dying pagemap undoes all pages of this table, or all of this leaf, obtained so far: in reverse,
 * each as it was taken. The hint that a walk leaves on pages goes, too. Pages before are a valid prefix and stay. The
 * hint is left only on pages that are returned [B7].
 */
final class DeviceRange {

    private final MemoryCore memory;
    private final PagemapRegistry pagemaps;
    private final WalkTally tally;
    private final int stripe;
    private final long recordBasePage;
    /** The pagemap that the last look-up returned; 0 between walks. */
    private long pagemap;

    DeviceRange(MemoryCore memory, WalkTally tally, int stripe) {
        this.memory = memory;
        this.pagemaps = memory.pagemaps().registry();
        this.tally = tally;
        this.stripe = stripe;
        this.recordBasePage = memory.recordBasePage();
    }

    /** Puts the pagemap, if one is held. Inside the slot, at every end of a walk. */
    void release() {
        if (pagemap != 0) {
            long held = pagemap;
            pagemap = 0;
            pagemaps.put(held, stripe);
        }
    }

    /**
     * Runs PAGE4 to PAGE12 for a device page.
     *
     * @param pte  present and permitted, with DEVMAP
     * @param from pages obtained before this table
     * @return 1, or 0 after a stop; or minus the pages of this table that went back
     */
    int page(long pteAddress, long pmdAddress, long pmd, long pte, int n, int from, int flags,
            int @Nullable [] pfns) {
        long pfn = Entry.pfn(pte);
        pagemap = pagemaps.get(pfn, pagemap, stripe); // PAGE4 (LOOKUP1 to LOOKUP3)
        if (pagemap == 0) {
            tally.giveBackLast(RollBack.PAGEMAP, n, n - from, flags, true);
            return stop(FallBack.PAGEMAP) - (n - from);
        }
        if (pfns == null && !tally.batch().hasRoomFor(pfn)) {
            return stop(FallBack.FULL);
        }
        long token = grab(pfn, 1, flags); // PAGE5 (WALK5)
        if (token < 0) {
            return stop(FolioRun.refusal(token));
        }
        if (Entries.load(pmdAddress) != pmd) { // PAGE7 (WALK6)
            tally.giveBack(RollBack.CHANGED_PMD, token);
            return stop(FallBack.CHANGED_PMD);
        }
        if (Entries.load(pteAddress) != pte) { // PAGE8 (WALK7)
            tally.giveBack(RollBack.CHANGED_PTE, token);
            return stop(FallBack.CHANGED_PTE);
        }
        PageFlags.markReferenced(head(token));
        FolioRun.emit(pfn, 1, n, pfns, tally.batch());
        return 1;
    }

    /**
     * Grabs all {@code pages} pages of a huge device leaf, or none.
     *
     * @param shift log2 of the bytes it maps
     * @param n     pages obtained so far
     * @return {@code pages}, or 0 after a stop
     */
    int leaf(long entryAddress, long leaf, int shift, long address, int pages, int n, int flags,
            int @Nullable [] pfns) {
        if (!Entry.accessPermitted(leaf, (flags & FOLL_WRITE) != 0)) {
            return stop(HugeLeaf.refusal(leaf));
        }
        if ((flags & FOLL_LONGTERM) != 0) {
            return stop(FallBack.DEVMAP);
        }
        long first = Entry.pfn(leaf) + ((address & (1L << shift) - 1) >>> Geometry.PAGE_SHIFT);
        if (pfns == null && !tally.batch().hasRoomFor(first)) {
            return stop(FallBack.FULL);
        }
        FallBack failed = null;
        int obtained = 0;
        while (obtained < pages && failed == null) {
            long pfn = first + obtained;
            pagemap = pagemaps.get(pfn, pagemap, stripe);
            int run = pagemap == 0 ? 0 : (int) Math.min(pages - obtained, FolioRun.leftInFolio(records(), pfn));
            long token = run == 0 ? 0 : grab(pfn, run, flags);
            if (token <= 0) {
                failed = token == 0 ? FallBack.PAGEMAP : FolioRun.refusal(token);
            } else {
                FolioRun.emit(pfn, run, n + obtained, pfns, tally.batch());
                obtained += run;
            }
        }
        if (failed == null && Entries.load(entryAddress) != leaf) { // WALK7, for all of them
            failed = FallBack.CHANGED_LEAF;
        }
        if (failed != null) {
            tally.giveBackLast(RollBack.DEVICE_LEAF, n + obtained, obtained, flags, false);
            return stop(failed);
        }
        for (int i = 0; i < pages; i++) {
            PageFlags.markReferenced(head(Grab.tokenOfHeld(memory, first + i, 1, flags)));
        }
        return pages;
    }

    private long grab(long pfn, int n, int flags) {
        return Grab.trySpeculative(memory, pfn, n, flags, tally.deferred());
    }

    private long head(long token) {
        return records() + (Grab.headPfn(token) << PageLayout.SHIFT);
    }

    private long records() {
        return (recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
    }

    private int stop(FallBack why) {
        tally.stopped(why);
        return 0;
    }
}
