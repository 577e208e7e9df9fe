package io.pinfold.core.memory;

import static io.pinfold.core.memory.Memories.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.zone.MemoryMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryOptionsTest {
    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 4 << 20, (8 << 20) + 1, (10L << 20), Long.MAX_VALUE, Long.MIN_VALUE, 1L << 43})
    void sizesOfRamAreChecked(long bytes) {
        assertThatThrownBy(() -> MemoryOptions.ofRam(bytes)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ramBytes = " + bytes);
    }

    @Test
    void everythingElseIsCheckedToo() {
        MemoryOptions options = MemoryOptions.ofRam(16 * MIB);
        assertThatThrownBy(() -> options.withNodes(0)).hasMessageContaining("nodes = 0 is not in 1..8");
        assertThatThrownBy(() -> options.withNodes(9)).hasMessageContaining("nodes = 9");
        assertThatThrownBy(() -> options.withNodes(3)).hasMessageContaining("needed for 3 node(s)");
        assertThatThrownBy(() -> options.withMovableBytes(12 * MIB)).hasMessageContaining("movableBytes = ");
        assertThatThrownBy(() -> options.withMovableBytes(-4 * MIB)).hasMessageContaining("movableBytes = ");
        assertThatThrownBy(() -> options.withDeviceBytes(1)).hasMessageContaining("deviceBytes = 1");
    }

    @Test
    void ramAndDeviceWindowTogetherMayBeTheMost() {
        long most = MemoryOptions.MAX_BYTES;
        assertThat(MemoryOptions.ofRam(most).ramBytes()).isEqualTo(most);
        MemoryOptions half = MemoryOptions.ofRam(most / 2).withDeviceBytes(most / 2);
        assertThat(half.ramBytes() + half.deviceBytes()).isEqualTo(most);
        assertThatThrownBy(() -> half.withDeviceBytes(most / 2 + MemoryOptions.UNIT_BYTES))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("together more than " + most);
        MemoryOptions least = MemoryOptions.ofRam(16 * MIB).withNodes(2);
        assertThat(least.withMovableBytes(0).nodes()).as("all of it is needed for ZONE_NORMAL").isEqualTo(2);
        assertThatThrownBy(() -> least.withMovableBytes(4 * MIB)).hasMessageContaining("leaves less than");
    }

    @Test
    void nodesZonesHoleAndDeviceWindowLieInOneRowOfFrames() {
        MemoryMap map = new MemoryMap(52 * MIB, 20 * MIB, 8 * MIB, 2);
        // 8 units NORMAL and 5 MOVABLE over two nodes: 4 + 3, 4 + 2
        assertThat(map.normalStart(0)).isZero();
        assertThat(map.movableStart(0)).isEqualTo(4 * 1024);
        assertThat(map.nodeEnd(0)).isEqualTo(7 * 1024).isEqualTo(map.normalStart(1));
        assertThat(map.movableStart(1)).isEqualTo(11 * 1024);
        assertThat(map.nodeEnd(1)).isEqualTo(13 * 1024).isEqualTo(map.ramFrames());
        assertThat(map.frames()).as("the window starts at a multiple of 1 GiB").isEqualTo((1 << 18) + 2048);
        for (long pfn = 0; pfn < map.ramFrames(); pfn += 512) {
            int node = pfn < 7 * 1024 ? 0 : 1;
            assertThat(map.nodeOf(pfn)).isEqualTo(node);
            assertThat(map.zoneOf(pfn)).isEqualTo(
                    pfn < map.movableStart(node) ? ZoneKind.NORMAL : ZoneKind.MOVABLE);
        }
        assertThat(map.zoneOf(map.ramFrames())).isEqualTo(ZoneKind.HOLE);
        assertThat(map.zoneOf((1 << 18) - 1)).isEqualTo(ZoneKind.HOLE);
        assertThat(map.zoneOf(1 << 18)).isEqualTo(ZoneKind.DEVICE);
        assertThat(map.zoneOf(map.frames() - 1)).isEqualTo(ZoneKind.DEVICE);
    }

    @Test
    void withoutADeviceThereIsNoHole() {
        try (PhysicalMemory memory = Memories.open(8)) {
            assertThat(memory.frames()).isEqualTo(memory.ramFrames()).isEqualTo(2048);
            assertThat(memory.options()).isEqualTo(MemoryOptions.ofRam(8 * MIB));
        }
    }

    @Test
    void addressesFollowFromFrameNumbersWhichAreChecked() {
        try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 * MIB).withDeviceBytes(4 * MIB))) {
            long last = memory.frames() - 1;
            assertThat(Bridge.core(memory).frameAddress(last) - Bridge.core(memory).frameAddress(0))
                    .isEqualTo(last * 4096);
            assertThat(Bridge.core(memory).recordAddress(last) - Bridge.core(memory).recordAddress(0))
                    .isEqualTo(last * 64);
            assertThat(Bridge.core(memory).frameAddress(0)).isEqualTo(Bridge.core(memory).frameBasePage() << 12);
            assertThat(Bridge.core(memory).recordAddress(0)).isEqualTo(Bridge.core(memory).recordBasePage() << 12);
            for (long pfn : new long[]{-1, memory.frames(), Long.MAX_VALUE}) {
                assertThatThrownBy(() -> Bridge.core(memory).frameAddress(pfn))
                        .isInstanceOf(IndexOutOfBoundsException.class)
                        .hasMessageContaining("pfn " + pfn + " is not in 0.." + last);
                assertThatThrownBy(() -> Bridge.core(memory).recordAddress(pfn))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> memory.page(pfn)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> memory.nodeOf(pfn)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> memory.zoneOf(pfn)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> memory.isLongtermPinnable(pfn))
                        .isInstanceOf(IndexOutOfBoundsException.class);
            }
        }
    }
}
