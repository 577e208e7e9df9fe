package io.pinfold.core.memory;

import static io.pinfold.core.memory.Memories.MIB;
import static io.pinfold.core.memory.Memories.allocate;
import static io.pinfold.core.memory.Memories.closeIdle;
import static io.pinfold.core.memory.Memories.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.epoch.SlotTable;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.frame.RetiredTables;
import io.pinfold.core.memory.zone.MigrateType;
import java.lang.foreign.Arena;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * Every number that comes from outside is looked at before it is used: those that are no page, order, node, level or
 * index.
 */
class NumbersTest {
    private static final long[] LONGS = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 1L << 60, -1L << 32};
    private static final int[] INTS = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 20};

    private final PhysicalMemory memory = Memories.open(16);
    private final MemoryCore core = Bridge.core(memory);

    private static void outside(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static void illegal(ThrowingCallable call, Object value) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(" = " + value + " is ");
    }

    @Test
    void framesThatAreNotThere() {
        Blocks blocks = core.blocks();
        for (long pfn : LONGS) {
            outside(() -> memory.isLongtermPinnable(pfn));
            outside(() -> memory.isLongtermPinnable(pfn, 1));
            outside(() -> memory.isLongtermPinnable(pfn, 0));
            outside(() -> blocks.freeTable(pfn));
            outside(() -> blocks.setMigrateType(pfn, MigrateType.CMA));
            outside(() -> core.retired().link(pfn, 0));
            outside(() -> core.retired().retire(pfn));
            assertThatThrownBy(() -> FrameHandle.of(pfn, 1)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("pfn = " + pfn);
        }
        closeIdle(memory);
    }

    @Test
    void pagesBehindTheLast() {
        long last = memory.frames() - 1;
        assertThat(memory.isLongtermPinnable(last, 0)).isTrue();
        assertThat(memory.isLongtermPinnable(last, 1)).isTrue();
        for (int pages : new int[]{2, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> memory.isLongtermPinnable(last, pages))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining(pages + " pages from pfn " + last);
        }
        closeIdle(memory);
    }

    @Test
    void ordersScopesNodesAndLevels() {
        Blocks blocks = core.blocks();
        for (int number : INTS) {
            illegal(() -> blocks.allocate(number, Blocks.NORMAL), number);
            illegal(() -> blocks.allocate(0, number), number);
            illegal(() -> blocks.allocate(0, Blocks.NORMAL, number), number);
            illegal(() -> blocks.allocateGigantic(number), number);
            illegal(() -> blocks.allocateTable(1, number, 0), number);
            illegal(() -> memory.handles().allocate(number, 0), number);
            illegal(() -> memory.handles().allocate(Blocks.NORMAL, number), number);
            illegal(() -> memory.newPageBatch(Math.min(number, 0)), Math.min(number, 0));
            illegal(() -> memory.newExtentBatch(Math.min(number, 0)), Math.min(number, 0));
        }
        closeIdle(memory);
    }

    @Test
    void tokensOfNothing() {
        FreeBatch freed = new FreeBatch(core);
        long pfn = allocate(memory, 2);
        long token = Grab.trySpeculative(core, pfn, 4, FollBits.FOLL_PIN, freed);
        for (long none : new long[]{0, -1, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> Grab.undo(core, none, freed)).isInstanceOf(IllegalArgumentException.class);
        }
        outside(() -> Grab.undo(core, Grab.orderZeroToken(memory.frames(), FollBits.FOLL_GET), freed));
        outside(() -> Grab.undo(core, 0xFFFF_FFFFL | 1L << 32, freed));
        for (int pages : new int[]{0, -1, 5, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            illegal(() -> Grab.part(token, pages), pages);
        }
        Grab.undo(core, Grab.part(token, 1), freed);
        Grab.undo(core, Grab.part(token, 3), freed);
        put(memory, pfn, 1);
        closeIdle(memory);
    }

    /** A user's page in a chain of tables would be freed as one. */
    @Test
    void onlyTablesAreRetired() {
        RetiredTables retired = core.retired();
        long table = core.blocks().allocateTable(1, 0, 0);
        long user = allocate(memory, 0);
        for (long pfn : new long[]{user, 0, memory.zeroPfn(), user + 1}) {
            assertThatThrownBy(() -> retired.link(pfn, 0)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("frame " + pfn + " is no page table but ");
        }
        assertThatThrownBy(() -> retired.link(table, user)).isInstanceOf(IllegalArgumentException.class);
        outside(() -> retired.link(table, memory.frames()));
        assertThatThrownBy(() -> retired.retire(user)).isInstanceOf(IllegalArgumentException.class);
        retired.retire(retired.link(table, 0));
        assertThat(retired.drain()).isEqualTo(1);
        put(memory, user, 1);
        closeIdle(memory);
    }

    @Test
    void countersOfWalkersAndControlBlocks() {
        try (SharedSlot slot = core.slots().open(0)) {
            for (int number : INTS) {
                outside(() -> slot.count(number, 1));
                outside(() -> core.slots().sum(number));
            }
            outside(() -> slot.count(64, 1));
            slot.count(63, 5);
            assertThat(core.slots().sum(63)).isEqualTo(5);
        }
        SlotTable table = new SlotTable(Arena.ofAuto(), "blocks of the test", 128);
        long block = table.acquire();
        for (int number : INTS) {
            outside(() -> table.bitmap(number));
            outside(() -> table.slot(number, 0));
            outside(() -> table.slot(0, number));
        }
        assertThat(table.slot(0, 0)).isEqualTo(block);
        assertThatThrownBy(() -> table.release(block + 64)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> table.release(0)).isInstanceOf(IllegalArgumentException.class);
        table.release(block);
        assertThatThrownBy(() -> table.release(block)).as("not in use")
                .isInstanceOf(IllegalArgumentException.class);
        closeIdle(memory);
    }

    @Test
    void sizesOfControlBlocks() {
        for (int bytes : new int[]{0, -128, 64, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            illegal(() -> new SlotTable(Arena.ofAuto(), "blocks", bytes), bytes);
        }
        closeIdle(memory);
    }

    /** Both alone are within the limit. */
    @Test
    void ramAndDeviceMemoryTogether() {
        long most = MemoryOptions.MAX_BYTES;
        MemoryOptions options = MemoryOptions.ofRam(most / 2).withDeviceBytes(most / 2);
        assertThat(options.ramBytes() + options.deviceBytes()).isEqualTo(most);
        assertThatThrownBy(() -> options.withDeviceBytes(most / 2 + 4 * MIB))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("deviceBytes = " + (most / 2 + 4 * MIB))
                .hasMessageContaining("ramBytes = " + most / 2).hasMessageContaining(String.valueOf(most));
        closeIdle(memory);
    }

    /** Also numbers that no memory of today has: a handle is 31 bits of the one and 32 of the other. */
    @Test
    void aHandleAndAPinKeepBothOfTheirNumbers() {
        for (long pfn : new long[]{1, 0x3FFF_FFFFL, 0x4000_0000L, 0x7FFF_FFFFL}) {
            for (int generation : new int[]{0, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -2}) {
                long handle = FrameHandle.of(pfn, generation);
                long pin = FrameHandle.toPin(handle);
                for (long number : new long[]{handle, pin}) {
                    assertThat(FrameHandle.pfn(number)).isEqualTo(pfn);
                    assertThat(FrameHandle.generation(number)).isEqualTo(generation);
                    assertThat(FrameHandle.ofPin(number)).isEqualTo(handle);
                    assertThat(FrameHandle.toPin(number)).isEqualTo(pin);
                    assertThat(FrameHandle.isPin(number)).isEqualTo(number == pin);
                }
            }
        }
        assertThatThrownBy(() -> FrameHandle.of(0x8000_0000L, 0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pfn = 2147483648 is not in 0..2147483647");
    }
}
