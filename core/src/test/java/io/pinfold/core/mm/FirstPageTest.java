package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pgtable.Geometry;
import org.junit.jupiter.api.Test;

/** Every call at address 0, where a page can be mapped like any other, and at the last page of users. */
class FirstPageTest extends MmTest {
    private static final int FIXED = PRIVATE | MapFlags.FIXED;
    private static final long LAST = Geometry.USER_END - PAGE;

    private void mapFirst() {
        assertThat(space.mmap(0, 2 * PAGE, RW, FIXED)).isZero();
        assertThat(space.mappings()).isOne();
    }

    @Test
    void aPageThatWasNotStoredToReadsZero() {
        mapFirst();
        try (Cpu cpu = space.openCpu()) {
            assertThat(cpu.loadLong(0)).isZero();
            assertThat(cpu.loadLong(PAGE - 8)).isZero();
        }
    }

    @Test
    void loadsReturnWhatWasStored() {
        mapFirst();
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(0, 5);
            cpu.storeLong(PAGE, 6);
            assertThat(cpu.loadLong(0)).isEqualTo(5);
            assertThat(cpu.loadLong(PAGE)).isEqualTo(6);
        }
    }

    @Test
    void mprotectChangesIt() {
        mapFirst();
        assertThat(space.mprotect(0, PAGE, Prot.READ)).isZero();
        assertThat(space.mappings()).isEqualTo(2);
        try (Cpu cpu = space.openCpu()) {
            assertThatThrownBy(() -> cpu.storeLong(0, 1)).isInstanceOf(SegmentationFault.class);
            cpu.storeLong(PAGE, 1);
        }
    }

    @Test
    void madviseDropsIt() {
        mapFirst();
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(0, 5);
            cpu.storeLong(PAGE, 6);
            assertThat(space.madvise(0, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
            assertThat(cpu.loadLong(0)).isZero();
            assertThat(cpu.loadLong(PAGE)).isEqualTo(6);
        }
    }

    @Test
    void madviseOfNoBytesDoesNothing() {
        mapFirst();
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(0, 5);
            for (int advice : new int[]{AddressSpace.MADV_DONTNEED, AddressSpace.MADV_HUGEPAGE,
                    AddressSpace.MADV_NOHUGEPAGE, AddressSpace.MADV_HWPOISON}) {
                assertThat(space.madvise(0, 0, advice)).as("advice %d", advice).isZero();
            }
            assertThat(cpu.loadLong(0)).isEqualTo(5);
        }
    }

    @Test
    void itCanBePoisonedAndSoCanTheLast() {
        mapFirst();
        assertThat(space.mmap(LAST, PAGE, RW, FIXED)).isEqualTo(LAST);
        try (Cpu cpu = space.openCpu()) {
            for (long page : new long[]{0, LAST}) {
                cpu.storeLong(page, 5);
                long frame = space.frameAt(page);
                assertThat(space.madvise(page, PAGE, AddressSpace.MADV_HWPOISON)).isZero();
                assertThatThrownBy(() -> cpu.loadLong(page)).isInstanceOf(SegmentationFault.class);
                assertThat(memory.page(frame).type()).isEqualTo(PageType.RETIRED);
            }
        }
    }

    @Test
    void strictCloseFindsItsPin() {
        mapFirst();
        try (PageBatch<Hold.Pin> batch = memory.newPageBatch(1)) {
            assertThat(space.pinUserPagesUnlocked(0, 1, GupOptions.WRITE, batch)).isOne();
            assertThatThrownBy(space::closeStrict).isInstanceOf(MisuseException.class)
                    .hasMessageContaining("the page at 0x0 is still pinned");
            memory.unpinUserPages(batch);
        }
        space.closeStrict();
    }

    /** All that users can have is one mapping; a byte more is none. */
    @Test
    void theWholeSpaceCanBeMapped() {
        long all = Geometry.USER_END;
        assertThat(space.mmap(0, all + 1, RW, FIXED)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(0, all, RW, FIXED)).isZero();
        assertThat(space.mappings()).isOne();
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(0, 1);
            cpu.storeLong(LAST, 2);
            assertThat(cpu.loadLong(0)).isOne();
            assertThatThrownBy(() -> cpu.loadLong(all)).isInstanceOf(SegmentationFault.class)
                    .hasMessage("address space " + space.id() + ": read of address 0x" + Long.toHexString(all)
                            + " is not permitted");
            assertThatThrownBy(() -> cpu.storeLong(all, 1)).isInstanceOf(SegmentationFault.class)
                    .hasMessage("address space " + space.id() + ": write to address 0x" + Long.toHexString(all)
                            + " is not permitted");
        }
        assertThat(space.munmap(0, all)).isZero();
        assertThat(space.mappings()).isZero();
    }
}
