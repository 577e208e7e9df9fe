package io.pinfold.core.memory;

import static io.pinfold.core.memory.Memories.MIB;
import static io.pinfold.core.memory.Memories.closeIdle;
import static io.pinfold.core.memory.Memories.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.words.Align;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first and the last block of every zone are handed out like those between, and no block lies in two zones. */
class ZoneBordersTest {
    private static final long GIB = 1L << 30;
    private static final int GIGANTIC = 1 << Blocks.GIGANTIC_ORDER;

    /** Each zone is one GiB and begins at a multiple of it, so its only place is its first and its last. */
    @Test
    void anAlignedGiBThatIsAllOfAZone() {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(2 * GIB).withMovableBytes(GIB));
        Blocks blocks = Bridge.core(memory).blocks();
        long head = blocks.allocateGigantic(Blocks.MOVABLE_FIRST);
        assertThat(head).as("the whole of ZONE_MOVABLE").isEqualTo(GIGANTIC);
        assertThat(blocks.allocateGigantic(Blocks.MOVABLE_FIRST)).as("the other zone holds the tables' reserve")
                .isEqualTo(-Errno.ENOMEM);
        put(memory, head, 1);
        closeIdle(memory);
    }

    /** Two nodes with a GiB of ZONE_MOVABLE each: the last one of each node is found. */
    @Test
    void allAlignedGiBOfTwoNodes() {
        PhysicalMemory memory = PhysicalMemory
                .open(MemoryOptions.ofRam(4 * GIB).withMovableBytes(2 * GIB).withNodes(2));
        Blocks blocks = Bridge.core(memory).blocks();
        BitSet heads = new BitSet();
        for (long head; (head = blocks.allocateGigantic(Blocks.MOVABLE_FIRST)) > 0;) {
            assertThat(heads.get((int) (head / GIGANTIC))).as("handed out twice: %d", head).isFalse();
            heads.set((int) (head / GIGANTIC));
        }
        assertThat(heads).as("GiB 0 and 2 are NORMAL memory and hold tables").isEqualTo(bits(1, 3));
        heads.stream().forEach(gib -> put(memory, (long) gib * GIGANTIC, 1));
        closeIdle(memory);
    }

    private static BitSet bits(int... set) {
        BitSet bits = new BitSet();
        for (int bit : set) {
            bits.set(bit);
        }
        return bits;
    }

    /** Everything taken in blocks of one order: every frame once, but those that are kept for tables or reserved. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3, Blocks.MAX_ORDER})
    void everyFrameOfEveryZoneOnce(int order) {
        PhysicalMemory memory = PhysicalMemory
                .open(MemoryOptions.ofRam(48 * MIB).withMovableBytes(16 * MIB).withNodes(2));
        Blocks blocks = Bridge.core(memory).blocks();
        long free = memory.vmStat().freeFrames();
        BitSet taken = new BitSet();
        BitSet heads = new BitSet();
        for (long pfn; (pfn = blocks.allocate(order, Blocks.MOVABLE_FIRST)) > 0;) {
            int from = (int) pfn;
            assertThat(taken.get(from, from + (1 << order)).isEmpty()).as("handed out twice: %d", pfn).isTrue();
            taken.set(from, from + (1 << order));
            heads.set(from);
        }
        for (int pfn = 0; pfn < memory.options().ramBytes() / Align.PAGE_BYTES; pfn++) {
            assertThat(memory.zoneOf(pfn) == ZoneKind.MOVABLE && !taken.get(pfn)).as("left out: %d", pfn).isFalse();
        }
        assertThat(free - taken.cardinality()).as("left: less than a block at the reserved frames")
                .isBetween(0L, order == 0 ? 0L : 1L << Blocks.MAX_ORDER);
        heads.stream().forEach(pfn -> put(memory, pfn, 1));
        assertThat(memory.vmStat().freeFrames()).isEqualTo(free);
        closeIdle(memory);
    }
}
