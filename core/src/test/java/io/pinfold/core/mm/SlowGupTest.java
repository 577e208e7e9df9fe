package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.words.Words;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The slow path's rules, one by one. */
class SlowGupTest {

    private static final int PAGE = 4096;
    private static final long RAM = 32L << 20;

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM).withMovableBytes(RAM / 2));
    private final MemoryCore core = Bridge.core(memory);
    private final AddressSpace space = AddressSpace.create(memory);
    private final Cpu cpu = space.openCpu();
    private final PageBatch<Hold.Get> gets = memory.newPageBatch(16);
    private final PageBatch<Hold.Pin> pins = memory.newPageBatch(16);

    @AfterEach
    void nothingLeaked() {
        gets.close();
        pins.close();
        cpu.close();
        space.close();
        assertThat(memory.vmStat().nrFollPinAcquired()).as("I3").isEqualTo(memory.vmStat().nrFollPinReleased());
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    private long map(int pages, int prot) {
        long address = space.mmap(0, (long) pages * PAGE, prot, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
        assertThat(address).isPositive();
        return address;
    }

    private int get(long address, int pages, int flags) {
        try (MmapGuard guard = space.readLock()) {
            return Gup.getUserPages(space, guard, address, pages, flags, gets);
        }
    }

    private int pin(long address, int pages, int flags) {
        try (MmapGuard guard = space.readLock()) {
            return Gup.pinUserPages(space, guard, address, pages, flags, pins);
        }
    }

    private int refs(long pfn) {
        return PageRefs.refCount(core.recordAddress(pfn));
    }

    @Test
    void absentPagesAreFaultedIn() {
        long address = map(4, Prot.READ_WRITE);
        assertThat(pin(address, 4, FollBits.FOLL_WRITE)).isEqualTo(4);
        for (int i = 0; i < 4; i++) {
            assertThat(pins.pfn(i)).isEqualTo(space.frameAt(address + i * PAGE)).isNotEqualTo(memory.zeroPfn());
            assertThat(refs(pins.pfn(i))).isEqualTo(1 + 1024);
        }
        memory.unpinUserPages(pins);
    }

    @Test
    void aReadGivesTheZeroPageWhichCountsGetsButNoPins() {
        long address = map(2, Prot.READ_WRITE);
        long zero = memory.zeroPfn();
        int before = refs(zero);
        assertThat(get(address, 2, 0)).isEqualTo(2);
        assertThat(gets.pfn(0)).isEqualTo(zero);
        assertThat(refs(zero)).isEqualTo(before + 2);
        memory.putPages(gets);
        long acquired = memory.vmStat().nrFollPinAcquired();
        assertThat(pin(address, 2, 0)).isEqualTo(2);
        assertThat(refs(zero)).isEqualTo(before);
        memory.unpinUserPages(pins);
        assertThat(refs(zero)).isEqualTo(before);
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo(acquired);
    }

    @Test
    void withoutABatchPagesAreFaultedInAndNoneIsHeld() {
        long address = map(4, Prot.READ_WRITE);
        assertThat(Gup.getUserPagesUnlocked(space, address, 4, FollBits.FOLL_WRITE, null)).isEqualTo(4);
        for (int i = 0; i < 4; i++) {
            assertThat(refs(space.frameAt(address + i * PAGE))).isOne();
        }
        assertThat(Gup.getUserPagesUnlocked(space, address + 3 * PAGE, 2, 0, null)).isOne();
        try (MmapGuard guard = space.readLock()) {
            assertThat(Gup.getUserPagesRemote(space, guard, address, 4, 0, null)).isEqualTo(4);
        }
    }

    @Test
    void flagsAndNullBatches() {
        long address = map(1, Prot.READ_WRITE);
        try (MmapGuard guard = space.readLock()) {
            assertThat(Gup.pinUserPages(space, guard, address, 1, 0, null)).isEqualTo(-Errno.EINVAL);
            assertThat(Gup.pinUserPagesRemote(space, guard, address, 1, 0, null)).isEqualTo(-Errno.EINVAL);
            assertThat(Gup.pinLongtermPages(space, guard, address, 1, 0, null)).isEqualTo(-Errno.EINVAL);
            assertThat(Gup.getUserPages(space, guard, address, 1, FollBits.FOLL_GET, null)).isEqualTo(-Errno.EINVAL);
            assertThat(space.getUserPages(guard, address, 1, GupOptions.READ.longTerm(), gets))
                    .isEqualTo(-Errno.EINVAL);
            assertThat(Gup.getUserPages(space, guard, address, 1, FollBits.FOLL_PIN, gets)).isEqualTo(-Errno.EINVAL);
            assertThat(Gup.pinUserPages(space, guard, address, 1, FollBits.FOLL_GET, pins)).isEqualTo(-Errno.EINVAL);
            assertThat(Gup.pinUserPages(space, guard, address, 1, FollBits.FOLL_FAST_ONLY, pins))
                    .isEqualTo(-Errno.EINVAL);
            assertThat(space.pinUserPages(guard, address, -1, GupOptions.READ, pins)).isEqualTo(-Errno.EINVAL);
            assertThat(space.pinUserPages(guard, address, 0, GupOptions.READ, pins)).isZero();
        }
        assertThat(space.pinUserPagesUnlocked(address, 1, GupOptions.READ.longTerm(), pins)).isEqualTo(-Errno.EINVAL);
        assertThat(Gup.pinUserPagesUnlocked(space, address, 1, 0, null)).isEqualTo(-Errno.EINVAL);
        assertThat(Words.getLongVolatile(Bridge.control(space) + MmControl.MM_FLAGS)).as("HAS_PINNED").isZero();
        assertThat(space.frameAt(address)).as("nothing was faulted in").isZero();
    }

    @Test
    void guardsAreChecked() {
        long address = map(1, Prot.READ_WRITE);
        MmapGuard guard = space.readLock();
        guard.close();
        assertThatThrownBy(() -> space.pinUserPages(guard, address, 1, GupOptions.READ, pins))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("address space " + space.id());
        try (AddressSpace other = AddressSpace.create(memory); MmapGuard foreign = other.readLock()) {
            assertThatThrownBy(() -> space.getUserPages(foreign, address, 1, GupOptions.READ, gets))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(Long.toString(space.id()));
        }
        assertThatThrownBy(() -> space.getUserPages(null, address, 1, GupOptions.READ, gets))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void foreignAndSmallBatchesAreRefused() {
        long address = map(17, Prot.READ_WRITE);
        assertThatThrownBy(() -> space.pinUserPagesUnlocked(address, 17, GupOptions.READ, pins))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("17").hasMessageContaining("16");
        try (PhysicalMemory other = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20));
                PageBatch<Hold.Pin> foreign = other.newPageBatch(1)) {
            assertThatThrownBy(() -> space.pinUserPagesUnlocked(address, 1, GupOptions.READ, foreign))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(space.pinUserPagesUnlocked(address, 16, GupOptions.READ, pins)).isEqualTo(16);
        assertThatThrownBy(() -> space.pinUserPagesUnlocked(address, 1, GupOptions.READ, pins))
                .isInstanceOf(IllegalStateException.class);
        memory.unpinUserPages(pins);
    }

    @Test
    void whatTheMappingForbids() {
        long readOnly = map(1, Prot.READ);
        assertThat(pin(readOnly, 1, 0)).isOne();
        memory.unpinUserPages(pins);
        assertThat(pin(readOnly, 1, FollBits.FOLL_WRITE)).isEqualTo(-Errno.EFAULT);
        assertThat(pins.stopReason()).isEqualTo(Errno.EFAULT);
        long none = map(1, Prot.NONE);
        assertThat(pin(none, 1, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(pin(0, 1, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(pin(-PAGE, 1, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(pin(Long.MIN_VALUE, 3, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(pin(Long.MAX_VALUE, 3, 0)).isEqualTo(-Errno.EFAULT);
        long shared = space.mmap(0, PAGE, Prot.READ_WRITE, MapFlags.SHARED | MapFlags.ANONYMOUS);
        assertThat(get(shared, 1, FollBits.FOLL_ANON)).isEqualTo(-Errno.EFAULT);
    }

    @Test
    void forceReadsAndWritesWhatTheMappingMay() {
        long readOnly = map(1, Prot.READ);
        assertThat(pin(readOnly, 1, FollBits.FOLL_WRITE | FollBits.FOLL_FORCE)).isOne();
        long own = pins.pfn(0);
        assertThat(own).isNotEqualTo(memory.zeroPfn()).isEqualTo(space.frameAt(readOnly));
        assertThat(Entry.isWritable(space.entryAt(readOnly))).as("the entry stays read-only").isFalse();
        assertThat(PageFlags.test(core.recordAddress(own), PageFlags.ANON_EXCLUSIVE)).isTrue();
        memory.unpinUserPages(pins);
        assertThatThrownBy(() -> cpu.storeLong(readOnly, 1)).isInstanceOf(SegmentationFault.class);

        long none = map(1, Prot.NONE);
        assertThat(pin(none, 1, FollBits.FOLL_FORCE)).isOne();
        memory.unpinUserPages(pins);

        long shared = space.mmap(0, PAGE, Prot.READ, MapFlags.SHARED | MapFlags.ANONYMOUS);
        assertThat(pin(shared, 1, FollBits.FOLL_WRITE | FollBits.FOLL_FORCE)).as("I10").isEqualTo(-Errno.EFAULT);
    }

    /** FORCE must not write to the object's page through a private read-only mapping, however dirty its entry is. */
    @Test
    void forceWritesToAPrivateCopyOnly() {
        try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
            long shared = space.mmap(0, PAGE, Prot.READ_WRITE, MapFlags.SHARED, object, 0);
            cpu.storeLong(shared, 4711);
            long objectPage = space.frameAt(shared);
            long copy = space.mmap(0, PAGE, Prot.READ, MapFlags.PRIVATE, object, 0);
            assertThat(cpu.loadLong(copy)).isEqualTo(4711);
            assertThat(space.frameAt(copy)).isEqualTo(objectPage);
            assertThat(get(copy, 1, FollBits.FOLL_WRITE | FollBits.FOLL_FORCE)).isOne();
            assertThat(gets.pfn(0)).as("I10").isNotEqualTo(objectPage);
            assertThat(Words.getLong(core.frameAddress(gets.pfn(0)))).isEqualTo(4711);
            memory.putPages(gets);
            space.munmap(shared, PAGE);
            space.munmap(copy, PAGE);
        }
    }

    /**
     * Nor to an anonymous page that others see, too: that it was written to once says nothing about whose it is now.
     */
    @Test
    void forceLeavesASharedDirtyPageAlone() {
        long address = map(1, Prot.READ_WRITE);
        cpu.storeLong(address, 4711);
        assertThat(space.mprotect(address, PAGE, Prot.READ)).isZero();
        assertThat(Entry.isDirty(space.entryAt(address))).isTrue();
        long shared = space.frameAt(address);
        long record = core.recordAddress(shared);
        PageFlags.clear(record, PageFlags.ANON_EXCLUSIVE);
        PageRefs.add(record, 1); // a child of a fork has it
        assertThat(get(address, 1, FollBits.FOLL_WRITE | FollBits.FOLL_FORCE)).isOne();
        assertThat(gets.pfn(0)).as("I10").isNotEqualTo(shared).isEqualTo(space.frameAt(address));
        memory.putPages(gets);
        PageFlags.set(record, PageFlags.ANON_EXCLUSIVE);
        UserPages.put(core, shared);
    }

    @Test
    void dumpLeavesOutWhatWasNeverTouched() {
        long address = map(2, Prot.READ_WRITE);
        assertThat(get(address, 1, FollBits.FOLL_DUMP)).isEqualTo(-Errno.EFAULT);
        assertThat(cpu.loadLong(address)).isZero();
        assertThat(get(address, 1, FollBits.FOLL_DUMP)).as("the zero page").isEqualTo(-Errno.EFAULT);
        cpu.storeLong(address, 1);
        assertThat(get(address, 2, FollBits.FOLL_DUMP)).isOne();
        memory.putPages(gets);
    }

    @Test
    void nofaultNeverFaults() {
        long address = map(2, Prot.READ_WRITE);
        cpu.storeLong(address, 1);
        assertThat(pin(address, 2, FollBits.FOLL_NOFAULT)).isOne();
        assertThat(pins.stopReason()).isEqualTo(Errno.EFAULT);
        assertThat(pins.stopAddress()).isEqualTo(address + PAGE);
        memory.unpinUserPages(pins);
        assertThat(pin(address + PAGE, 1, FollBits.FOLL_NOFAULT)).isEqualTo(-Errno.EFAULT);
        assertThat(space.frameAt(address + PAGE)).isZero();
    }

    @Test
    void anInterruptEndsAnInterruptibleCall() {
        long address = map(2, Prot.READ_WRITE);
        Thread.currentThread().interrupt();
        try {
            assertThat(pin(address, 2, FollBits.FOLL_WRITE)).as("not asked to listen").isEqualTo(2);
            memory.unpinUserPages(pins);
            assertThat(pin(address, 2, FollBits.FOLL_INTERRUPTIBLE)).isEqualTo(-Errno.EINTR);
            assertThat(Thread.currentThread().isInterrupted()).as("kept for the caller").isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void longtermFaultsOutsideMovableAndRefusesWhatIsThere() {
        long address = map(4, Prot.READ_WRITE);
        try (MmapGuard guard = space.readLock()) {
            assertThat(Gup.pinLongtermPages(space, guard, address, 2, FollBits.FOLL_WRITE, pins)).isEqualTo(2);
        }
        assertThat(memory.isLongtermPinnable(pins.pfn(0))).isTrue();
        assertThat(memory.isLongtermPinnable(pins.pfn(1))).isTrue();
        memory.unpinUserPages(pins);
        cpu.storeLong(address + 2 * PAGE, 1);
        long movable = space.frameAt(address + 2 * PAGE);
        assertThat(memory.isLongtermPinnable(movable)).isFalse();
        long acquired = memory.vmStat().nrFollPinAcquired();
        try (MmapGuard guard = space.readLock()) {
            assertThat(Gup.pinLongtermPages(space, guard, address, 4, 0, pins)).as("a prefix does not win here")
                    .isEqualTo(-Errno.ENOMEM);
        }
        assertThat(pins.size()).isZero();
        assertThat(refs(space.frameAt(address))).isOne();
        assertThat(refs(movable)).isOne();
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo(acquired + 2);
        assertThat(pin(address, 4, 0)).as("without LONGTERM it is no question").isEqualTo(4);
        memory.unpinUserPages(pins);
    }

    @Test
    void aFullCountIsNoMemoryAndNotALoop() {
        long address = map(3, Prot.READ_WRITE);
        for (int i = 0; i < 3; i++) {
            cpu.storeLong(address + i * PAGE, 1);
        }
        long record = core.recordAddress(space.frameAt(address + PAGE));
        for (int count : new int[]{-1, Integer.MIN_VALUE, 0}) {
            PageRefs.add(record, count - PageRefs.refCount(record));
            assertThat(pin(address, 3, 0)).isOne();
            assertThat(pins.stopReason()).isEqualTo(Errno.ENOMEM);
            memory.unpinUserPages(pins);
            assertThat(get(address + PAGE, 1, 0)).isEqualTo(-Errno.ENOMEM);
            try (MmapGuard guard = space.readLock()) {
                assertThat(Gup.getUserPages(space, guard, address + PAGE, 1, 0, null)).as("faulted in only")
                        .isEqualTo(-Errno.ENOMEM);
                assertThat(Gup.getUserPages(space, guard, address, 3, 0, null)).isOne();
            }
            assertThat(PageRefs.refCount(record)).isEqualTo(count);
        }
        PageRefs.unfreeze(record, 1);
    }

    @Test
    @Tag("wide") // more than the tiny page tables have
    void noFrameLeftIsNoMemory() {
        long address = map((int) (RAM / PAGE), Prot.READ_WRITE);
        int all = Gup.getUserPagesUnlocked(space, address, (int) (RAM / PAGE), FollBits.FOLL_WRITE, null);
        assertThat(all).isBetween(1, (int) (RAM / PAGE) - 1);
        assertThat(get(address + (long) all * PAGE, 1, FollBits.FOLL_WRITE)).isEqualTo(-Errno.ENOMEM);
        assertThat(get(address + (long) (all - 1) * PAGE, 2, FollBits.FOLL_WRITE)).isOne();
        assertThat(gets.stopReason()).isEqualTo(Errno.ENOMEM);
        memory.putPages(gets);
    }

    @Test
    void touchMarksWhatGetLooksAtAndPinUserPagesDoesNot() {
        long address = map(1, Prot.READ_WRITE);
        cpu.storeLong(address, 1);
        long record = core.recordAddress(space.frameAt(address));
        PageFlags.clear(record, PageFlags.REFERENCED | PageFlags.DIRTY);
        assertThat(pin(address, 1, FollBits.FOLL_WRITE)).isOne();
        memory.unpinUserPages(pins);
        assertThat(PageFlags.test(record, PageFlags.REFERENCED)).isFalse();
        assertThat(get(address, 1, FollBits.FOLL_WRITE)).isOne();
        memory.putPages(gets);
        assertThat(PageFlags.test(record, PageFlags.REFERENCED)).isTrue();
        assertThat(PageFlags.test(record, PageFlags.DIRTY)).as("the entry is dirty already").isFalse();
    }

    @Test
    void aReadOnlyPinUnsharesFirst() {
        long address = map(1, Prot.READ_WRITE);
        cpu.storeLong(address, 4711);
        assertThat(space.mprotect(address, PAGE, Prot.READ)).isZero();
        long shared = space.frameAt(address);
        long record = core.recordAddress(shared);
        PageFlags.clear(record, PageFlags.ANON_EXCLUSIVE);
        PageRefs.add(record, 1); // another owner has it, too: it must be copied
        assertThat(get(address, 1, 0)).isOne();
        assertThat(gets.pfn(0)).as("a get takes it as it is").isEqualTo(shared);
        memory.putPages(gets);
        assertThat(pin(address, 1, 0)).isOne();
        assertThat(pins.pfn(0)).isNotEqualTo(shared);
        assertThat(cpu.loadLong(address)).isEqualTo(4711);
        assertThat(space.frameAt(address)).as("I6").isEqualTo(pins.pfn(0));
        memory.unpinUserPages(pins);
        PageFlags.set(record, PageFlags.ANON_EXCLUSIVE);
        UserPages.put(core, shared);
    }

    @Test
    void everyPinSetsHasPinnedAndNoGetDoes() {
        long address = map(1, Prot.READ_WRITE);
        assertThat(get(address, 1, 0)).isOne();
        memory.putPages(gets);
        long word = Bridge.control(space) + MmControl.MM_FLAGS;
        assertThat(Words.getLongVolatile(word) & MmControl.HAS_PINNED).isZero();
        assertThat(space.pinUserPagesUnlocked(address, 1, GupOptions.READ, pins)).isOne();
        memory.unpinUserPages(pins);
        assertThat(Words.getLongVolatile(word) & MmControl.HAS_PINNED).isNotZero();
    }
}
