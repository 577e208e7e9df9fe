package io.pinfold.core.mm;

import static io.pinfold.core.mm.AddressSpace.MADV_HWPOISON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Broken memory inside folios: what every other mapping answers, and how far one call of madvise goes. */
class PoisonOfFoliosTest extends HugeTest {
    private static final int SHARED_OBJECT = MapFlags.SHARED;
    private static final int PRIVATE_OBJECT = MapFlags.PRIVATE;

    private PageBatch<Hold.Get> gets;
    private PageBatch<Hold.Pin> pins;

    @Override
    MemoryOptions options() {
        return MemoryOptions.ofRam(64L << 20).withMovableBytes(16L << 20);
    }

    @BeforeEach
    void open() {
        gets = memory.newPageBatch(4);
        pins = memory.newPageBatch(4);
    }

    @AfterEach
    void close() {
        gets.close();
        pins.close();
    }

    private int get(long address, int flags) {
        return Gup.getUserPagesUnlocked(space, address, 1, flags, gets);
    }

    private int pin(long address, int flags) {
        return Gup.pinUserPagesUnlocked(space, address, 1, flags, pins);
    }

    /** Nothing leads to the broken page at {@code address}: no load, no store, no get, no pin. */
    private void assertBroken(long address) {
        assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(SegmentationFault.class);
        assertThatThrownBy(() -> cpu.storeLong(address, 1)).isInstanceOf(SegmentationFault.class);
        for (int write : new int[]{0, FollFlags.FOLL_WRITE}) {
            assertThat(get(address, write)).isEqualTo(-Errno.EFAULT);
            assertThat(pin(address, write)).isEqualTo(-Errno.EFAULT);
            assertThat(get(address, write | FollFlags.FOLL_HWPOISON)).isEqualTo(-Errno.EHWPOISON);
            assertThat(pin(address, write | FollFlags.FOLL_HWPOISON)).isEqualTo(-Errno.EHWPOISON);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void aBrokenHugetlbPageIsBrokenInEveryMapping(int page) {
        long broken;
        try (HugetlbMemory object = HugetlbMemory.create(memory, 2 * BYTES, Geometry.PMD)) {
            long here = space.mmap(0, 2 * BYTES, RW, SHARED_OBJECT, object, 0);
            long there = space.mmap(0, 2 * BYTES, RW, SHARED_OBJECT, object, 0);
            long own = space.mmap(0, 2 * BYTES, RW, PRIVATE_OBJECT, object, 0);
            cpu.storeLong(here, 1);
            cpu.storeLong(here + BYTES, 2);
            broken = space.frameAt(here) + page;
            assertThat(space.madvise(here + (long) page * PAGE, PAGE, MADV_HWPOISON)).isZero();
            for (long start : new long[]{here, there, own}) {
                assertBroken(start);
                assertBroken(start + (long) page * PAGE);
                assertBroken(start + BYTES - PAGE);
                assertThat(cpu.loadLong(start + BYTES)).as("the huge page behind").isEqualTo(2);
                assertThat(space.madvise(start, BYTES, MADV_HWPOISON)).as("poisoned before").isEqualTo(-Errno.EFAULT);
            }
            for (long start : new long[]{here, there, own}) {
                assertThat(space.munmap(start, 2 * BYTES)).isZero();
            }
        }
        assertThat(memory.page(broken).type()).isEqualTo(PageType.RETIRED);
        assertThat(memory.page(broken ^ 1).type()).as("its neighbour").isNotEqualTo(PageType.RETIRED);
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }

    @Test
    void aPrivateMappingThatHasTheBrokenHugetlbPageDoesNotCopyIt() {
        try (HugetlbMemory object = HugetlbMemory.create(memory, BYTES, Geometry.PMD)) {
            long here = space.mmap(0, BYTES, RW, SHARED_OBJECT, object, 0);
            long own = space.mmap(0, BYTES, RW, PRIVATE_OBJECT, object, 0);
            cpu.storeLong(here, 1);
            assertThat(cpu.loadLong(own)).isOne();
            long allocated = memory.vmStat().allocatedFrames();
            assertThat(space.madvise(here + 5 * PAGE, PAGE, MADV_HWPOISON)).isZero();
            assertThatThrownBy(() -> cpu.storeLong(own, 2)).isInstanceOf(SegmentationFault.class);
            assertThat(get(own, FollFlags.FOLL_WRITE)).isEqualTo(-Errno.EFAULT);
            assertThat(pin(own, FollFlags.FOLL_WRITE | FollFlags.FOLL_HWPOISON)).isEqualTo(-Errno.EHWPOISON);
            assertThat(memory.vmStat().allocatedFrames()).isEqualTo(allocated);
            assertThat(space.munmap(own, BYTES)).isZero();
            assertThat(space.munmap(here, BYTES)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aPrivateMappingThatHasTheBrokenObjectPageDoesNotCopyIt(int folioOrder) {
        int page = (1 << folioOrder) - 1;
        try (SharedMemory object = SharedMemory.create(memory, 4 * PAGE, folioOrder)) {
            long here = space.mmap(0, 4 * PAGE, RW, SHARED_OBJECT, object, 0);
            long own = space.mmap(0, 4 * PAGE, RW, PRIVATE_OBJECT, object, 0);
            for (int i = 0; i < 4; i++) {
                cpu.storeLong(here + (long) i * PAGE, i + 1);
                assertThat(cpu.loadLong(own + (long) i * PAGE)).isEqualTo(i + 1);
            }
            long at = own + (long) page * PAGE;
            assertThat(space.madvise(here + (long) page * PAGE, PAGE, MADV_HWPOISON)).isZero();
            assertThatThrownBy(() -> cpu.storeLong(at, 2)).isInstanceOf(SegmentationFault.class);
            assertThat(get(at, FollFlags.FOLL_WRITE)).isEqualTo(-Errno.EFAULT);
            assertThat(pin(at, FollFlags.FOLL_WRITE | FollFlags.FOLL_HWPOISON)).isEqualTo(-Errno.EHWPOISON);
            long other = own + (long) (page ^ 1) * PAGE;
            cpu.storeLong(other, 9);
            assertThat(cpu.loadLong(other)).as("a page beside it").isEqualTo(9);
            assertThat(space.munmap(here, 4 * PAGE)).isZero();
            assertThat(space.munmap(own, 4 * PAGE)).isZero();
        }
    }

    /** madvise_inject_error() goes on behind the folio of the page it has just poisoned. */
    @Test
    void ofAWholeThpOnePageIsPoisoned() {
        map(2);
        cpu.storeLong(HUGE, 1);
        cpu.storeLong(HUGE + BYTES, 2);
        long head = space.frameAt(HUGE);
        assertThat(space.madvise(HUGE, 2 * BYTES, MADV_HWPOISON)).isZero();
        assertThatThrownBy(() -> cpu.loadLong(HUGE)).isInstanceOf(SegmentationFault.class);
        assertThatThrownBy(() -> cpu.loadLong(HUGE + BYTES)).isInstanceOf(SegmentationFault.class);
        for (int i = 1; i < PAGES; i++) {
            assertThat(cpu.loadLong(HUGE + (long) i * PAGE)).isZero();
            assertThat(memory.page(head + i).flags() & PageFlags.HWPOISON).isZero();
        }
        assertThat(memory.page(head).refCount()).isEqualTo(PAGES - 1);
    }

    @Test
    void aStepIsAsLongAsTheFolioWhereverItBegins() {
        map(2);
        cpu.storeLong(HUGE, 1);
        cpu.storeLong(HUGE + BYTES, 2);
        assertThat(space.madvise(HUGE + PAGE, BYTES, MADV_HWPOISON)).isZero();
        assertThatThrownBy(() -> cpu.loadLong(HUGE + PAGE)).isInstanceOf(SegmentationFault.class);
        assertThat(cpu.loadLong(HUGE + BYTES)).isEqualTo(2);
        assertThat(Entry.isHuge(space.entryAt(HUGE + BYTES))).as("untouched").isTrue();
        assertThat(space.madvise(HUGE + 2 * PAGE, BYTES + PAGE, MADV_HWPOISON)).isZero();
        assertThatThrownBy(() -> cpu.loadLong(HUGE + 2 * PAGE)).isInstanceOf(SegmentationFault.class);
        assertThat(cpu.loadLong(HUGE + BYTES)).isEqualTo(2);
        assertThatThrownBy(() -> cpu.loadLong(HUGE + BYTES + 2 * PAGE)).isInstanceOf(SegmentationFault.class);
    }

    @Test
    void wholeHugetlbPagesArePoisonedOnceEach() {
        int flags = PRIVATE | MapFlags.HUGETLB | MapFlags.FIXED;
        assertThat(space.mmap(HUGE, 2 * BYTES, RW, flags)).isEqualTo(HUGE);
        cpu.storeLong(HUGE, 1);
        assertThat(space.madvise(HUGE, 2 * BYTES, MADV_HWPOISON)).isZero();
        assertBroken(HUGE);
        assertBroken(HUGE + BYTES);
        assertThat(space.madvise(HUGE, BYTES, MADV_HWPOISON)).as("poisoned before").isEqualTo(-Errno.EFAULT);
    }

    @Test
    void ofFoliosMappedByPtesOnePageEachIsPoisoned() {
        space.setThpPolicy(ThpPolicy.NEVER);
        space.setFolioOrder(2);
        long place = 5 * BYTES;
        assertThat(space.mmap(place, 8 * PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(place);
        cpu.storeLong(place, 1);
        cpu.storeLong(place + 4 * PAGE, 2);
        assertThat(space.madvise(place, 8 * PAGE, MADV_HWPOISON)).isZero();
        for (int i = 0; i < 8; i++) {
            long address = place + (long) i * PAGE;
            if (i % 4 == 0) {
                assertBroken(address);
            } else {
                assertThat(cpu.loadLong(address)).isZero();
            }
        }
    }
}
