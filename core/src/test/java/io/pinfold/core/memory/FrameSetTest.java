package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.zone.MemoryMap;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The frames that an audit has seen free, and what an audit costs. */
class FrameSetTest {
    private static final int UNIT = MemoryMap.UNIT_FRAMES;

    @Test
    void isASetWhateverTheOrder() {
        Random random = new Random(7);
        long start = 3L * UNIT;
        FrameSet set = new FrameSet(start, start + 4 * UNIT);
        Set<Long> model = new HashSet<>();
        for (long pfn = start + UNIT; pfn < start + 2 * UNIT; pfn++) { // one block in full, others in part
            assertThat(set.add(pfn)).isEqualTo(model.add(pfn));
        }
        for (int step = 0; step < 3000; step++) {
            long pfn = start + random.nextInt(3 * UNIT);
            assertThat(set.add(pfn)).as("frame %d", pfn).isEqualTo(model.add(pfn));
        }
        for (long pfn = start; pfn < start + 4 * UNIT; pfn++) {
            assertThat(set.contains(pfn)).as("frame %d", pfn).isEqualTo(model.contains(pfn));
        }
        assertThat(set.size()).isEqualTo(model.size());
    }

    /** Page tables come from the end of the zone: frames that are known to be free lie 4 TiB apart. */
    @Test
    @Timeout(300)
    @Tag("unchecked") // the states that checked memory keeps of 4 TiB do not fit into this heap
    void anAuditOf4TebibytesNeedsLittleHeap() throws Exception {
        ChildJvm child = ChildJvm.run(List.of("-Xmx48m", "-XX:+UseSerialGC"), Audit4Tib.class);
        assertThat(child.exit()).as(child.output()).isZero();
        assertThat(child.output().strip()).isEqualTo("[] [LEAKED_FRAME LEAKED_TABLE]");
    }

    /** Prints what audits of the largest memory find when little of it is in use. */
    static final class Audit4Tib {
        public static void main(String[] arguments) {
            try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(MemoryOptions.MAX_BYTES))) {
                long user = Memories.allocate(memory, 0);
                long table = Bridge.core(memory).blocks().allocateTable(1, 0, 0);
                List<String> kinds = MemoryAudit.checkIdle(memory).stream().map(found -> found.kind().name()).toList();
                List<MemoryAudit.Finding> always = MemoryAudit.check(memory);
                Memories.put(memory, user, 1);
                Bridge.core(memory).blocks().freeTable(table);
                System.out.println(always + " [" + String.join(" ", kinds) + "]");
            }
        }
    }
}
