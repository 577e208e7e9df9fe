package io.pinfold.fastpath.walk;

import static io.pinfold.core.foll.FollBits.FOLL_PIN;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import org.jspecify.annotations.Nullable;

/**
 * The walk without a lock, from the root table down to the entries that map pages.
 *
 * <p>One loop goes down from the root, whatever the number of levels. Where it meets a table it goes on; the lowest
 * table is handled by {@link PteRange}. An upper entry that is no table is a {@link HugeLeaf}, a device's leaf ({@link
 * DeviceRange}), a directory ({@link HugePd}), or nothing that the walk can take. Each of them returns how many pages
 * it obtained; fewer than requested end the walk, and what was obtained before is a valid prefix: there are no holes.
 *
 * <h2>Protocol PIN-vs-UNMAP</h2>
 *
 * <pre>
 * Walker                                             Unmapper (munmap, and every other mutator; see Grab)
 * WALK1 enter the slot: store the epoch              UNMAP1 take the entry out: exchange with 0 (or the new value)
 * WALK2 a pin: read write_protect_seq, odd: nothing  UNMAP2 look at the count: is the page pinned?
 * WALK3 read the root and the entries on the way     UNMAP3 drop the mapping's reference, or freeze: RMW on the count
 * WALK4 read the page's entry into a local           UNMAP4 count is 0: the frame is free and may be used again
 * WALK5 add a reference unless the count is 0: CAS
 * WALK6 read the table's entry again                 Reclaimer of a table that is left empty (see WalkerSlots)
 * WALK7 read the page's entry again                  RETIRE1 take its upper entry out
 * WALK8 changed: undo exactly what WALK5 added       RETIRE2 advance the epoch (RMW)
 * WALK9 a pin: read write_protect_seq again          RETIRE3 heavy fence: every thread passes a fence
 * WALK10 leave the slot: release store               RETIRE4 scan the slots
 *                                                    RETIRE5 no slot is older: free the table
 * </pre>
 *
 * <p><b>Shape of WALK5, WALK7 against UNMAP1 and UNMAP2 or UNMAP3:</b> store buffering. Must not happen: WALK7 reads
 * the old entry <em>and</em> UNMAP3 misses the reference of WALK5; the walker would return a page that its owner has
 * freed. All of them are volatile accesses, so they are in one total order. If WALK5 comes before UNMAP3, then UNMAP3
 * finds the extra reference and the frame stays. If UNMAP3 comes before WALK5, then UNMAP1 does too, and either WALK5
 * finds 0 and refuses or WALK7 finds the entry changed. The same holds for WALK5 and WALK7 against UNMAP2, which only
 * loads the count. Acquire and release are not enough: nothing in them keeps WALK7 after WALK5. On x86 the locked CAS
 * is a full fence, so a weaker mode does not fail there; moving WALK7 before WALK5 does.
 *
 * <p><b>WALK5 on a page that has another owner by now</b> (freed and used again between WALK4 and WALK5) is legal: the
 * reference is transient, WALK7 finds the change, WALK8 takes the reference back. So every exact-count test must
 * tolerate a spurious failure, and the put of WALK8 may be the page's last. The frame then goes to a list that is
 * drained after WALK10, because inside a slot nothing locks, allocates, parks or frees.
 *
 * <p><b>Shape of WALK1, WALK3 against RETIRE1 to RETIRE4:</b> store buffering again. WALK1 needs no fence of its own
 * where the heavy fence of the reclaimer gives the walker's thread one; elsewhere it is a volatile store. Either the
 * walker finds the table unlinked, or the reclaimer finds the walker's epoch ({@code WalkerSlots} has the argument). A
 * table read after it was freed would hold {@link Entry#POISON}, whose frame number no memory has: the range check
 * makes it a {@link MemoryModelError} and not a wrong page.
 *
 * <p><b>For a leaf</b> WALK4 and WALK7 are the leaf itself, there is no WALK6, and WALK5 adds one reference or pin for
 * each page requested ({@link HugeLeaf}). For a run of entries of one folio WALK5 adds k of them, and WALK7 reads each
 * of the k entries ({@link FolioRun}).
 *
 * <p><b>The table's entry is read again, too,</b> because a table can be taken away (collapse) or moved to another
 * address (mremap) with its entries intact: WALK7 on the page's entry alone would then prove nothing about the address.
 *
 * <p><b>ABA.</b> An entry that changed and came back to the same value is harmless: at WALK7 the page is mapped at that
 * address with that permission and the reference is on it. Whether the record still is of the same folio is checked by
 * the grab itself.
 *
 * <h2>Protocol PIN-vs-FORK</h2>
 *
 * <pre>
 * Fork
 * FORK1 make write_protect_seq odd
 * FORK2 read HAS_PINNED and the counts: what may be pinned is copied now
 * FORK3 write-protect and share the rest
 * FORK4 make write_protect_seq even, release
 * </pre>
 *
 * <p>If WALK9 finds another sequence than WALK2, everything is undone. WALK5 and WALK9 against FORK1 and FORK2: store
 * buffering, so WALK9 is a volatile load after volatile RMWs. HAS_PINNED is set before WALK2 (CALL3 of
 * {@link FastCalls}).
 *
 * <p><b>Assumptions.</b> An aligned 64-bit entry is read and written in one piece. Table frames are not freed before
 * every walk that may have found them has ended. Page records are never unmapped while a slot is held and keep their
 * place. Writers of an entry hold its table's lock; the processor's accessed and dirty updates are CASes. No plain
 * store to a live entry. Any entry differing in any bit counts as changed: an accessed or dirty update costs a
 * fall-back, not correctness.
 *
 * <p>Kernel: lockless_pages_from_mm(), gup_pgd_range() and below, written here as one loop over levels.
 */
