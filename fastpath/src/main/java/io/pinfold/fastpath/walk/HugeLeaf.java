package io.pinfold.fastpath.walk;

import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;

import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.slow.Unshare;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import org.jspecify.annotations.Nullable;

/**
 * An entry that maps a whole folio by itself, at whatever level, or one of a directory of huge entries. The walk takes
 * the part of the leaf inside the request with one reference operation, or nothing of it. Kernel: gup_huge_pmd() and
 * its sisters.
 *
 * <pre>
 * LEAF1 read the leaf (WALK4); the walk has done it
 * LEAF2 permitted?
 * LEAF3 special: not by the walk
 * LEAF4 frame of the first page requested
 * LEAF5 add a reference or pin for each page (WALK5), as GRAB1 to GRAB5
 * LEAF6 read the leaf again (WALK7); changed: undo exactly
 * LEAF7 read the mapping word: secret memory is refused
 * LEAF8 read-only pin of an anonymous folio: the exclusive flag of the head
 * LEAF9 mark the head referenced, a hint
 * </pre>
 *
 *
 * <p>LEAF5 adds as many references or pins as pages are taken, not one, because users give pages back one by one and in
 * any order. It adds them on the head, whatever page the request begins with. LEAF6 gives exactly that back, on the
 * same head [B3, B4].
 *
 * <p>LEAF6 alone is the re-check: the entry that is read again is the one that maps the pages, so nothing above it
 * matters. A leaf that is being split is first made invalid, which LEAF6 finds like any other change [R3].
 */
final class HugeLeaf {

    private final MemoryCore memory;
    private final WalkTally tally;
    private final long recordBasePage;
    private final long frames;

    HugeLeaf(MemoryCore memory, WalkTally tally) {
        this.memory = memory;
        this.tally = tally;
        this.recordBasePage = memory.recordBasePage();
        this.frames = memory.frames();
    }

    /**
     * Grabs {@code pages} pages of a leaf.
     *
     * @param entryAddress where the leaf is
     * @param leaf         what was read there: HUGE is set, DEVMAP is not
     * @param shift        log2 of the bytes it maps
     * @param pages        number of pages requested: not beyond the leaf
     * @param n            pages obtained so far
     * @return {@code pages}, or 0 after a stop, which the tally has counted
     */
    int grab(long entryAddress, long leaf, int shift, long address, int pages, int n, int flags,
            int @Nullable [] pfns) {
        boolean write = (flags & FOLL_WRITE) != 0;
        if (!Entry.accessPermitted(leaf, write)) { // LEAF2
            return stop(refusal(leaf));
        }
        if (Entry.isSpecial(leaf)) { // LEAF3; device leaves went to DeviceRange
            return stop(FallBack.SPECIAL);
        }
        long pfn = Entry.pfn(leaf) + ((address & (1L << shift) - 1) >>> Geometry.PAGE_SHIFT); // LEAF4
        if (pfn + pages > frames) {
            throw FastWalk.outOfRange(entryAddress, leaf, frames);
        }
        if (pfns == null && !tally.batch().hasRoomFor(pfn)) {
            return stop(FallBack.FULL);
        }
        // LEAF5 (WALK5) -> UNMAP3. The usual case: the folio is not split or freed during the grab.
        long records = (recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
        long record = records + (pfn << PageLayout.SHIFT);
        long compound = Words.getLongVolatile(record + PageLayout.COMPOUND);
        long headPfn = Compound.isTail(compound) ? Compound.headOf(compound) : pfn;
        long head = records + (headPfn << PageLayout.SHIFT);
        long headWord = Compound.isTail(compound) ? Words.getLongVolatile(head + PageLayout.COMPOUND) : compound;
        long token = 0;
        if (Compound.isLargeHead(headWord) && (flags & FOLL_LONGTERM) == 0) {
            token = Grab.tryLarge(memory, record, compound, headPfn, head, headWord, pages, (flags & FOLL_PIN) != 0,
                    tally.deferred());
        }
        if (token == 0) {
            token = Grab.trySpeculative(memory, pfn, pages, flags, tally.deferred());
            if (token < 0) {
                return stop(FolioRun.refusal(token));
            }
            if (Grab.headMoves(token) > 0) {
                tally.headMoved(Grab.headMoves(token));
            }
            head = records + (Grab.headPfn(token) << PageLayout.SHIFT);
        }
        if (Entries.load(entryAddress) != leaf) { // LEAF6 (WALK7) -> UNMAP1 (SB)
            return giveBack(FallBack.CHANGED_LEAF, RollBack.CHANGED_LEAF, token);
        }
        long mapping = Words.getLongVolatile(head + PageLayout.MAPPING);
        if ((mapping & MappingWord.SECRET) != 0) { // LEAF7
            return giveBack(FallBack.SECRET, RollBack.SECRET, token);
        }
        // LEAF8: a folio mapped as a whole has one exclusive flag, that of its head.
        if ((flags & FOLL_PIN) != 0 && !write && !Entry.isWritable(leaf) && Unshare.mustUnshare(mapping, head)) {
            return giveBack(FallBack.UNSHARE, RollBack.LEAF_UNSHARE, token);
        }
        PageFlags.markReferenced(head); // LEAF9
        FolioRun.emit(pfn, pages, n, pfns, tally.batch());
        return pages;
    }

    /**
     * The reason for a refused leaf. A leaf in the middle of a split has neither PRESENT nor PROTNONE, and becomes a
     * table.
     */
    static FallBack refusal(long leaf) {
        if (Entry.isProtnone(leaf)) {
            return FallBack.PROTNONE;
        }
        return (leaf & Entry.PRESENT) == 0 ? FallBack.NONE_PRESENT : FallBack.PERMISSION;
    }

    private int stop(FallBack why) {
        tally.stopped(why);
        return 0;
    }

    private int giveBack(FallBack why, RollBack step, long token) {
        tally.giveBack(step, token);
        return stop(why);
    }
}
