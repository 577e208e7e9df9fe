package io.pinfold.core.memory;

import static io.pinfold.core.memory.Memories.MIB;
import static io.pinfold.core.memory.Memories.closeIdle;
import static io.pinfold.core.memory.Memories.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.memory.zone.Pageblocks;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The numbers of free frames are how many one gets. */
class FreeFramesTest {
    private static List<Long> takeAll(LongSupplier source) {
        List<Long> taken = new ArrayList<>();
        for (long pfn = source.getAsLong(); pfn > 0; pfn = source.getAsLong()) {
            taken.add(pfn);
        }
        return taken;
    }

    private static List<Long> takeUsers(PhysicalMemory memory) {
        return takeAll(() -> Bridge.core(memory).blocks().allocate(0, Blocks.MOVABLE_FIRST));
    }

    private static List<Long> takeTables(PhysicalMemory memory) {
        return takeAll(() -> Bridge.core(memory).blocks().allocateTable(1, 0, 0));
    }

    @Test
    void usersGetAsManyAsAreSaid() {
        for (MemoryOptions options : List.of(MemoryOptions.ofRam(8 * MIB),
                MemoryOptions.ofRam(32 * MIB).withMovableBytes(8 * MIB).withNodes(2),
                MemoryOptions.ofRam(1024 * MIB).withMovableBytes(960 * MIB).withDeviceBytes(4 * MIB))) {
            PhysicalMemory memory = PhysicalMemory.open(options);
            long free = memory.vmStat().freeFrames();
            long kept = memory.vmStat().freeTableFrames();
            assertThat(free + kept).as("pfn 0 and the zero page have no owner").isEqualTo(memory.ramFrames() - 2);
            List<Long> users = takeUsers(memory);
            assertThat(users).as("%s", options).hasSize((int) free);
            assertThat(memory.vmStat().freeFrames()).isZero();
            assertThat(memory.vmStat().freeTableFrames()).isEqualTo(kept);
            List<Long> tables = takeTables(memory);
            assertThat(tables).as("%s", options).hasSize((int) kept);
            assertThat(memory.vmStat().freeTableFrames()).isZero();
            users.forEach(pfn -> put(memory, pfn, 1));
            assertThat(memory.vmStat().freeFrames()).isEqualTo(free);
            tables.forEach(Bridge.core(memory).blocks()::freeTable);
            assertThat(memory.vmStat().freeTableFrames()).isEqualTo(kept);
            closeIdle(memory);
        }
    }

    /** The smallest memory: 4 of its 8 MiB are kept for tables. */
    @Test
    void framesByHandleAreCountedToo() {
        PhysicalMemory memory = Memories.open(8);
        assertThat(memory.vmStat().freeFrames()).isEqualTo(1022);
        List<Long> handles = new ArrayList<>();
        for (long handle = memory.handles().allocate(); handle != FrameHandle.NONE; handle = memory.handles()
                .allocate()) {
            handles.add(handle);
        }
        assertThat(handles).hasSize(1022);
        assertThat(memory.vmStat().freeFrames()).isZero();
        handles.forEach(memory.handles()::put);
        assertThat(memory.vmStat().freeFrames()).isEqualTo(1022);
        closeIdle(memory);
    }

    @Test
    void tablesThatFindNothingKeptTakeWhatUsersCouldHave() {
        PhysicalMemory memory = Memories.open(16);
        long free = memory.vmStat().freeFrames();
        List<Long> tables = takeTables(memory);
        assertThat(tables).as("the first 4 MiB were never a table's").hasSizeGreaterThan(1024);
        assertThat(memory.vmStat().freeTableFrames()).isZero();
        assertThat(memory.vmStat().freeFrames()).isEqualTo(free + 1024 - tables.size());
        tables.forEach(Bridge.core(memory).blocks()::freeTable);
        assertThat(memory.vmStat().freeTableFrames()).as("a table's frame stays one").isEqualTo(tables.size());
        closeIdle(memory);
    }

    @Test
    void isolatedPageblocksAreNobodys() {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16 * MIB).withMovableBytes(4 * MIB));
        long free = memory.vmStat().freeFrames();
        long movable = memory.ramFrames() - 1024;
        Bridge.core(memory).blocks().setMigrateType(movable, MigrateType.ISOLATE);
        assertThat(memory.vmStat().freeFrames()).isEqualTo(free - Pageblocks.FRAMES);
        Bridge.core(memory).blocks().setMigrateType(movable + Pageblocks.FRAMES, MigrateType.CMA);
        assertThat(memory.vmStat().freeFrames()).as("lent to movable pages").isEqualTo(free - Pageblocks.FRAMES);
        List<Long> users = takeUsers(memory);
        assertThat(users).hasSize((int) free - Pageblocks.FRAMES);
        users.forEach(pfn -> put(memory, pfn, 1));
        Bridge.core(memory).blocks().setMigrateType(movable, MigrateType.MOVABLE);
        assertThat(memory.vmStat().freeFrames()).isEqualTo(free);
        closeIdle(memory);
    }

    /** Each frame counts once, by the allocation that uses it first: of any order, on any node. */
    @Test
    void everyFrameCountsAsUsedOnce() {
        PhysicalMemory memory = PhysicalMemory
                .open(MemoryOptions.ofRam(32 * MIB).withMovableBytes(8 * MIB).withNodes(2));
        long used = memory.vmStat().framesEverUsed();
        for (int node = 0; node < 2; node++) {
            for (int order : new int[]{0, 3, Blocks.MAX_ORDER}) {
                long pfn = Bridge.core(memory).blocks().allocate(order, Blocks.NORMAL, node);
                assertThat(memory.nodeOf(pfn)).isEqualTo(node);
                used += LongStream.range(pfn, pfn + (1L << order)).filter(at -> memory.page(at).generation() == 0)
                        .count();
                assertThat(memory.vmStat().framesEverUsed()).as("order %d, node %d", order, node).isEqualTo(used);
                put(memory, pfn, 1);
                assertThat(Bridge.core(memory).blocks().allocate(order, Blocks.NORMAL, node)).isEqualTo(pfn);
                assertThat(memory.vmStat().framesEverUsed()).as("used again").isEqualTo(used);
                put(memory, pfn, 1);
            }
        }
        closeIdle(memory);
    }
}
