package io.pinfold.core.mm;

import static io.pinfold.core.mm.AddressSpace.MADV_HWPOISON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.NonPresent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Broken memory: the mapping loses the page, pins keep it, and its frame is never used again. */
class PoisonTest extends HugeTest {
    private PageBatch<Hold.Get> getBatch;
    private PageBatch<Hold.Pin> pinBatch;

    @BeforeEach
    void open() {
        getBatch = memory.newPageBatch(64);
        pinBatch = memory.newPageBatch(64);
    }

    @AfterEach
    void close() {
        getBatch.close();
        pinBatch.close();
    }

    private int poison(long address, int pages) {
        return space.madvise(address, (long) pages * PAGE, MADV_HWPOISON);
    }

    @Test
    void touchingItFaultsAndItsFrameIsRetired() {
        map(0, 2, RW, PRIVATE);
        cpu.storeLong(BASE, 1);
        cpu.storeLong(BASE + PAGE, 2);
        long frame = space.frameAt(BASE);
        assertThat(poison(BASE, 1)).isZero();
        assertThat(space.entryAt(BASE)).isEqualTo(NonPresent.make(NonPresent.HWPOISON, frame));
        assertThatThrownBy(() -> cpu.loadLong(BASE)).isInstanceOf(SegmentationFault.class);
        assertThat(cpu.loadLong(BASE + PAGE)).isEqualTo(2);
        assertThat(memory.page(frame).type()).isEqualTo(PageType.RETIRED);
        assertThat(Gup.getUserPagesUnlocked(space, BASE, 1, FollFlags.FOLL_HWPOISON, getBatch))
                .isEqualTo(-Errno.EHWPOISON);
        assertThat(space.getUserPagesUnlocked(BASE, 1, GupOptions.READ, getBatch)).isEqualTo(-Errno.EFAULT);
        assertThat(poison(BASE, 2)).as("poisoned before").isEqualTo(-Errno.EFAULT);
        assertThat(space.munmap(BASE, PAGE)).isZero();
        map(0, 1, RW, PRIVATE);
        cpu.storeLong(BASE, 1);
        assertThat(space.frameAt(BASE)).as("though free lists are stacks").isNotEqualTo(frame);
    }

    @Test
    void aPinKeepsThePage() {
        map(0, 1, RW, PRIVATE);
        cpu.storeLong(BASE, 1);
        long frame = space.frameAt(BASE);
        assertThat(space.pinUserPagesUnlocked(BASE, 1, GupOptions.WRITE, pinBatch)).isOne();
        assertThat(poison(BASE, 1)).isZero();
        assertThat(memory.page(frame).refCount()).isEqualTo(1024);
        assertThat(memory.page(frame).mapCount()).isZero();
        assertThat(memory.page(frame).flags() & PageFlags.HWPOISON).isNotZero();
        memory.unpinUserPages(pinBatch);
        assertThat(memory.page(frame).type()).isEqualTo(PageType.RETIRED);
    }

    @Test
    void ofALargeFolioOnePageIsBrokenAndRetired() {
        space.setFolioOrder(2);
        long place = 5 * BYTES;
        assertThat(space.mmap(place, 4 * PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(place);
        cpu.storeLong(place, 1);
        long head = space.frameAt(place);
        assertThat(poison(place + PAGE, 1)).isZero();
        assertThat(memory.page(head).refCount()).isEqualTo(3);
        assertThatThrownBy(() -> cpu.loadLong(place + PAGE)).isInstanceOf(SegmentationFault.class);
        cpu.storeLong(place + 2 * PAGE, 2);
        assertThat(space.munmap(place, 4 * PAGE)).isZero();
        assertThat(memory.page(head + 1).type()).isEqualTo(PageType.RETIRED);
        assertThat(memory.page(head + 2).type()).isNotEqualTo(PageType.RETIRED);
    }

    @Test
    void aLeafIsSplitForIt() {
        map(1);
        cpu.storeLong(HUGE + 2 * PAGE, 7);
        long head = space.frameAt(HUGE);
        assertThat(poison(HUGE + PAGE, 1)).isZero();
        assertThat(cpu.loadLong(HUGE + 2 * PAGE)).isEqualTo(7);
        assertThat(Entry.isHuge(space.entryAt(HUGE + 2 * PAGE))).isFalse();
        assertThat(memory.page(head).refCount()).isEqualTo(PAGES - 1);
        assertThatThrownBy(() -> cpu.loadLong(HUGE + PAGE)).isInstanceOf(SegmentationFault.class);
    }

    @Test
    void ofAnObjectEveryMappingMeetsIt() {
        try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
            long here = space.mmap(0, PAGE, RW, MapFlags.SHARED, object, 0);
            long there = space.mmap(0, PAGE, RW, MapFlags.PRIVATE, object, 0);
            cpu.storeLong(here, 1);
            assertThat(poison(here, 1)).isZero();
            assertThatThrownBy(() -> cpu.loadLong(here)).isInstanceOf(SegmentationFault.class);
            assertThatThrownBy(() -> cpu.storeLong(there, 1)).isInstanceOf(SegmentationFault.class);
            assertThat(Gup.getUserPagesUnlocked(space, there, 1, FollFlags.FOLL_HWPOISON, getBatch))
                    .isEqualTo(-Errno.EHWPOISON);
            assertThat(space.munmap(here, PAGE)).isZero();
            assertThat(space.munmap(there, PAGE)).isZero();
        }
    }

    @Test
    void whatIsRefused() {
        map(0, 2, RW, PRIVATE);
        map(2, 1, Prot.NONE, PRIVATE);
        assertThat(poison(BASE, 1)).as("a load maps the zero page").isEqualTo(-Errno.EBUSY);
        assertThat(poison(BASE + 2 * PAGE, 1)).isEqualTo(-Errno.EFAULT);
        assertThat(poison(BASE + 3 * PAGE, 1)).isEqualTo(-Errno.EFAULT);
        assertThat(space.madvise(BASE + 1, PAGE, MADV_HWPOISON)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(-PAGE, PAGE, MADV_HWPOISON)).isEqualTo(-Errno.EINVAL);
        map(1);
        assertThat(cpu.loadLong(HUGE)).isZero();
        assertThat(poison(HUGE, 1)).as("a page of the huge zero page becomes the zero page").isEqualTo(-Errno.EBUSY);
    }
}
