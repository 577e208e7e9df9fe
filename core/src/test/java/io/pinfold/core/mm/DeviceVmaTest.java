package io.pinfold.core.mm;

import static io.pinfold.core.device.DevPagemapType.COHERENT;
import static io.pinfold.core.device.DevPagemapType.FS_DAX;
import static io.pinfold.core.device.DevPagemapType.GENERIC;
import static io.pinfold.core.device.DevPagemapType.PCI_P2PDMA;
import static io.pinfold.core.kernel.FollFlags.FOLL_HWPOISON;
import static io.pinfold.core.kernel.FollFlags.FOLL_LONGTERM;
import static io.pinfold.core.kernel.FollFlags.FOLL_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class DeviceVmaTest extends DeviceTest {
    private static final long AREA = 4 * Geometry.levelBytes(Geometry.PMD);

    @ParameterizedTest
    @EnumSource(names = {"FS_DAX", "GENERIC"})
    void deviceEntriesHoldNothing(DevPagemapType type) {
        DevPagemap pagemap = pagemap(type);
        long address = map(space, object(pagemap, Geometry.PTE), BASE, 4, 1);
        long pfn = first(pagemap) + 3;
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address + 2 * PAGE, 42);
            assertThat(Words.getLong(core.frameAddress(pfn))).isEqualTo(42);
            assertThat(cpu.loadLong(address + 2 * PAGE)).isEqualTo(42);
        }
        long entry = space.entryAt(address + 2 * PAGE);
        assertThat(Entry.pfn(entry)).isEqualTo(pfn);
        assertThat(Entry.isDevmap(entry)).isTrue();
        assertThat(Entry.isSpecial(entry)).isTrue();
        assertThat(refs(pfn)).isEqualTo(1);
        assertThat(memory.page(pfn).mapCount()).isZero();
        assertThat(pagemap.references()).as("look-ups are over").isEqualTo(513);
        assertThat(MemoryAudit.check(memory)).isEmpty();
        assertThat(space.munmap(address, 4 * PAGE)).isZero();
        assertThat(refs(pfn)).isEqualTo(1);
        assertThat(freed).isEmpty();
    }

    @Test
    void anAlignedAreaIsMappedByOneLeafAndGoesAsAWhole() {
        DevPagemap pagemap = pagemap(GENERIC);
        DeviceObject object = object(pagemap, Geometry.PMD);
        int pages = (int) Geometry.leafPages(Geometry.PMD);
        long address = map(space, object, AREA, pages, 0);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address + 7 * PAGE, 1);
            long leaf = space.entryAt(address);
            assertThat(Entry.isHuge(leaf) && Entry.isDevmap(leaf) && !Entry.isSpecial(leaf)).isTrue();
            assertThat(space.frameAt(address + 9 * PAGE)).isEqualTo(first(pagemap) + 9);
            assertThat(memory.page(first(pagemap)).mapCount()).isZero();
            assertThat(space.munmap(address, PAGE)).isZero();
            assertThat(space.frameAt(address + 9 * PAGE)).as("no deposit, no split").isZero();
            assertThat(cpu.loadLong(address + 7 * PAGE)).as("comes back by a fault").isEqualTo(1);
            assertThat(Entry.isHuge(space.entryAt(address + 7 * PAGE))).isFalse();
            assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(SegmentationFault.class);
        }
        long elsewhere = map(space, object, AREA + Geometry.levelBytes(Geometry.PMD) + PAGE, pages - 1, 1);
        assertThat(pinAndUnpin(elsewhere, 1, FOLL_WRITE)).isEqualTo(1);
        assertThat(Entry.isHuge(space.entryAt(elsewhere))).as("not all of the area").isFalse();
    }

    @Test
    void theSameProtectionAndAdviceLeaveALeafThatCannotBeSplit() {
        DevPagemap pagemap = pagemap(GENERIC);
        int pages = (int) Geometry.leafPages(Geometry.PMD);
        long address = map(space, object(pagemap, Geometry.PMD), AREA, pages, 0);
        assertThat(pinAndUnpin(address, 1, FOLL_WRITE)).isEqualTo(1);
        long leaf = space.entryAt(address);
        assertThat(space.madvise(address, (long) pages * PAGE, AddressSpace.MADV_HUGEPAGE)).isZero();
        assertThat(space.mprotect(address + PAGE, PAGE, RW)).isZero();
        assertThat(space.madvise(address + PAGE, PAGE, AddressSpace.MADV_HUGEPAGE)).isZero();
        assertThat(space.entryAt(address)).isEqualTo(leaf);
        assertThat(space.mprotect(address + PAGE, PAGE, Prot.READ)).isZero();
        assertThat(space.frameAt(address)).as("a change that is one takes it out").isZero();
    }

    @Test
    void aFrameThatIsNotAlignedIsMappedByPtes() {
        DevPagemap pagemap = pagemap(GENERIC, 1024, 0);
        long address = map(space, object(pagemap, Geometry.PMD), AREA, Geometry.leafPages(Geometry.PMD), 1);
        assertThat(pinAndUnpin(address, 3, 0)).isEqualTo(3);
        assertThat(Entry.isHuge(space.entryAt(address))).isFalse();
        assertThat(space.frameAt(address)).isEqualTo(first(pagemap) + 1);
    }

    @Test
    void slowPinsCountAndTheLastPutTellsTheOwner() {
        DevPagemap pagemap = pagemap(FS_DAX);
        for (int level : new int[]{Geometry.PTE, Geometry.PMD}) {
            freed.clear();
            long address = map(space, object(pagemap, level), AREA, Geometry.leafPages(Geometry.PMD), 0);
            PageBatch<Hold.Pin> batch = memory.newPageBatch(3);
            assertThat(space.pinUserPagesUnlocked(address + 2 * PAGE, 3, GupOptions.WRITE, batch)).isEqualTo(3);
            assertThat(Entry.isHuge(space.entryAt(address + 2 * PAGE))).isEqualTo(level == Geometry.PMD);
            assertThat(batch.pfn(1)).isEqualTo(first(pagemap) + 3);
            assertThat(refs(first(pagemap) + 3)).isEqualTo(1025);
            assertThat(memory.page(first(pagemap) + 3).flags() & PageFlags.REFERENCED).isNotZero();
            assertThat(pagemap.references()).as("the look-ups' are put").isEqualTo(513);
            assertThat(MemoryAudit.check(memory)).isEmpty();
            assertThat(space.munmap(address, Geometry.levelBytes(Geometry.PMD))).isZero();
            assertThat(refs(first(pagemap) + 3)).as("the pin outlives the mapping").isEqualTo(1025);
            memory.unpinUserPages(batch);
            assertThat(refs(first(pagemap) + 3)).isEqualTo(1);
            assertThat(freed).containsExactlyInAnyOrder(first(pagemap) + 2, first(pagemap) + 3, first(pagemap) + 4);
            batch.close();
        }
    }

    /** Fork asks for HAS_PINNED: it must be there while the pin is only under way, in the middle of its fault. */
    @Test
    void hasPinnedComesBeforeTheFirstPin() {
        DevPagemap pagemap = pagemap(FS_DAX);
        long flags = Bridge.control(space) + MmControl.MM_FLAGS;
        List<Long> seen = new ArrayList<>();
        try (DeviceObject object = DeviceObject.create(memory, FS_DAX, 8, Geometry.PTE, page -> {
            seen.add(Words.getLongVolatile(flags) & MmControl.HAS_PINNED);
            return first(pagemap) + page;
        }); PageBatch<?> batch = memory.newPageBatch(2)) {
            long address = map(space, object, AREA, 8, 0);
            assertThat(space.getUserPagesUnlocked(address, 1, GupOptions.WRITE, Kinds.gets(batch))).isOne();
            memory.putPages(Kinds.gets(batch));
            assertThat(space.pinUserPagesUnlocked(address + PAGE, 1, GupOptions.WRITE, Kinds.pins(batch))).isOne();
            memory.unpinUserPages(Kinds.pins(batch));
            assertThat(seen).containsExactly(0L, MmControl.HAS_PINNED);
            object.shutDown();
        }
    }

    /** Faults on device memory do not wait for each other: another one maps the page while this one finds no memory. */
    @Test
    void noMemoryIsNoAnswerForAPageThatAnotherFaultHasMapped() {
        DevPagemap pagemap = pagemap(FS_DAX);
        List<Long> asked = new ArrayList<>();
        try (DeviceObject object = DeviceObject.create(memory, FS_DAX, 8, Geometry.PTE, page -> {
            asked.add(page);
            long address = AREA + page * PAGE;
            long table = PageTables.findOrAllocate(core, space.id(), space.mm().root(), address);
            PageTables.lock(core, table);
            long bits = Entry.PRESENT | Entry.USER | Entry.WRITE | Entry.ACCESSED | Entry.DEVMAP | Entry.SPECIAL;
            assertThat(Faults.installIfNone(core, table, address, Entry.make(first(pagemap) + page, bits))).isTrue();
            PageTables.unlock(core, table);
            return -Errno.ENOMEM;
        }); Cpu cpu = space.openCpu()) {
            long address = map(space, object, AREA, 8, 0);
            cpu.storeLong(address + PAGE, 7);
            assertThat(pinAndUnpin(address + 2 * PAGE, 1, FOLL_WRITE)).isOne();
            assertThat(asked).as("the second look found the page").containsExactly(1L, 2L);
            assertThat(Words.getLong(core.frameAddress(first(pagemap) + 1))).isEqualTo(7);
            object.shutDown();
        }
    }

    /** Without get or pin a device page is not given away, so prefaulting passes over it. */
    @Test
    void prefaultingSkipsDevicePages() {
        DevPagemap pagemap = pagemap(GENERIC);
        long address = map(space, object(pagemap, Geometry.PTE), BASE, 3, 0);
        assertThat(Gup.getUserPagesUnlocked(space, address, 3, 0, null)).isEqualTo(3);
        assertThat(space.frameAt(address + 2 * PAGE)).isEqualTo(first(pagemap) + 2);
        assertThat(refs(first(pagemap))).isEqualTo(1);
    }

    @Test
    void whoMayBePinnedForLong() {
        long dax = map(space, object(pagemap(FS_DAX), Geometry.PTE), BASE, 2, 0);
        assertThat(pinAndUnpin(dax, 2, FOLL_LONGTERM)).isEqualTo(-Errno.EOPNOTSUPP);
        assertThat(pinAndUnpin(dax, 2, 0)).isEqualTo(2);
        long generic = map(space, object(pagemap(GENERIC), Geometry.PTE), BASE + 8 * PAGE, 2, 0);
        assertThat(pinAndUnpin(generic, 2, FOLL_LONGTERM)).isEqualTo(2);
        long coherent = map(space, object(pagemap(COHERENT), Geometry.PTE), BASE + 16 * PAGE, 2, 0);
        assertThat(pinAndUnpin(coherent, 2, FOLL_LONGTERM)).as("until it can be migrated").isEqualTo(-Errno.ENOMEM);
        assertThat(pinAndUnpin(coherent, 2, 0)).isEqualTo(2);
    }

    @Test
    void coherentPagesAreMappedLikeRam() {
        DevPagemap pagemap = pagemap(COHERENT);
        long address = map(space, object(pagemap, Geometry.PMD), BASE, 2, 0);
        assertThat(pinAndUnpin(address, 2, FOLL_WRITE)).isEqualTo(2);
        assertThat(Entry.isDevmap(space.entryAt(address))).isFalse();
        assertThat(refs(first(pagemap))).isEqualTo(2);
        assertThat(memory.page(first(pagemap)).mapCount()).isEqualTo(1);
        assertThat(freed).as("still mapped").isEmpty();
        assertThat(space.madvise(address, PAGE, AddressSpace.MADV_HWPOISON)).as("its owner's business")
                .isEqualTo(-Errno.EBUSY);
        assertThat(MemoryAudit.check(memory)).isEmpty();
        assertThat(space.munmap(address, 2 * PAGE)).isZero();
        assertThat(refs(first(pagemap))).isEqualTo(1);
        assertThat(memory.page(first(pagemap)).mapCount()).isZero();
        assertThat(freed).containsExactlyInAnyOrder(first(pagemap), first(pagemap) + 1);
    }

    /** N13, its slow part: at once -EFAULT at the dying device, not the same useless fault again and again. */
    @Test
    void n13ADyingPagemapEndsTheSlowCallAtOnce() {
        DevPagemap pagemap = pagemap(GENERIC);
        long address = map(0, 4, RW, PRIVATE);
        map(space, object(pagemap, Geometry.PTE), address + 4 * PAGE, 4, 0);
        assertThat(pinAndUnpin(address, 8, FOLL_WRITE)).isEqualTo(8);
        pagemap.kill(); // although it is mapped: what removal must not do, and what a look-up must survive
        PageBatch<Hold.Pin> batch = memory.newPageBatch(8);
        assertThat(space.pinUserPagesUnlocked(address, 8, GupOptions.WRITE, batch)).isEqualTo(4);
        assertThat(batch.stopReason()).isEqualTo(Errno.EFAULT);
        assertThat(batch.stopAddress()).isEqualTo(address + 4 * PAGE);
        memory.unpinUserPages(batch);
        assertThat(pinAndUnpin(address + 4 * PAGE, 1, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(space.munmap(address + 4 * PAGE, 4 * PAGE)).isZero();
        map(space, object(pagemap, Geometry.PTE), address + 4 * PAGE, 4, 0);
        assertThat(pinAndUnpin(address + 4 * PAGE, 1, 0)).as("nothing is mapped anew").isEqualTo(-Errno.EFAULT);
        batch.close();
    }

    @Test
    void unmapReachesEveryMappingAndShutDownIsForGood() {
        DevPagemap pagemap = pagemap(FS_DAX);
        DeviceObject object = object(pagemap, Geometry.PMD);
        AddressSpace other = AddressSpace.create(memory);
        long here = map(space, object, BASE, 8, 0);
        long there = map(other, object, AREA, Geometry.leafPages(Geometry.PMD), 0);
        assertThat(object.mappings()).isEqualTo(2);
        try (Cpu cpu = space.openCpu(); Cpu otherCpu = other.openCpu()) {
            cpu.storeLong(here + 3 * PAGE, 3);
            cpu.storeLong(here + 4 * PAGE, 4);
            assertThat(otherCpu.loadLong(there + 3 * PAGE)).isEqualTo(3);
            object.unmap(3, 1);
            assertThat(space.frameAt(here + 3 * PAGE)).isZero();
            assertThat(space.frameAt(here + 4 * PAGE)).isEqualTo(first(pagemap) + 4);
            assertThat(other.frameAt(there + 3 * PAGE)).isZero();
            assertThat(object.unmapAndThen(0, object.pages(), () -> refs(first(pagemap) + 3))).isEqualTo(1);
            assertThat(space.frameAt(here + 4 * PAGE)).isZero();
            assertThat(otherCpu.loadLong(there + 4 * PAGE)).isEqualTo(4);
            object.shutDown();
            assertThatThrownBy(() -> otherCpu.loadLong(there)).isInstanceOf(SegmentationFault.class);
            assertThat(pinAndUnpin(here, 1, 0)).isEqualTo(-Errno.EFAULT);
        }
        other.close();
        assertThat(object.mappings()).isEqualTo(1);
    }

    @Test
    void whatIsRefused() {
        DevPagemap pagemap = pagemap(FS_DAX);
        DeviceObject object = object(pagemap, Geometry.PMD);
        assertThat(space.mmap(0, PAGE, RW, MapFlags.PRIVATE, object, 0)).isEqualTo(-Errno.EINVAL);
        long address = map(space, object, BASE, 2, 511);
        assertThat(pinAndUnpin(address, 2, 0)).as("the second is beyond the end").isEqualTo(1);
        assertThat(pinAndUnpin(address + PAGE, 1, 0)).isEqualTo(-Errno.EFAULT);
        object.close();
        assertThatThrownBy(() -> map(space, object, AREA, 1, 0)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
        for (DevPagemapType type : new DevPagemapType[]{DevPagemapType.PRIVATE, PCI_P2PDMA}) {
            assertThatThrownBy(() -> DeviceObject.create(memory, type, 1, Geometry.PTE, index -> 0))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("never mapped");
        }
        try (DeviceObject liar = DeviceObject.create(memory, GENERIC, 3, Geometry.PTE,
                index -> index == 0 ? first(pagemap) : index == 1 ? 2 : -Errno.ENOMEM)) {
            long at = map(space, liar, AREA, 3, 0);
            assertThat(pinAndUnpin(at, 1, 0)).as("another type's").isEqualTo(-Errno.EFAULT);
            assertThat(pinAndUnpin(at + PAGE, 1, 0)).as("RAM").isEqualTo(-Errno.EFAULT);
            assertThat(pinAndUnpin(at + 2 * PAGE, 1, 0)).as("what the driver says").isEqualTo(-Errno.ENOMEM);
        }
    }

    @Test
    void permissionFollowsTheMapping() {
        DevPagemap pagemap = pagemap(GENERIC);
        long address = map(space, object(pagemap, Geometry.PTE), BASE, 1, 0);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address, 5);
            assertThat(space.mprotect(address, PAGE, Prot.READ)).isZero();
            assertThatThrownBy(() -> cpu.storeLong(address, 6)).isInstanceOf(SegmentationFault.class);
            assertThat(pinAndUnpin(address, 1, FOLL_WRITE)).isEqualTo(-Errno.EFAULT);
            assertThat(pinAndUnpin(address, 1, 0)).isEqualTo(1);
            assertThat(space.mprotect(address, PAGE, RW)).isZero();
            cpu.storeLong(address, 7);
            assertThat(cpu.loadLong(address)).isEqualTo(7);
            assertThat(Entry.isDevmap(space.entryAt(address))).isTrue();
        }
    }

    /** Errno and frame share one long: nothing of it is believed, and what leaves the fault is of the contract. */
    @Test
    void whatADriverAnswersIsCheckedAndTranslated() {
        DevPagemap pagemap = pagemap(GENERIC);
        long[] answer = {0};
        try (DeviceObject liar = DeviceObject.create(memory, GENERIC, 1, Geometry.PTE, index -> answer[0]);
                Cpu cpu = space.openCpu()) {
            long address = map(space, liar, AREA, 1, 0);
            for (long wrong : new long[]{0, 1, 2, first(pagemap) + 512, memory.frames(), Long.MAX_VALUE, -1, -5,
                    -Errno.EEXIST, -Errno.ENOSPC, -Errno.EMLINK, Integer.MIN_VALUE, -(1L << 32) + 5,
                    -(1L << 32) + first(pagemap), -1_000_000, -1_000_001, Long.MIN_VALUE}) {
                answer[0] = wrong;
                assertThat(pinAndUnpin(address, 1, 0)).as("pin, %d", wrong).isEqualTo(-Errno.EFAULT);
                assertThat(Gup.getUserPagesUnlocked(space, address, 1, 0, null)).as("prefault, %d", wrong)
                        .isEqualTo(-Errno.EFAULT);
                assertThatThrownBy(() -> cpu.loadLong(address)).as("load, %d", wrong)
                        .isInstanceOf(SegmentationFault.class);
                assertThat(space.entryAt(address)).as("%d", wrong).isZero();
            }
            answer[0] = -Errno.EHWPOISON;
            assertThat(pinAndUnpin(address, 1, 0)).isEqualTo(-Errno.EFAULT);
            assertThat(pinAndUnpin(address, 1, FOLL_HWPOISON)).isEqualTo(-Errno.EHWPOISON);
            answer[0] = -Errno.ENOMEM;
            assertThat(pinAndUnpin(address, 1, 0)).isEqualTo(-Errno.ENOMEM);
            assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(OutOfFramesException.class);
            answer[0] = first(pagemap) + 511;
            assertThat(pinAndUnpin(address, 1, 0)).isEqualTo(1);
            liar.shutDown();
        }
    }

    /** The driver says that its frames go on for ever; the pagemap has those of one PMD leaf. */
    @Test
    void aLeafDoesNotReachBeyondItsPagemap() {
        assumeThat(Geometry.HIGHEST_LEAF).isGreaterThan(Geometry.PMD);
        int level = Geometry.PMD + 1;
        long pages = Geometry.leafPages(level);
        long perLeaf = Geometry.leafPages(Geometry.PMD);
        DevPagemap pagemap = pagemap(GENERIC, perLeaf, 0);
        assertThat(first(pagemap) % pages).as("nothing else speaks against the leaf").isZero();
        try (DeviceObject object = DeviceObject.create(memory, GENERIC, pages, level, new DeviceFrames() {
            @Override
            public long frameOf(long pageIndex) {
                return first(pagemap) + pageIndex;
            }

            @Override
            public long runOf(long pageIndex) {
                return Long.MAX_VALUE;
            }
        })) {
            long address = map(space, object, Geometry.levelBytes(level), pages, 0);
            assertThat(pinAndUnpin(address + 7 * PAGE, 2, FOLL_WRITE)).isEqualTo(2);
            assertThat(space.frameAt(address + (perLeaf - 1) * PAGE)).isEqualTo(first(pagemap) + perLeaf - 1);
            assertThat(space.frameAt(address + perLeaf * PAGE)).isZero();
            assertThat(pinAndUnpin(address + perLeaf * PAGE, 1, FOLL_WRITE)).isEqualTo(-Errno.EFAULT);
            object.shutDown();
        }
    }

    @Test
    void whatIsMissingIsNamedAtOnce() {
        DeviceFrames frames = index -> 0;
        assertThatThrownBy(() -> DeviceObject.create(memory, GENERIC, 1, Geometry.PTE, null))
                .isInstanceOf(NullPointerException.class).hasMessage("frames");
        assertThatThrownBy(() -> DeviceObject.create(memory, null, 1, Geometry.PTE, frames))
                .isInstanceOf(NullPointerException.class).hasMessage("type");
        assertThatThrownBy(() -> DeviceObject.create(null, GENERIC, 1, Geometry.PTE, frames))
                .isInstanceOf(NullPointerException.class).hasMessage("memory");
    }
}
