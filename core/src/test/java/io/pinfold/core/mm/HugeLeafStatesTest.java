package io.pinfold.core.mm;

import static io.pinfold.core.kernel.FollFlags.FOLL_DUMP;
import static io.pinfold.core.kernel.FollFlags.FOLL_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.mm.unmap.LeafSplit;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Entries above PTE level in states that faults do not make, met by every reader [R23]: put there by hand. */
class HugeLeafStatesTest extends HugeTest {
    private static final long DEVICE_BYTES = 1L << 30;

    @Override
    MemoryOptions options() {
        return super.options().withDeviceBytes(DEVICE_BYTES);
    }

    /** First frame of the device window, which lies at a multiple of 1 GiB. */
    private long deviceFrame() {
        return memory.frames() - DEVICE_BYTES / PAGE;
    }

    private void install(long address, int level, long leaf) {
        try (MmapGuard guard = space.readLock()) {
            long table = PageTables.findOrAllocate(core, space.id(), guard.space().mm().root(), address, level);
            PageTables.lock(core, table);
            PageTables.install(core, table, PageTables.entryAddress(core, table, address, level), leaf);
            PageTables.unlock(core, table);
        }
    }

    private long installDevice(int level, long more) {
        long start = Geometry.levelBytes(level);
        assertThat(space.mmap(start, start, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(start);
        install(start, level, Entry.makeLeaf(deviceFrame(), Entry.PRESENT | Entry.USER | Entry.DEVMAP | more));
        return start;
    }

    /** An invalidated leaf permits nothing and is no table, and only its splitter touches it. */
    @Test
    void invalidated() {
        long head = mapAndStore();
        long leaf = space.entryAt(HUGE);
        assertNobodyGetsIn(Entry.invalidated(leaf), leaf);
        assertThat(memory.page(head).refCount()).isOne();
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(2);
    }

    @Test
    void nonPresent() {
        mapAndStore();
        long leaf = space.entryAt(HUGE);
        for (int kind : new int[]{NonPresent.MIGRATION_WRITE, NonPresent.SWAP, NonPresent.HWPOISON}) {
            assertNobodyGetsIn(NonPresent.make(kind, Entry.pfn(leaf)), leaf);
        }
    }

    private void assertNobodyGetsIn(long entry, long leaf) {
        assertThat(replaceEntry(entry)).isEqualTo(leaf);
        assertThat(space.entryAt(HUGE)).isEqualTo(entry);
        assertThat(space.frameAt(HUGE)).isZero();
        assertThatThrownBy(() -> cpu.loadLong(HUGE + PAGE)).isInstanceOf(SegmentationFault.class);
        assertThatThrownBy(() -> cpu.storeLong(HUGE + PAGE, 1)).isInstanceOf(SegmentationFault.class);
        try (PageBatch<Hold.Pin> batch = memory.newPageBatch(1)) {
            for (int flags : new int[]{0, FOLL_WRITE, FOLL_DUMP}) {
                assertThat(Gup.pinUserPagesUnlocked(space, HUGE + PAGE, 1, flags, batch)).isEqualTo(-Errno.EFAULT);
            }
        }
        for (int kind : new int[]{VmaOperations.READ, VmaOperations.WRITE, VmaOperations.UNSHARE}) {
            boolean isPoison = NonPresent.kind(entry) == NonPresent.HWPOISON;
            assertThat(fault(HUGE, kind)).isEqualTo(isPoison ? -Errno.EHWPOISON : -Errno.EFAULT);
        }
        assertThat(space.mprotect(HUGE, BYTES, Prot.READ)).isZero();
        assertThat(space.mprotect(HUGE, BYTES, RW)).isZero();
        assertThat(replaceEntry(leaf)).as("left as it was, but for the write")
                .isEqualTo(NonPresent.withoutWrite(entry, true));
    }

    @Test
    void anInvalidatedLeafIsZappedWithWhatItHolds() {
        mapAndStore();
        long _ = replaceEntry(Entry.invalidated(space.entryAt(HUGE)));
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).isZero();
        int _ = core.retired().drain();
        assertThat(memory.vmStat().tableFrames()).isOne();
    }

    /** What it stood for is known to the code that put it there alone; it holds no mapping. */
    @Test
    void aNonPresentEntryIsZappedAndHoldsNothing() {
        map(1);
        install(HUGE, Geometry.PMD, NonPresent.make(NonPresent.MIGRATION_READ, 77));
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        assertThat(space.entryAt(HUGE)).isZero();
        int _ = core.retired().drain();
        assertThat(memory.vmStat().tableFrames()).isOne();
    }

    /** The walk has read the leaf, which is split before its dirty bit is set: the table in its place is no page. */
    @Test
    void aLeafThatBecomesATableUnderTheWalkIsAMiss() {
        long head = mapAndStore();
        long clean = space.entryAt(HUGE) & ~(Entry.ACCESSED | Entry.DIRTY);
        try (MmapGuard guard = space.readLock()) {
            LeafSplit.at(guard.space().mm(), HUGE);
            long table = PageTables.find(core, guard.space().mm().root(), HUGE, Geometry.PMD);
            long at = PageTables.entryAddress(core, table, HUGE, Geometry.PMD);
            assertThat(cpu.access(at, clean, Geometry.PMD, HUGE, true)).isZero();
        }
        cpu.storeLong(HUGE, 5);
        assertThat(space.frameAt(HUGE)).isEqualTo(head);
    }

    @Test
    @Tag("unchecked") // the device frames belong to no pagemap
    void deviceLeavesAtEveryLevelAreTranslatedAndCountNothing() {
        for (int level = Geometry.PMD; level <= Geometry.HIGHEST_LEAF; level++) {
            long start = installDevice(level, Entry.WRITE);
            long last = start + Geometry.levelBytes(level) - PAGE;
            cpu.storeLong(start, 42);
            cpu.storeLong(last, 43);
            assertThat(cpu.loadLong(start)).isEqualTo(42);
            assertThat(cpu.loadLong(last)).isEqualTo(43);
            assertThat(space.frameAt(last)).isEqualTo(deviceFrame() + Geometry.leafPages(level) - 1);
            assertThat(Entry.isDirty(space.entryAt(start))).isTrue();
            assertBooksAreRight();
            assertThat(space.munmap(start, start)).isZero();
            assertThat(space.entryAt(start)).isZero();
            assertThat(memory.page(deviceFrame()).refCount()).isZero();
            assertThat(memory.page(deviceFrame()).mapCount()).isZero();
        }
    }

    /** A device leaf cannot be split: the rest of it is to come back by a fault. */
    @Test
    @Tag("unchecked") // the device frames belong to no pagemap
    void aPartialChangeTakesAWholeDeviceLeafOut() {
        long start = installDevice(Geometry.PMD, Entry.WRITE);
        assertThat(space.munmap(start, PAGE)).isZero();
        assertThat(space.entryAt(start + BYTES - PAGE)).isZero();
        start = installDevice(Geometry.PMD, Entry.WRITE);
        assertThat(space.mprotect(start + PAGE, PAGE, Prot.READ)).isZero();
        assertThat(space.entryAt(start)).isZero();
        start = installDevice(Geometry.PMD, Entry.WRITE);
        assertThat(space.madvise(start + PAGE, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
        assertThat(space.entryAt(start)).isZero();
        start = installDevice(Geometry.PMD, Entry.WRITE);
        assertThat(space.mprotect(start, BYTES, Prot.READ)).isZero();
        assertThat(Entry.isWritable(space.entryAt(start))).isFalse();
        assertThat(Entry.isDevmap(space.entryAt(start)) && isLeaf(start)).isTrue();
    }

    /** A private mapping of a device leaf: a store takes the leaf out, and what is below is a page of its own. */
    @Test
    void aStoreToAReadOnlyDeviceLeafOfAPrivateMapping() {
        space.setThpPolicy(ThpPolicy.NEVER);
        long start = installDevice(Geometry.PMD, 0);
        cpu.storeLong(start + PAGE, 1);
        assertThat(isLeaf(start + PAGE)).isFalse();
        assertThat(memory.page(space.frameAt(start + PAGE)).refCount()).isOne();
    }
}
