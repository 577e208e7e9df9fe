package io.pinfold.fastpath;

import static io.pinfold.core.gup.FollFlags.FOLL_PIN;

import io.pinfold.core.gup.FallBack;
import io.pinfold.core.gup.RollBack;
import io.pinfold.core.memory.MemoryModelError;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.MmControl;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import org.jspecify.annotations.Nullable;

/**
 * The walk: from the root table down to the entries that map pages, without a lock.
 *
 * <p>One loop goes down from the root, whatever the number of levels. Where it meets a table it goes on; at the lowest table
 * {@link PteRange} takes over; an upper entry that is no table is a {@link HugeLeaf}, a device's leaf ({@link DeviceRange}), a directory
 * ({@link HugePd}), or nothing that could be had. Each of them answers how many pages it obtained; fewer than it was asked for
 * end the walk, and what was obtained before is a valid prefix: there are no holes.
 *
 * <h2>Protocol PIN-vs-UNMAP</h2>
 *
 * <pre>
 * Walker                                              Unmapper (munmap, and every other mutator)
 * W1 enter the slot: CAS(idle, epoch)                 U1 take the entry out: exchange with 0 (or the new value)
 * W2 read the root and the entries on the way         U2 drop the mapping's reference, or freeze: RMW on the count
 * W3 read the page's entry into a local               U3 count is 0: the frame is free and may be used again
 * W4 add a reference unless the count is 0: CAS       U4 a table left empty: take its upper entry out,
 * W5 read the table's entry and the page's again         advance the epoch (RMW), scan the slots, free the table
 * W6 changed: undo exactly what W4 added                 when no slot is older
 * W7 leave the slot: release store
 * </pre>
 *
 * <p><b>Shape of W4, W5 against U1, U2:</b> store buffering. Must not happen: W5 sees the old entry <em>and</em> U2 misses
 * W4's reference; the walker would return a page that its owner has freed. W4, W5, U1 and U2 are all volatile accesses, so
 * one total order holds them. If W4 comes before U2, then U2 finds the extra reference and the frame stays. If U2 comes
 * before W4, then U1 does too, and either W4 finds 0 and refuses or W5 finds the entry changed. Acquire and release are not
 * enough: nothing in them keeps W5 after W4. On x86 the locked CAS is a full fence, so a weaker mode does not fail there;
 * moving W5 before W4 does.
 *
 * <p><b>W4 on a page that is somebody else's by now</b> (freed and used again between W3 and W4) is legal: the reference is
 * transient, W5 sees the change, W6 takes it back. That is why every exact-count test must tolerate a spurious failure,
 * and why the put of W6 may be the page's last: the frame then goes to a list that is drained after W7, because inside a
 * slot nothing locks, allocates, parks or frees.
 *
 * <p><b>Shape of W1, W2 against U4:</b> store buffering again. W1 is an RMW followed by volatile loads; U4's unlink and
 * epoch advance are RMWs followed by volatile loads of the slots. Either the walker sees the table unlinked, or the
 * reclaimer sees the walker. A table read after it was freed would show {@link Entry#POISON}, whose frame number no memory
 * has: the range check makes it a {@link MemoryModelError} and not a wrong page.
 *
 * <p><b>For a leaf</b> W3 and W5 are the leaf itself, and W4 adds one reference or pin for each page wanted; for a run of entries of
 * one folio W4 adds k of them, and W5 reads each of the k entries ({@link FolioRun}).
 *
 * <p><b>The table's entry is read again, too,</b> because a table can be taken away (collapse) or moved to another address
 * (mremap) with its entries intact: W5 on the page's entry alone would then prove nothing about the address.
 *
 * <p><b>ABA.</b> An entry that changed and came back to the same value is harmless: at W5 the page is mapped at that address
 * with that permission and the reference is on it. That the record still is the same folio is the grab's own re-check.
 *
 * <p><b>Protocol PIN-vs-FORK.</b> W0 read write_protect_seq, odd: obtain nothing. W8 after the last W5, read it again:
 * changed: undo everything. Fork: F1 make it odd, F2 read HAS_PINNED and the counts, F3 write-protect, F4 make it even.
 * W4 and W8 against F1 and F2: store buffering, so W8 is a volatile load after volatile RMWs. HAS_PINNED is set before W0.
 *
 * <p><b>Assumptions.</b> An aligned 64-bit entry is read and written in one piece. Table frames live until every slot that
 * may have seen them has moved on. Page records are never unmapped while a slot is held and keep their place. Writers of an
 * entry hold its table's lock; the processor's accessed and dirty updates are CASes. No plain store to a live entry. Any
 * entry differing in any bit counts as changed: an accessed or dirty update costs a fall-back, not correctness.
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

    FastWalk(PhysicalMemory memory, WalkTally tally, int stripe) {
        this.tally = tally;
        this.devices = new DeviceRange(memory, tally, stripe);
        this.ptes = new PteRange(memory, tally, devices);
        this.leaves = new HugeLeaf(memory, tally);
        this.directories = new HugePd(memory, leaves);
        this.frameBasePage = memory.frameBasePage();
        this.frames = memory.frames();
    }

    /**
     * Obtains a prefix of {@code pages} pages for the batch of the tally. The caller holds the session's slot, and calls
     * {@link #release} before it leaves it.
     *
     * @param control the space's control block
     * @param start   page-aligned address; the range lies inside user space
     * @param flags   FOLL_GET or FOLL_PIN, with what the caller asked for
     * @param pfns    the list that is filled; null for extents
     * @return pages obtained, all of them referenced; less than {@code pages} after a stop, which the tally has counted
     */
    int obtain(long control, long start, int pages, int flags, int @Nullable [] pfns) {
        if ((flags & FOLL_PIN) == 0) {
            return walk(control, start, pages, flags, pfns);
        }
        // W0 -> F4: acquire, so that an even value also shows what that fork wrote.
        int before = Words.getIntAcquire(control + MmControl.WRITE_PROTECT_SEQ);
        if ((before & 1) != 0) {
            tally.stopped(FallBack.FORK_SEQ);
            return 0;
        }
        int n = walk(control, start, pages, flags, pfns);
        // W8 -> F1 (SB): volatile, after the RMWs of W4.
        if (n > 0 && Words.getIntVolatile(control + MmControl.WRITE_PROTECT_SEQ) != before) {
            tally.stopped(FallBack.FORK_SEQ);
            tally.giveBackLast(RollBack.F4_SEQ, n, n, flags, false);
            return 0;
        }
        return n;
    }

    /** Puts what the walk holds besides pages. Inside the slot, at every end of a walk. */
    void release() {
        devices.release();
    }

    private int walk(long control, long start, int pages, int flags, int @Nullable [] pfns) {
        long base = (frameBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
        long limit = frames;
        // W2 -> close of the space: 0 once its tables are going.
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
                // W2 -> U4: one read; the lower table follows from this value and from nothing else.
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

    /** An upper entry that leads to no table: a leaf, a directory, or nothing. The pages obtained now. */
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
