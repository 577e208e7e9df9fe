package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class AddressSpaceLifecycleTest extends MmTest {
    @Test
    void anEmptySpaceIsOneTable() {
        assertThat(memory.vmStat().tableFrames()).isEqualTo(1);
        assertThat(space.frameAt(BASE)).isZero();
    }

    @Test
    void unmappingGivesFramesAndTablesBack() {
        try (Cpu cpu = space.openCpu()) {
            map(0, 600, RW, PRIVATE);
            cpu.fill(BASE, 600L * PAGE, (byte) 3);
            assertThat(memory.vmStat().allocatedFrames()).isEqualTo(600);
            assertThat(memory.vmStat().tableFrames()).isGreaterThan(Geometry.LEVELS);
            assertReferencesMatchMappings(memory);
            assertThat(space.munmap(BASE, 300L * PAGE)).isZero();
            assertThat(memory.vmStat().allocatedFrames()).isEqualTo(300);
            assertThat(space.munmap(BASE + 300L * PAGE, 300L * PAGE)).isZero();
            assertThat(memory.vmStat().allocatedFrames()).isZero();
            int _ = core.retired().drain();
            assertThat(memory.vmStat().tableFrames()).as("the root stays").isEqualTo(1);
        }
    }

    @Test
    void closeIsTheExitOfAProcess() {
        Cpu cpu = space.openCpu();
        map(0, 10, RW, PRIVATE);
        map(10, 10, RW, SHARED);
        long chosen = space.mmap(0, 5 * PAGE, RW, PRIVATE);
        cpu.fill(BASE, 20L * PAGE, (byte) 1);
        assertThat(cpu.loadByte(chosen)).isZero();
        space.close();
        assertNothingIsLeft(memory);
        cpu.close();
    }

    @Test
    void pinsLiveOnAfterClose() {
        Cpu cpu = space.openCpu();
        map(0, 1, RW, PRIVATE);
        cpu.storeLong(BASE, 1);
        long frame = space.frameAt(BASE);
        PageRefs.add(core.recordAddress(frame), PageRefs.PIN_BIAS);
        space.close();
        assertThat(memory.page(frame).refCount()).isEqualTo(PageRefs.PIN_BIAS);
        assertThat(memory.page(frame).mapCount()).isZero();
        PageRefs.add(core.recordAddress(frame), 1 - PageRefs.PIN_BIAS);
        UserPages.put(core, frame);
        cpu.close();
    }

    @Test
    void strictCloseRefusesWhileSomebodyWouldMissIt() {
        Cpu cpu = space.openCpu();
        map(0, 2, RW, PRIVATE);
        cpu.storeLong(BASE + PAGE, 1);
        assertThat(cpu.loadLong(BASE)).isZero();
        assertThatThrownBy(space::closeStrict).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("1 open Cpu");
        assertThat(cpu.loadLong(BASE + PAGE)).as("nothing changed").isEqualTo(1);
        cpu.close();
        cpu.close();
        long record = core.recordAddress(space.frameAt(BASE + PAGE));
        PageRefs.add(record, PageRefs.PIN_BIAS);
        assertThatThrownBy(space::closeStrict).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("0x" + Long.toHexString(BASE + PAGE)).hasMessageContaining("pinned");
        PageRefs.add(record, -PageRefs.PIN_BIAS);
        space.closeStrict();
        assertThat(space.isClosed()).isTrue();
        space.closeStrict();
    }

    /** The zero page has many users, and no pin: it keeps no space. */
    @Test
    void strictCloseLooksAtNoZeroPage() {
        map(0, 1, RW, PRIVATE);
        try (Cpu cpu = space.openCpu()) {
            assertThat(cpu.loadLong(BASE)).isZero();
        }
        long zero = space.frameAt(BASE);
        assertThat(zero).isEqualTo(core.zeroPfn());
        PageRefs.add(core.recordAddress(zero), PageRefs.PIN_BIAS);
        try {
            space.closeStrict();
        } finally {
            PageRefs.add(core.recordAddress(zero), -PageRefs.PIN_BIAS);
        }
        assertThat(space.isClosed()).isTrue();
    }

    /** Pages are dropped and poisoned while another thread holds mmap_lock shared; other advice waits for it. */
    @Test
    void adviceThatChangesNoMappingWaitsForNoReader() throws Exception {
        map(0, 3, RW, PRIVATE);
        try (Cpu cpu = space.openCpu(); ExecutorService pool = Executors.newFixedThreadPool(3)) {
            cpu.storeLong(BASE, 1);
            cpu.storeLong(BASE + PAGE, 1);
            Future<Integer> waits;
            try (MmapGuard guard = space.readLock()) {
                assertThat(guard.isHeld()).isTrue();
                assertThat(pool.submit(() -> space.madvise(BASE, PAGE, AddressSpace.MADV_DONTNEED))
                        .get(20, TimeUnit.SECONDS)).isZero();
                assertThat(pool.submit(() -> space.madvise(BASE + PAGE, PAGE, AddressSpace.MADV_HWPOISON))
                        .get(20, TimeUnit.SECONDS)).isZero();
                waits = pool.submit(() -> space.madvise(BASE, PAGE, AddressSpace.MADV_NOHUGEPAGE));
                assertThatThrownBy(() -> waits.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
                assertThat(space.mm().vmas().size()).isOne();
            }
            assertThat(waits.get()).isZero();
            assertThat(space.mappings()).isEqualTo(2);
            assertThat(cpu.loadLong(BASE)).isZero();
            assertThatThrownBy(() -> cpu.loadLong(BASE + PAGE)).isInstanceOf(SegmentationFault.class);
        }
    }

    @Test
    void aSpaceThatFindsNoFrameForItsRootIsNotMade() {
        List<Long> hoard = new ArrayList<>();
        for (long pfn = table(); pfn > 0; pfn = table()) {
            hoard.add(pfn);
        }
        assertThatThrownBy(() -> AddressSpace.create(memory)).isInstanceOf(OutOfFramesException.class);
        hoard.forEach(core.blocks()::freeTable);
        AddressSpace.create(memory).close();
    }

    private long table() {
        return core.blocks().allocateTable(0, 0, 0);
    }

    @Test
    void aCpuThatFindsNoFrameSaysSoAndGoesOnWhenThereIsOne() {
        Cpu cpu = space.openCpu();
        map(0, 1, RW, PRIVATE);
        List<Long> hoard = new ArrayList<>();
        for (long pfn = core.blocks().allocate(0, Blocks.MOVABLE_FIRST); pfn > 0;) {
            hoard.add(pfn);
            pfn = core.blocks().allocate(0, Blocks.MOVABLE_FIRST);
            assertThat(pfn > 0 || pfn == -Errno.ENOMEM).isTrue();
        }
        assertThatThrownBy(() -> cpu.storeInt(BASE, 1)).isInstanceOf(OutOfFramesException.class)
                .hasMessageContaining("0x" + Long.toHexString(BASE));
        hoard.forEach(pfn -> UserPages.put(core, pfn));
        cpu.storeInt(BASE, 1);
        cpu.close();
    }
}
