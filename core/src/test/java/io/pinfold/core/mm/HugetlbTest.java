package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Reserved huge pages: what mmap takes and refuses, faults by leaves, copies of whole pages, the slow path's one grab.
 */
class HugetlbTest extends MmTest {
    private static final long BYTES = Geometry.levelBytes(Geometry.PMD);
    private static final int PAGES = (int) Geometry.leafPages(Geometry.PMD);
    private static final long HUGE = 4 * BYTES;
    private static final int PRIVATE_HUGE = PRIVATE | MapFlags.HUGETLB;
    private static final int SHARED_HUGE = SHARED | MapFlags.HUGETLB;

    private Cpu cpu;
    private PageBatch<Hold.Get> getBatch;
    private PageBatch<Hold.Pin> pinBatch;

    @Override
    MemoryOptions options() {
        return MemoryOptions.ofRam(64L << 20).withMovableBytes(16L << 20);
    }

    @BeforeEach
    void open() {
        cpu = space.openCpu();
        getBatch = memory.newPageBatch(4 * PAGES);
        pinBatch = memory.newPageBatch(4 * PAGES);
    }

    @AfterEach
    void close() {
        assertThat(MemoryAudit.check(memory)).isEmpty();
        assertThat(SpaceAudit.check(memory, List.of(space))).isEmpty();
        getBatch.close();
        pinBatch.close();
        cpu.close();
    }

    private long mapHuge(int pages, int prot, int flags) {
        assertThat(space.mmap(HUGE, pages * BYTES, prot, flags | MapFlags.FIXED)).isEqualTo(HUGE);
        return HUGE;
    }

    /** Takes every free block of a huge page. */
    private List<Long> takeAll() {
        List<Long> taken = new ArrayList<>();
        for (long pfn; (pfn = core.blocks().allocate(Geometry.leafOrder(Geometry.PMD), Blocks.MOVABLE_FIRST)) > 0;) {
            taken.add(pfn);
        }
        return taken;
    }

    private void giveBack(List<Long> taken) {
        taken.forEach(pfn -> UserPages.put(core, pfn));
    }

    private int pin(long address, int pages, int flags) {
        return Gup.pinUserPagesUnlocked(space, address, pages, flags, pinBatch);
    }