final class FastWalk {

    /** An entry with exactly these bits leads to a lower table: present, not a huge leaf. */
    private static final long TABLE_BITS = Entry.PRESENT | Entry.HUGE;

    private final WalkTally tally;
    private final DeviceRange devices;
    private final PteRange ptes;
    private final HugeLeaf leaves;
    private final HugePd directories;
    private final long frameBasePage;
    private final long frames;

    FastWalk(MemoryCore memory, WalkTally tally, int stripe) {
        this.tally = tally;
        this.devices = new DeviceRange(memory, tally, stripe);
        this.ptes = new PteRange(memory, tally, devices);
        this.leaves = new HugeLeaf(memory, tally);
        this.directories = new HugePd(memory, leaves);
        this.frameBasePage = memory.frameBasePage();
        this.frames = memory.frames();
    }

    /**
     * Obtains a prefix of {@code pages} pages for the batch of the tally. The caller holds the session's slot, and
     * calls {@link #release} before it leaves it.
     *
     * @param control the space's control block
     * @param start   page-aligned address; the range lies inside user space
     * @param flags   FOLL_GET or FOLL_PIN, with the flags of the caller
     * @param pfns    the list that is filled; null for extents
     * @return pages obtained, all of them referenced; less than {@code pages} after a stop, which the tally has counted
     */
    int obtain(long control, long start, int pages, int flags, int @Nullable [] pfns) {
        if ((flags & FOLL_PIN) == 0) {
            return walk(control, start, pages, flags, pfns);
        }
        // WALK2 -> FORK4: acquire, so that after an even value everything that fork wrote is visible.
        int before = Words.getIntAcquire(control + MmControl.WRITE_PROTECT_SEQ);
        if ((before & 1) != 0) {
            tally.stopped(FallBack.FORK_SEQ);
            return 0;
        }
        int n = walk(control, start, pages, flags, pfns);
        // WALK9 -> FORK1 (SB): volatile, after the RMWs of WALK5.
        if (n > 0 && Words.getIntVolatile(control + MmControl.WRITE_PROTECT_SEQ) != before) {
            tally.stopped(FallBack.FORK_SEQ);
            tally.giveBackLast(RollBack.FORK_SEQ, n, n, flags, false);
            return 0;
        }
        return n;
    }

