package io.pinfold.core.memory;

import static io.pinfold.core.memory.Memories.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random allocation and freeing against a model in plain Java: a set of frames taken and a generation for each. */
class BuddyRandomTest {
    private static final int OPERATIONS = 12_000;

    private record Folio(long pfn, int order) {
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 0})
    void allocationsNeverOverlapAndNothingIsLost(long fixedSeed) {
        long seed = fixedSeed == 0 ? System.nanoTime() : fixedSeed;
        System.out.println("BuddyRandomTest seed " + seed);
        Random random = new Random(seed);
        PhysicalMemory memory = PhysicalMemory.open(
                MemoryOptions.ofRam(40 * MIB).withMovableBytes(16 * MIB).withNodes(1 + random.nextInt(2)));
        BitSet taken = new BitSet();
        Map<Long, Integer> generations = new HashMap<>();
        List<Folio> folios = new ArrayList<>();
        List<Long> tables = new ArrayList<>();
        for (int operation = 0; operation < OPERATIONS; operation++) {
            // drifts between nearly empty and exhausted
            boolean grow = random.nextInt(100) < (operation / 1500 % 2 == 0 ? 60 : 40);
            if (random.nextInt(8) == 0) {
                table(memory, random, grow, tables, taken, generations);
            } else if (grow || folios.isEmpty()) {
                allocate(memory, random, folios, taken, generations);
            } else {
                Folio folio = folios.remove(random.nextInt(folios.size()));
                taken.clear((int) folio.pfn, (int) folio.pfn + (1 << folio.order));
                Memories.put(memory, folio.pfn, 1);
                for (long pfn = folio.pfn; pfn < folio.pfn + (1 << folio.order); pfn++) {
                    generations.merge(pfn, 1, Integer::sum);
                }
            }
            if (operation % 1000 == 0) {
                assertThat(MemoryAudit.check(memory)).as("seed %d, operation %d", seed, operation).isEmpty();
            }
        }
        folios.forEach(folio -> Memories.put(memory, folio.pfn, 1));
        tables.forEach(Bridge.core(memory).blocks()::freeTable);
        Memories.closeIdle(memory);
    }

    private static void allocate(PhysicalMemory memory, Random random, List<Folio> folios, BitSet taken,
            Map<Long, Integer> generations) {
        int order = random.nextInt(3) == 0 ? random.nextInt(11) : random.nextInt(3);
        int scope = random.nextBoolean() ? Blocks.NORMAL : Blocks.MOVABLE_FIRST;
        long pfn = Bridge.core(memory).blocks().allocate(order, scope, random.nextInt(memory.nodes()));
        if (pfn < 0) {
            assertThat(pfn).isEqualTo(-Errno.ENOMEM);
            return;
        }
        assertThat(pfn % (1L << order)).isZero();
        if (scope == Blocks.NORMAL) {
            assertThat(memory.zoneOf(pfn)).isEqualTo(ZoneKind.NORMAL);
        }
        for (long frame = pfn; frame < pfn + (1L << order); frame++) {
            claim(memory, frame, taken, generations);
        }
        folios.add(new Folio(pfn, order));
    }

    private static void table(PhysicalMemory memory, Random random, boolean grow, List<Long> tables, BitSet taken,
            Map<Long, Integer> generations) {
        if (grow || tables.isEmpty()) {
            long pfn = Bridge.core(memory).blocks().allocateTable(1, 0, 0);
            if (pfn > 0) {
                claim(memory, pfn, taken, generations);
                tables.add(pfn);
            }
        } else {
            long pfn = tables.remove(random.nextInt(tables.size()));
            taken.clear((int) pfn);
            Bridge.core(memory).blocks().freeTable(pfn);
            generations.merge(pfn, 1, Integer::sum);
        }
    }

    private static void claim(PhysicalMemory memory, long pfn, BitSet taken, Map<Long, Integer> generations) {
        assertThat(taken.get((int) pfn)).as("frame %d handed out twice", pfn).isFalse();
        taken.set((int) pfn);
        assertThat(Memories.generation(memory, pfn)).isEqualTo(generations.getOrDefault(pfn, 0));
    }
}