    @Test
    void sizesAndAlignment() {
        assertThat(MapFlags.hugeSize(Geometry.PMD) == MapFlags.HUGE_2MB).isEqualTo(BYTES == 2 << 20);
        assertThat(MapFlags.hugeSize(Geometry.PUD) == MapFlags.HUGE_1GB)
                .isEqualTo(Geometry.levelBytes(Geometry.PUD) == 1 << 30);
        long address = space.mmap(0, 1, RW, PRIVATE_HUGE | MapFlags.hugeSize(Geometry.PMD));
        assertThat(address % BYTES).isZero();
        assertThat(memory.vmStat().allocatedFrames()).as("rounded up, and taken at once").isEqualTo(PAGES);
        assertThat(space.mmap(HUGE + 1, 1, RW, PRIVATE_HUGE)).as("a hint").isEqualTo(HUGE + BYTES);
        assertThat(space.mmap(HUGE + PAGE, BYTES, RW, PRIVATE_HUGE | MapFlags.FIXED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, BYTES, RW, PRIVATE_HUGE | 13 << MapFlags.HUGE_SHIFT)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, BYTES, RW, PRIVATE | MapFlags.HUGE_2MB)).as("a size, but no HUGETLB")
                .isEqualTo(-Errno.EINVAL);
        try (SharedMemory small = SharedMemory.create(memory, PAGE)) {
            assertThat(space.mmap(0, PAGE, RW, MapFlags.SHARED | MapFlags.HUGETLB, small, 0)).isEqualTo(-Errno.EINVAL);
        }
        try (HugetlbMemory object = HugetlbMemory.create(memory, 2 * BYTES, Geometry.PMD)) {
            assertThat(space.mmap(0, BYTES, RW, MapFlags.SHARED, object, 1)).isEqualTo(-Errno.EINVAL);
            assertThat(space.mmap(0, BYTES, RW, MapFlags.SHARED | MapFlags.HUGETLB, object, PAGES) % BYTES).isZero();
        }
        assertThatThrownBy(() -> HugetlbMemory.create(memory, 0, Geometry.PMD))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HugetlbMemory.create(memory, 1, Geometry.PTE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aStoreMapsAPageOfTheReservationByALeaf() {
        mapHuge(2, RW, PRIVATE_HUGE);
        long allocated = memory.vmStat().allocatedFrames();
        cpu.storeLong(HUGE + 3 * PAGE, 7);
        long entry = space.entryAt(HUGE);
        assertThat(Entry.isHuge(entry)).isTrue();
        assertThat(Entry.accessPermitted(entry, true)).isTrue();
        assertThat(Entry.isDirty(entry)).isTrue();
        assertThat(Entry.isDeposited(entry)).as("is never split").isFalse();
        PageInfo head = pageAt(space, HUGE);
        assertThat(head.refCount()).isOne();
        assertThat(head.entireMapCount()).isOne();
        assertThat(head.mapping()).isEqualTo(MappingWord.of(space.id(), MappingWord.ANON | MappingWord.HUGETLB));
        assertThat(head.index()).isEqualTo(HUGE >>> Geometry.PAGE_SHIFT);
        assertThat(head.flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
        assertThat(cpu.loadLong(HUGE + 3 * PAGE)).isEqualTo(7);
        assertThat(cpu.loadLong(HUGE + BYTES - 8)).isZero();
        assertThat(cpu.loadLong(HUGE + BYTES)).as("a load gets a page too: there is no zero page").isZero();
        assertThat(Entry.isWritable(space.entryAt(HUGE + BYTES))).isFalse();
        long second = space.frameAt(HUGE + BYTES);
        cpu.storeLong(HUGE + BYTES, 8);
        assertThat(space.frameAt(HUGE + BYTES)).as("exclusive: in place").isEqualTo(second);
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(allocated);
    }

    @Test
    void aUsedFrameIsZeroedAgain() {
        mapHuge(1, RW, PRIVATE_HUGE);
        cpu.fill(HUGE, BYTES, (byte) 0x5A);
        long frame = space.frameAt(HUGE);
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        mapHuge(1, RW, PRIVATE_HUGE);
        byte[] page = new byte[PAGE];
        for (int i = 0; i < PAGES; i++) {
            cpu.copyOut(HUGE + (long) i * PAGE, page, 0, PAGE);
            assertThat(page).containsOnly(0);
        }
        assertThat(space.frameAt(HUGE)).as("free lists are stacks").isEqualTo(frame);
    }

    @Test
    void whatIsReservedIsThereWhateverHappens() {
        mapHuge(3, RW, PRIVATE_HUGE);
        List<Long> taken = takeAll();
        for (int i = 0; i < 3; i++) {
            cpu.storeLong(HUGE + i * BYTES, i);
        }
        assertThat(space.mmap(0, BYTES, RW, PRIVATE_HUGE)).as("all or nothing").isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(HUGE, BYTES, RW, PRIVATE_HUGE | MapFlags.FIXED)).isEqualTo(-Errno.ENOMEM);
        assertThat(cpu.loadLong(HUGE + BYTES)).as("a refused mmap changes nothing").isOne();
        assertThatThrownBy(() -> HugetlbMemory.create(memory, BYTES, Geometry.PMD))
                .isInstanceOf(OutOfFramesException.class);
        assertThat(space.mmap(0, 1L << 40, RW, PRIVATE_HUGE)).isEqualTo(-Errno.ENOMEM);
        giveBack(taken);
    }

    /**
     * Fails the k-th allocation of a table, for every k: the page that was taken out of the reservation goes back to
     * it.
     */
    @Test
    void aPageThatHasNoTableStaysReserved() {
        mapHuge(1, RW, PRIVATE_HUGE);
        long reserved = userPages(memory).stream().filter(page -> page.order() > 0).findFirst().orElseThrow().pfn();
        List<Long> taken = takeAll();
        for (long pfn; (pfn = core.blocks().allocate(0, Blocks.MOVABLE_FIRST)) > 0;) {
            taken.add(pfn);
        }
        List<Long> tables = new ArrayList<>();
        for (long pfn; (pfn = core.blocks().allocateTable(0, 0, 0)) > 0;) {
            tables.add(pfn);
        }
        int missing = 0;
        while (space.frameAt(HUGE) == 0) {
            try {
                cpu.storeLong(HUGE, 7);
            } catch (OutOfFramesException e) {
                missing++;
                core.blocks().freeTable(tables.removeLast());
            }
        }
        assertThat(missing).as("tables below the root").isEqualTo(Geometry.LEVELS - 1 - Geometry.PMD);
        assertThat(space.frameAt(HUGE)).as("the reserved page").isEqualTo(reserved);
        assertThat(cpu.loadLong(HUGE)).isEqualTo(7);
        tables.forEach(core.blocks()::freeTable);
        giveBack(taken);
    }

    /** The shared page is taken out of the mapping while a store copies it: the copy is not for what is mapped now. */
    @Test
    void aCopyThatComesTooLateIsGivenBack() throws Exception {
        try (HugetlbMemory object = HugetlbMemory.create(memory, BYTES, Geometry.PMD)) {
            assertThat(space.mmap(HUGE, BYTES, RW, MapFlags.SHARED | MapFlags.FIXED, object, 0)).isEqualTo(HUGE);
            cpu.storeLong(HUGE, 7);
            assertThat(space.munmap(HUGE, BYTES)).isZero();
            long record = core.recordAddress(object.frameOf(0));
            for (int round = 0; round < 200; round++) {
                assertThat(space.mmap(HUGE, BYTES, RW, MapFlags.PRIVATE | MapFlags.FIXED, object, 0)).isEqualTo(HUGE);
                assertThat(cpu.loadLong(HUGE)).as("the object's page, read-only").isEqualTo(7);
                assertThat(PageRefs.refCount(record)).isEqualTo(2);
                FutureTask<Integer> other = new FutureTask<>(() -> {
                    while (PageRefs.refCount(record) == 2) { // until the copy has begun
                        Thread.onSpinWait();
                    }
                    return space.madvise(HUGE, BYTES, AddressSpace.MADV_DONTNEED);
                });
                Thread.ofPlatform().daemon().start(other);
                cpu.storeLong(HUGE + PAGE, 8);
                assertThat(other.get()).isZero();
                assertThat(cpu.loadLong(HUGE)).isEqualTo(7);
                assertThat(space.munmap(HUGE, BYTES)).isZero();
                assertThat(memory.vmStat().allocatedFrames()).as("round %d: the object alone", round).isEqualTo(PAGES);
            }
        }
    }

    @Test
    void twoThatFaultOnThePageTakeOne() throws Exception {
        for (int round = 0; round < 20; round++) {
            mapHuge(2, RW, PRIVATE_HUGE);
            List<Long> taken = takeAll();
            FutureTask<Void> other = new FutureTask<>(() -> {
                try (Cpu second = space.openCpu()) {
                    second.storeLong(HUGE + 8, 1);
                    second.storeLong(HUGE + BYTES + 8, 1);
                }
            }, null);
            Thread.ofPlatform().start(other);
            cpu.storeLong(HUGE, 2);
            cpu.storeLong(HUGE + BYTES, 2);
            other.get();
            assertThat(cpu.loadLong(HUGE + 8) + cpu.loadLong(HUGE + BYTES)).isEqualTo(3);
            giveBack(taken);
            assertThat(space.munmap(HUGE, 2 * BYTES)).isZero();
        }
    }

    @Test
    void partsGoByWholePages() {
        mapHuge(3, RW, PRIVATE_HUGE);
        cpu.storeLong(HUGE + BYTES, 1);
        assertThat(space.munmap(HUGE + PAGE, BYTES)).isEqualTo(-Errno.EINVAL);
        assertThat(space.munmap(HUGE, BYTES + PAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mprotect(HUGE, BYTES + PAGE, Prot.READ)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(HUGE + PAGE, BYTES, AddressSpace.MADV_DONTNEED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(HUGE, PAGE, AddressSpace.MADV_HUGEPAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(HUGE + PAGE, PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mappings()).isOne();
        assertThat(cpu.loadLong(HUGE + BYTES)).isOne();
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(3 * PAGES);
        assertThat(space.munmap(HUGE + BYTES, BYTES)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(2 * PAGES);
        assertThat(space.munmap(HUGE, BYTES)).as("never touched: the reservation goes").isZero();
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(PAGES);
        cpu.storeLong(HUGE + 2 * BYTES, 1);
    }

    /** What is unmapped untouched is free at once, whatever lies beside it; what stays mapped stays reserved. */
    @Test
    void everyPartGivesItsReservationBack() {
        int count = 4;
        for (int mask = 1; mask < 1 << count; mask++) {
            mapHuge(count, RW, PRIVATE_HUGE);
            int left = count;
            for (int page = 0; page < count; page++) {
                if ((mask & 1 << page) != 0) {
                    assertThat(space.munmap(HUGE + page * BYTES, BYTES)).isZero();
                    left--;
                    assertThat(memory.vmStat().allocatedFrames())
                            .as("page %d of %s", page, Integer.toBinaryString(mask))
                            .isEqualTo((long) left * PAGES);
                }
            }
            List<Long> taken = takeAll();
            for (int page = 0; page < count; page++) {
                if ((mask & 1 << page) == 0) {
                    cpu.storeLong(HUGE + page * BYTES, 1);
                }
            }
            giveBack(taken);
            assertThat(space.munmap(HUGE, count * BYTES)).isZero();
            assertThat(memory.vmStat().allocatedFrames()).isZero();
        }
    }

    @Test
    void discardedPagesAreNoLongerReserved() {
        mapHuge(2, RW, PRIVATE_HUGE);
        cpu.storeLong(HUGE, 1);
        assertThat(space.madvise(HUGE, BYTES + PAGE, AddressSpace.MADV_DONTNEED)).as("whole pages only").isZero();
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(PAGES);
        assertThat(cpu.loadLong(HUGE)).isZero();
        assertThat(space.madvise(HUGE, BYTES, AddressSpace.MADV_DONTNEED)).isZero();
        List<Long> taken = takeAll();
        assertThatThrownBy(() -> cpu.storeLong(HUGE, 1)).isInstanceOf(OutOfFramesException.class);
        giveBack(taken);
        cpu.storeLong(HUGE, 1);
    }

    @Test
    void protectionOfWholePages() {
        mapHuge(2, RW, PRIVATE_HUGE);
        cpu.storeLong(HUGE, 1);
        cpu.storeLong(HUGE + BYTES, 2);
        assertThat(space.mprotect(HUGE, BYTES, Prot.NONE)).isZero();
        assertThatThrownBy(() -> cpu.loadLong(HUGE)).isInstanceOf(SegmentationFault.class);
        cpu.storeLong(HUGE + BYTES, 3);
        assertThat(space.mprotect(HUGE, BYTES, RW)).isZero();
        assertThat(Entry.isWritable(space.entryAt(HUGE))).isTrue();
        assertThat(cpu.loadLong(HUGE)).isOne();
        assertThat(space.mappings()).as("hugetlb never joins").isEqualTo(2);
    }

    @Test
    void oneGrabForWhatIsWantedOfAHugePage() {
        mapHuge(3, RW, PRIVATE_HUGE);
        int first = PAGES - 3;
        long address = HUGE + (long) first * PAGE;
        assertThat(pin(address, PAGES + 5, FollFlags.FOLL_WRITE)).isEqualTo(PAGES + 5);
        long[] heads = {space.frameAt(HUGE), space.frameAt(HUGE + BYTES), space.frameAt(HUGE + 2 * BYTES)};
        assertThat(pinBatch.pfn(0)).isEqualTo(heads[0] + first);
        assertThat(pinBatch.pfn(3)).isEqualTo(heads[1]);
        assertThat(pinBatch.pfn(3 + PAGES)).isEqualTo(heads[2]);
        assertThat(memory.page(heads[0]).pinCount()).isEqualTo(3);
        assertThat(memory.page(heads[1]).pinCount()).isEqualTo(PAGES);
        assertThat(memory.page(heads[1]).refCount()).isEqualTo(1 + PAGES);
        assertThat(memory.page(heads[2]).pinCount()).isEqualTo(2);
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo(PAGES + 5);
        assertThat(space.munmap(HUGE, 3 * BYTES)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).as("pins keep the pages").isEqualTo(3 * PAGES);
        memory.unpinUserPages(pinBatch);
        assertThat(memory.vmStat().allocatedFrames()).isZero();
        assertThat(memory.vmStat().nrFollPinReleased()).isEqualTo(PAGES + 5);
    }

    @Test
    void theMappingEndsTheCall() {
        mapHuge(1, RW, PRIVATE_HUGE);
        assertThat(space.getUserPagesUnlocked(HUGE + BYTES - 2 * PAGE, 5, GupOptions.READ, getBatch)).isEqualTo(2);
        assertThat(getBatch.stopReason()).isEqualTo(Errno.EFAULT);
        assertThat(getBatch.stopAddress()).isEqualTo(HUGE + BYTES);
        memory.putPages(getBatch);
        assertThat(Gup.getUserPagesUnlocked(space, HUGE, PAGES, FollFlags.FOLL_WRITE, null)).isEqualTo(PAGES);
        assertThat(Entry.isWritable(space.entryAt(HUGE))).isTrue();
    }

    /** A mapping that is longer than its object: behind the end there is nothing to dump, to get or to load. */
    @Test
    void behindTheEndOfTheObjectIsNothing() {
        try (HugetlbMemory object = HugetlbMemory.create(memory, BYTES, Geometry.PMD)) {
            assertThat(space.mmap(HUGE, 3 * BYTES, RW, MapFlags.SHARED | MapFlags.FIXED, object, 0)).isEqualTo(HUGE);
            for (int flags : new int[]{FollFlags.FOLL_DUMP, 0, FollFlags.FOLL_NOFAULT, FollFlags.FOLL_WRITE}) {
                for (long behind = BYTES; behind < 3 * BYTES; behind += BYTES - PAGE) {
                    assertThat(Gup.getUserPagesUnlocked(space, HUGE + behind, 1, flags, getBatch))
                            .as("flags 0x%x, 0x%x behind", flags, behind).isEqualTo(-Errno.EFAULT);
                }
            }
            cpu.storeLong(HUGE + BYTES - Long.BYTES, 1);
            assertThat(Gup.getUserPagesUnlocked(space, HUGE + BYTES - PAGE, 2, FollFlags.FOLL_DUMP, getBatch)).isOne();
            assertThat(getBatch.stopReason()).isEqualTo(Errno.EFAULT);
            memory.putPages(getBatch);
            assertThat(space.munmap(HUGE, 3 * BYTES)).isZero();
        }
    }

    @Test
    void flagsOfTheSlowPath() {
        mapHuge(2, RW, PRIVATE_HUGE);
        assertThat(pin(HUGE, 1, FollFlags.FOLL_NOFAULT)).isEqualTo(-Errno.EFAULT);
        assertThat(Gup.getUserPagesUnlocked(space, HUGE, 1, FollFlags.FOLL_DUMP, getBatch)).as("a hole")
                .isEqualTo(-Errno.EFAULT);
        assertThat(pin(HUGE, 1, FollFlags.FOLL_ANON)).isEqualTo(-Errno.EFAULT);
        cpu.storeLong(HUGE, 1);
        assertThat(pin(HUGE, 3, FollFlags.FOLL_NOFAULT)).isEqualTo(3);
        memory.unpinUserPages(pinBatch);
        assertThat(space.mprotect(HUGE, 2 * BYTES, Prot.READ)).isZero();
        assertThat(pin(HUGE, 1, FollFlags.FOLL_WRITE | FollFlags.FOLL_FORCE)).as("not on huge pages")
                .isEqualTo(-Errno.EFAULT);
        assertThat(pin(HUGE, 2, FollFlags.FOLL_SPLIT_PMD)).as("is not split").isEqualTo(2);
        assertThat(Entry.isHuge(space.entryAt(HUGE))).isTrue();
        memory.unpinUserPages(pinBatch);
    }

    @Test
    void extentsOfWholeHugePages() {
        mapHuge(2, RW, PRIVATE_HUGE);
        try (ExtentBatch<Hold.Pin> extents = memory.newExtentBatch(2)) {
            assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 2 * PAGES - 1, GupOptions.WRITE, extents))
                    .isEqualTo(2 * PAGES - 1);
            assertThat(extents.firstPfn(0)).isEqualTo(space.frameAt(HUGE) + 1);
            memory.unpinUserPages(extents);
        }
        try (ExtentBatch<Hold.Pin> one = memory.newExtentBatch(1)) {
            map(2, 1, RW, PRIVATE);
            cpu.storeLong(HUGE, 1);
            int n = space.pinUserPagesUnlocked(HUGE, 2 * PAGES, GupOptions.WRITE, one);
            long pinned = memory.page(space.frameAt(HUGE)).pinCount()
                    + memory.page(space.frameAt(HUGE + BYTES)).pinCount();
            assertThat(pinned).as("neighbouring frames make one extent, others end the call").isEqualTo(n);
            memory.unpinUserPages(one);
        }
    }

    @Test
    void longtermPinsWantFramesThatNeedNotMove() {
        mapHuge(1, RW, PRIVATE_HUGE);
        try (MmapGuard guard = space.readLock()) {
            assertThat(Gup.pinLongtermPages(space, guard, HUGE, 4, FollFlags.FOLL_WRITE, pinBatch)).isEqualTo(4);
        }
        memory.unpinUserPages(pinBatch);
        List<Long> taken = new ArrayList<>();
        for (long pfn; (pfn = core.blocks().allocate(Geometry.leafOrder(Geometry.PMD), Blocks.NORMAL)) > 0;) {
            taken.add(pfn);
        }
        long movable = space.mmap(0, BYTES, RW, PRIVATE_HUGE);
        cpu.storeLong(movable, 1);
        assertThat(memory.zoneOf(space.frameAt(movable))).isEqualTo(ZoneKind.MOVABLE);
        try (MmapGuard guard = space.readLock()) {
            assertThat(Gup.pinLongtermPages(space, guard, movable, 4, 0, pinBatch)).isEqualTo(-Errno.ENOMEM);
        }
        assertThat(memory.page(space.frameAt(movable)).pinCount()).isZero();
        giveBack(taken);
    }

    @Test
    void mappingsOfAnObjectShareItsPages() {
        try (HugetlbMemory object = HugetlbMemory.create(memory, 2 * BYTES, Geometry.PMD);
                AddressSpace other = AddressSpace.create(memory);
                Cpu second = other.openCpu()) {
            assertThat(memory.vmStat().allocatedFrames()).isEqualTo(2 * PAGES);
            long here = space.mmap(0, 2 * BYTES, RW, MapFlags.SHARED, object, 0);
            long there = other.mmap(0, BYTES, RW, MapFlags.SHARED, object, PAGES);
            cpu.storeLong(here + BYTES + 8, 5);
            assertThat(second.loadLong(there + 8)).isEqualTo(5);
            PageInfo head = memory.page(object.frameOf(1));
            assertThat(head.refCount()).isEqualTo(3);
            assertThat(head.entireMapCount()).isEqualTo(2);
            assertThat(MappingWord.isAnonymous(head.mapping())).isFalse();
            assertThat(cpu.loadLong(here)).isZero();
            assertThat(Entry.isWritable(space.entryAt(here))).isTrue();
            assertThat(space.munmap(here, 2 * BYTES)).isZero();
            assertThat(second.loadLong(there + 8)).isEqualTo(5);
            assertThat(memory.page(object.frameOf(1)).flags() & PageFlags.DIRTY).isNotZero();
            long beyond = space.mmap(0, 3 * BYTES, RW, MapFlags.SHARED, object, 0);
            assertThatThrownBy(() -> cpu.loadLong(beyond + 2 * BYTES)).isInstanceOf(SegmentationFault.class);
            assertThat(cpu.loadLong(beyond + BYTES + 8)).as("data outlives the mapping").isEqualTo(5);
        }
    }

    @Test
    void anUnnamedSharedMappingLivesAsLongAsItsParts() {
        mapHuge(2, RW, SHARED_HUGE);
        cpu.storeLong(HUGE, 1);
        long allocated = memory.vmStat().allocatedFrames();
        assertThat(space.munmap(HUGE + BYTES, BYTES)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).as("a part of a shared one gives nothing back")
                .isEqualTo(allocated);
        assertThat(cpu.loadLong(HUGE)).isOne();
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }

    @Test
    void aPrivateStoreCopiesTheWholePage() {
        try (HugetlbMemory object = HugetlbMemory.create(memory, 2 * BYTES, Geometry.PMD)) {
            long shared = space.mmap(0, BYTES, RW, MapFlags.SHARED, object, 0);
            long own = space.mmap(0, 2 * BYTES, RW, MapFlags.PRIVATE, object, 0);
            cpu.storeLong(shared + BYTES - 8, 9);
            assertThat(cpu.loadLong(own + BYTES - 8)).isEqualTo(9);
            assertThat(space.frameAt(own)).isEqualTo(object.frameOf(0));
            assertThat(pin(own, 1, 0)).as("an object's page is pinned as it is").isOne();
            assertThat(pinBatch.pfn(0)).isEqualTo(object.frameOf(0));
            memory.unpinUserPages(pinBatch);
            cpu.storeLong(own, 1);
            assertThat(space.frameAt(own)).isNotEqualTo(object.frameOf(0));
            assertThat(cpu.loadLong(own + BYTES - 8)).isEqualTo(9);
            assertThat(cpu.loadLong(shared)).isZero();
            cpu.storeLong(own + BYTES, 2);
            assertThat(space.frameAt(own + BYTES)).as("what is not shared yet is not taken from the object")
                    .isNotEqualTo(object.frameOf(1));
            assertThat(memory.page(object.frameOf(0)).refCount()).isEqualTo(2);
        }
    }

    @Test
    void aStoreToAPageThatIsThereInTheObjectCopiesAtOnce() {
        try (HugetlbMemory object = HugetlbMemory.create(memory, BYTES, Geometry.PMD)) {
            long shared = space.mmap(0, BYTES, RW, MapFlags.SHARED, object, 0);
            cpu.storeLong(shared + 8, 9);
            long own = space.mmap(0, BYTES, RW, MapFlags.PRIVATE, object, 0);
            cpu.storeLong(own, 1);
            assertThat(cpu.loadLong(own + 8)).isEqualTo(9);
            assertThat(cpu.loadLong(shared)).isZero();
            List<Long> taken = takeAll();
            long third = space.mmap(0, BYTES, RW, MapFlags.PRIVATE, object, 0);
            assertThat(cpu.loadLong(third + 8)).isEqualTo(9);
            assertThatThrownBy(() -> cpu.storeLong(third, 1)).as("copies are not reserved")
                    .isInstanceOf(OutOfFramesException.class);
            giveBack(taken);
        }
    }

    /** R15, I9: a reader who holds only a reference, as after a fork and an unmap, must not see later stores. */
    @Test
    void referencesAndNotMappingsDecideAboutTheCopy() {
        mapHuge(1, RW, PRIVATE_HUGE);
        cpu.storeLong(HUGE, 1);
        long head = space.frameAt(HUGE);
        long record = core.recordAddress(head);
        for (boolean isHeld : new boolean[]{true, false}) {
            PageFlags.clear(core.recordAddress(space.frameAt(HUGE)), PageFlags.ANON_EXCLUSIVE);
            assertThat(space.mprotect(HUGE, BYTES, Prot.READ)).isZero();
            assertThat(space.mprotect(HUGE, BYTES, RW)).isZero();
            long before = space.frameAt(HUGE);
            if (isHeld) {
                PageRefs.getPage(record);
            }
            cpu.storeLong(HUGE, 2);
            assertThat(space.frameAt(HUGE) == before).isNotEqualTo(isHeld);
            assertThat(cpu.loadLong(HUGE)).isEqualTo(2);
        }
        assertThat(memory.page(head).refCount()).isOne();
        UserPages.put(core, head);
        assertThat(pageAt(space, HUGE).flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
    }

    @Test
    void aReadOnlyPinOfASharedPageUnsharesItFirst() {
        mapHuge(1, RW, PRIVATE_HUGE);
        cpu.storeLong(HUGE + 8, 1);
        long head = space.frameAt(HUGE);
        PageRefs.getPage(core.recordAddress(head));
        PageFlags.clear(core.recordAddress(head), PageFlags.ANON_EXCLUSIVE);
        assertThat(space.mprotect(HUGE, BYTES, Prot.READ)).isZero();
        assertThat(pin(HUGE, PAGES, 0)).isEqualTo(PAGES);
        assertThat(pinBatch.pfn(0)).isNotEqualTo(head).isEqualTo(space.frameAt(HUGE));
        assertThat(Entry.isWritable(space.entryAt(HUGE))).isFalse();
        assertThat(cpu.loadLong(HUGE + 8)).isOne();
        memory.unpinUserPages(pinBatch);
        UserPages.put(core, head);
    }

    @Test
    void poisonTakesTheWholeLeaf() {
        mapHuge(2, RW, PRIVATE_HUGE);
        cpu.storeLong(HUGE, 1);
        long frame = space.frameAt(HUGE) + 3;
        assertThat(space.madvise(HUGE + 3 * PAGE, PAGE, AddressSpace.MADV_HWPOISON)).isZero();
        assertThatThrownBy(() -> cpu.loadLong(HUGE)).isInstanceOf(SegmentationFault.class);
        assertThat(Gup.getUserPagesUnlocked(space, HUGE, 2, FollFlags.FOLL_HWPOISON, getBatch))
                .isEqualTo(-Errno.EHWPOISON);
        assertThat(memory.page(frame).type()).isEqualTo(PageType.RETIRED);
        assertThat(memory.vmStat().allocatedFrames()).as("its neighbours are free").isEqualTo(PAGES);
        cpu.storeLong(HUGE + BYTES, 1);
    }

    @Test
    void closeDropsWhatNobodyMaps() {
        HugetlbMemory object = HugetlbMemory.create(memory, BYTES, Geometry.PMD);
        long address = space.mmap(0, BYTES, RW, MapFlags.SHARED, object, 0);
        object.close();
        object.close();
        assertThatThrownBy(() -> space.mmap(0, BYTES, RW, MapFlags.SHARED, object, 0))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        cpu.storeLong(address, 1);
        assertThat(space.munmap(address, BYTES)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }

    @Test
    void aGigabyteByOneLeaf() {
        try (PhysicalMemory large = PhysicalMemory.open(MemoryOptions.ofRam(3L << 30).withMovableBytes(64L << 20))) {
            try (AddressSpace where = AddressSpace.create(large);
                    Cpu processor = where.openCpu();
                    ExtentBatch<Hold.Pin> extents = large.newExtentBatch(1)) {
                int pages = (int) Geometry.leafPages(Geometry.PUD);
                long bytes = Geometry.levelBytes(Geometry.PUD);
                long address = where.mmap(0, 1, RW, PRIVATE_HUGE | MapFlags.hugeSize(Geometry.PUD));
                assertThat(address).isPositive();
                assertThat(address % bytes).isZero();
                processor.storeLong(address + bytes - 8, 7);
                assertThat(Entry.isHuge(where.entryAt(address))).isTrue();
                assertThat(where.frameAt(address + PAGE)).isEqualTo(where.frameAt(address) + 1);
                assertThat(processor.loadLong(address + bytes - 8)).isEqualTo(7);
                assertThat(where.pinUserPagesUnlocked(address, pages, GupOptions.WRITE, extents)).isEqualTo(pages);
                assertThat(large.page(extents.firstPfn(0)).pinCount()).isEqualTo(pages);
                assertThat(where.munmap(address + BYTES, BYTES)).isEqualTo(-Errno.EINVAL);
                assertThat(where.munmap(address, bytes)).isZero();
                large.unpinUserPages(extents);
                assertThat(large.vmStat().allocatedFrames()).isZero();
                assertThat(where.mmap(0, 3L << 30, RW, PRIVATE_HUGE | MapFlags.hugeSize(Geometry.PUD)))
                        .isEqualTo(-Errno.ENOMEM);
            }
            assertNothingIsLeft(large);
        }
    }
}