    /** Puts the pagemap that the walk may hold besides pages. Inside the slot, at every end of a walk. */
    void release() {
        devices.release();
    }

    private int walk(long control, long start, int pages, int flags, int @Nullable [] pfns) {
        long base = (frameBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
        long limit = frames;
        // WALK3 -> close of the space: 0 once its tables are going.
        long root = Words.getLongVolatile(control + MmControl.ROOT);
        if (root == 0) {
            tally.stopped(FallBack.NONE_PRESENT);
            return 0;
        }
        long address = start;
        int n = 0;
        do {
            // One descent for each lowest table: a value read at an upper level is used for that table alone.
            long table = root;
            int shift = Geometry.levelShift(Geometry.ROOT);
            long entryAddress;
            long entry;
            boolean isTable;
            do {
                entryAddress = base + (table << Align.PAGE_SHIFT) + Geometry.offsetAt(address, shift);
                // WALK3, LEAF1 -> RETIRE1: one read; the lower table follows from this value and from nothing else.
                entry = Entries.load(entryAddress);
                isTable = (entry & TABLE_BITS) == Entry.PRESENT;
                if (!isTable) {
                    break;
                }
                table = Entry.pfn(entry);
                if (table >= limit) {
                    throw outOfRange(entryAddress, entry, limit);
                }
                shift -= Geometry.BITS_PER_LEVEL;
            } while (shift > Geometry.PAGE_SHIFT);
            int end;
            int obtained;
            if (isTable) {
                end = n + pagesUpTo(address, Geometry.levelShift(Geometry.PMD), pages - n);
                int index = Geometry.index(address, Geometry.PTE);
                obtained = ptes.grab(table, index, index + end - n, entryAddress, entry, n, flags, pfns);
            } else {
                end = n + pagesUpTo(address, shift, pages - n);
                obtained = n + upper(entryAddress, entry, shift, address, end - n, n, flags, pfns);
            }
            if (obtained < end) {
                return obtained;
            }
            address += (long) (end - n) << Geometry.PAGE_SHIFT;
            n = end;
        } while (n < pages);
        return n;
    }

    /**
     * Handles an upper entry that leads to no table: a leaf, a directory, or nothing. Returns the pages obtained now.
     */
    private int upper(long entryAddress, long entry, int shift, long address, int wanted, int n, int flags,
            int @Nullable [] pfns) {
        if ((entry & Entry.HUGE) != 0) {
            return Entry.isDevmap(entry)
                    ? devices.leaf(entryAddress, entry, shift, address, wanted, n, flags, pfns)
                    : leaves.grab(entryAddress, entry, shift, address, wanted, n, flags, pfns);
        }
        if (Geometry.HUGEPD && NonPresent.kind(entry) == NonPresent.HUGEPD) {
            return directories.grab(entryAddress, entry, shift, address, wanted, n, flags, pfns);
        }
        tally.stopped(Entry.isProtnone(entry) ? FallBack.PROTNONE : FallBack.NONE_PRESENT);
        return 0;
    }

    /** Pages from {@code address} to the end of its area of {@code 1 << shift} bytes, {@code most} at most. */
    static int pagesUpTo(long address, int shift, int most) {
        long end = (address | (1L << shift) - 1) + 1;
        return (int) Math.min(most, end - address >>> Geometry.PAGE_SHIFT);
    }

    static MemoryModelError outOfRange(long entryAddress, long entry, long frames) {
        return new MemoryModelError(
                "entry at 0x" + Long.toHexString(entryAddress) + " holds 0x" + Long.toHexString(entry)
                        + ", whose frame number " + Entry.pfn(entry) + " is not below " + frames
                        + ": the table was freed while it was walked, or overwritten");
    }
}
