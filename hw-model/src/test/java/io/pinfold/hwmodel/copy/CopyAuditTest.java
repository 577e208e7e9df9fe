package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;
import io.pinfold.hwmodel.copy.CopyScene.Moment;
import io.pinfold.hwmodel.copy.CopyScene.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What findings of a copy's audit tell: of many frames, and of each node. */
@Timeout(60)
class CopyAuditTest {

    @TempDir
    Path directory;

    /** Eight of a kind are told one by one, and how many more there are. */
    @Test
    void everyLeakIsToldOrCounted() {
        String name = CopyAudit.nameOf(MemoryAudit.Kind.LEAKED_FRAME);
        for (int leaks : new int[]{0, 1, 7, 8, 9, 10, 20}) {
            List<Long> leaked = new ArrayList<>();
            CopyReport report = new CopyScene(directory, Setting.ALONE).play(Moment.ALL_IS_COPIED, scene -> {
                for (int i = 0; i < leaks; i++) {
                    leaked.add(Bridge.core(scene.memory()).blocks().allocate(0, Blocks.NORMAL));
                }
            });
            List<String> details = report.findings().stream().filter(finding -> finding.name().equals(name))
                    .map(CopyFinding::detail).toList();
            int told = Math.min(leaks, 8);
            assertThat(details).as("%d leaks", leaks).hasSize(leaks > told ? told + 1 : told);
            for (int i = 0; i < told; i++) {
                String frame = details.get(i).replaceFirst("^JOB1: frame (\\d+): IDLE1 .*", "$1");
                assertThat(leaked).contains(Long.valueOf(frame));
            }
            if (leaks > told) {
                assertThat(details.getLast()).isEqualTo("JOB1: " + (leaks - told) + " more");
            }
        }
    }

    @Test
    @Tag("unchecked") // plants a count on a free frame
    void oneFrameBothFreeAndReferenced() {
        long[] free = new long[1];
        CopyReport report = new CopyScene(directory, Setting.ALONE).play(Moment.TORN_DOWN, scene -> {
            free[0] = CopyScene.frameOfType(scene.memory(), PageType.BUDDY);
            Words.setIntVolatile(Bridge.core(scene.memory()).recordAddress(free[0]) + PageLayout.REFCOUNT, 1);
        });
        assertThat(report.findings()).singleElement().asString()
                .startsWith("free-and-referenced: JOB1: frame " + free[0] + ": ZONE10 ");
    }

    @Test
    void oneReleasedCountDroppedOnAnyNode() {
        for (int node = 0; node < 2; node++) {
            CopyAudit audit = new CopyAudit();
            try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20).withNodes(2));
                    PageBatch<?> batch = memory.newPageBatch(1)) {
                audit.counters(memory.vmStat());
                assertThat(audit.findings()).isEmpty();
                Bridge.held(batch).countReleased(node, -1);
                audit.counters(memory.vmStat());
                assertThat(audit.findings()).singleElement()
                        .hasToString("counters: JOB2: node " + node + ": 0 pins acquired, -1 released");
                Bridge.held(batch).countReleased(node, 1);
            }
        }
    }

    /** A surplus on one node does not make up for what another one lacks. */
    @Test
    void countersOfTwoNodesThatAreWrongTogether() {
        CopyAudit audit = new CopyAudit();
        try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20).withNodes(2));
                PageBatch<?> batch = memory.newPageBatch(1)) {
            Bridge.held(batch).countReleased(0, 2);
            Bridge.held(batch).countReleased(1, -2);
            audit.counters(memory.vmStat());
        }
        assertThat(audit.findings()).extracting(CopyFinding::toString).containsExactly(
                "counters: JOB2: node 0: 0 pins acquired, 2 released",
                "counters: JOB2: node 1: 0 pins acquired, -2 released");
    }
}
