package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;
import io.pinfold.hwmodel.dma.Completions;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The audit finds planted faults: without that a green audit would prove nothing. */
@Timeout(60)
class CopyAuditTest extends CopyAuditCase {

    @Test
    void nothingPlantedNothingFound() {
        CopyReport report = audit(CopyAuditTest::nothing, CopyAuditTest::nothing);
        assertThat(report.findings()).isEmpty();
        assertThat(report.exitCode()).isZero();
    }

    @Test
    void oneLeakedReference() {
        long[] leaked = new long[1];
        CopyReport report = audit(run -> {
            leaked[0] = frameOfType(run.memory(), PageType.USER);
            PageRefs.getPage(Bridge.core(run.memory()).recordAddress(leaked[0]));
        }, CopyAuditTest::nothing);
        assertFound(report, CopyAudit.nameOf(MemoryAudit.Kind.LEAKED_FRAME), Long.toString(leaked[0]));
    }

    /** Eight of a kind are told one by one, and how many more there are. */
    @Test
    void everyLeakIsToldOrCounted() {
        String name = CopyAudit.nameOf(MemoryAudit.Kind.LEAKED_FRAME);
        for (int leaks : new int[]{0, 1, 7, 8, 9, 10, 20}) {
            List<Long> leaked = new ArrayList<>();
            CopyReport report = audit(run -> {
                for (int i = 0; i < leaks; i++) {
                    leaked.add(Bridge.core(run.memory()).blocks().allocate(0, Blocks.NORMAL));
                }
            }, CopyAuditTest::nothing);
            List<String> details = report.findings().stream().filter(finding -> finding.name().equals(name))
                    .map(CopyFinding::detail).toList();
            int told = Math.min(leaks, 8);
            assertThat(details).as("%d leaks", leaks).hasSize(leaks > told ? told + 1 : told);
            for (int i = 0; i < told; i++) {
                String frame = details.get(i).substring("frame ".length(), details.get(i).indexOf(':'));
                assertThat(leaked).contains(Long.valueOf(frame));
            }
            if (leaks > told) {
                assertThat(details.getLast()).isEqualTo(leaks - told + " more");
            }
        }
    }

    @Test
    void oneReferenceDroppedTwice() {
        long[] twice = new long[1];
        CopyReport report = audit(run -> {
            // The reference of the mapping is dropped here, and dropped again when the address space closes,
            // which notices.
            twice[0] = frameOfType(run.memory(), PageType.USER);
            PageRefs.subAndTest(Bridge.core(run.memory()).recordAddress(twice[0]), 1);
        }, CopyAuditTest::nothing);
        assertFound(report, CopyAudit.nameOf(MemoryAudit.Kind.BAD_COUNT), Long.toString(twice[0]), "ref 0");
        assertFound(report, CopyFinding.MEMORY_MODEL, "put of 1 references on 0 of page " + twice[0]);
    }

    @Test
    void oneFrameFreedTwice() {
        CopyTestFiles files = new CopyTestFiles(directory, 100_000);
        CopyRun[] self = new CopyRun[1];
        long[] twice = new long[1];
        try (CopyRun run = CopyRun.open(files.options(8, 0, Lifetime.PIN, 1), () -> false, done -> {
            PhysicalMemory memory = self[0].memory();
            twice[0] = Bridge.core(memory).blocks().allocate(0, Blocks.NORMAL);
            PageRefs.subAndTest(Bridge.core(memory).recordAddress(twice[0]), 1);
            for (int i = 0; i < 2; i++) {
                FreeBatch batch = new FreeBatch(Bridge.core(memory));
                batch.add(twice[0]);
                batch.drain();
            }
        })) {
            self[0] = run;
            run.copy();
            run.tearDown();
            assertFound(run.audit(), CopyFinding.MEMORY_MODEL, Long.toString(twice[0]));
        }
    }

    @Test
    @Tag("unchecked") // plants a count on a free frame
    void oneFrameBothFreeAndReferenced() {
        long[] free = new long[1];
        CopyReport report = audit(CopyAuditTest::nothing, run -> {
            free[0] = frameOfType(run.memory(), PageType.BUDDY);
            Words.setIntVolatile(Bridge.core(run.memory()).recordAddress(free[0]) + PageLayout.REFCOUNT, 1);
        });
        assertFound(report, CopyAudit.nameOf(MemoryAudit.Kind.FREE_AND_REFERENCED), Long.toString(free[0]));
    }

    @Test
    void oneFlippedByteInTheTarget() {
        CopyReport report = audit(CopyAuditTest::nothing, run -> {
            try (FileChannel target = FileChannel.open(run.target(), StandardOpenOption.READ,
                    StandardOpenOption.WRITE)) {
                ByteBuffer one = ByteBuffer.allocate(1);
                target.read(one, 77_777);
                one.put(0, (byte) (one.get(0) ^ 1)).rewind();
                target.write(one, 77_777);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertFound(report, CopyFinding.TARGET_DIFFERS, "at byte 77777; both have 100000 bytes");
    }

    @Test
    void oneByteTooManyInTheTarget() {
        CopyReport report = audit(CopyAuditTest::nothing, run -> {
            try (FileChannel target = FileChannel.open(run.target(), StandardOpenOption.APPEND)) {
                target.write(ByteBuffer.allocate(1));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertFound(report, CopyFinding.TARGET_DIFFERS, "at byte 100000", "SRC has 100000 bytes, DST 100001");
    }

    @Test
    void aSourceThatGrewIsToldWithTheSizesOfNow() {
        CopyReport report = audit(CopyAuditTest::nothing, run -> {
            try (FileChannel source = FileChannel.open(directory.resolve("source"), StandardOpenOption.APPEND)) {
                source.write(ByteBuffer.allocate(1));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertFound(report, CopyFinding.TARGET_DIFFERS, "at byte 100000",
                "SRC had 100000 bytes when it was opened; SRC has 100001 bytes, DST 100000");
    }

    @Test
    void oneReleasedCountDropped() {
        CopyReport report = audit(CopyAuditTest::nothing, run -> {
            try (PageBatch<?> batch = run.memory().newPageBatch(1)) {
                Bridge.held(batch).countReleased(0, -1);
            }
        });
        assertFound(report, CopyFinding.COUNTERS, "25 pins acquired, 24 released");
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
                        .hasToString("counters: node " + node + ": 0 pins acquired, -1 released");
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
                "counters: node 0: 0 pins acquired, 2 released", "counters: node 1: 0 pins acquired, -2 released");
    }

    @Test
    void oneDescriptorCompletedTwice() {
        CopyReport report = audit(run -> Completions.completeTwice(run.engine(), take(run)),
                CopyAuditTest::nothing);
        assertFound(report, CopyFinding.COMPLETED_TWICE, "1 completion");
    }

    @Test
    void manyFindingsOfAKindAreCounted() {
        CopyReport report = audit(run -> {
            PhysicalMemory memory = run.memory();
            int leaked = 0;
            for (long pfn = 1; leaked < 10; pfn++) {
                if (memory.page(pfn).type() == PageType.USER) {
                    PageRefs.getPage(Bridge.core(memory).recordAddress(pfn));
                    leaked++;
                }
            }
        }, CopyAuditTest::nothing);
        assertFound(report, CopyAudit.nameOf(MemoryAudit.Kind.LEAKED_FRAME), "2 more");
    }

    private static List<String> names() throws IllegalAccessException {
        List<String> names = new ArrayList<>();
        for (Field field : CopyFinding.class.getFields()) {
            names.add((String) field.get(null));
        }
        return names;
    }

    /** A name of a finding that nothing plants fails here, also one that is added. */
    @ParameterizedTest
    @MethodSource("names")
    void everyNameIsPlanted(String name) {
        CopyJobAuditTest job = new CopyJobAuditTest();
        job.directory = directory;
        switch (name) {
            case CopyFinding.COUNTERS -> oneReleasedCountDropped();
            case CopyFinding.TARGET_DIFFERS -> oneFlippedByteInTheTarget();
            case CopyFinding.COMPLETED_TWICE -> oneDescriptorCompletedTwice();
            case CopyFinding.NEVER_COMPLETED -> job.oneDescriptorNeverCompleted();
            case CopyFinding.STALE_DMA -> job.oneStaleTransfer();
            case CopyFinding.DAMAGED_PAGE -> job.onePageOfARivalDamaged();
            case CopyFinding.MEMORY_MODEL -> oneReferenceDroppedTwice();
            case CopyFinding.JOB_FAILED -> job.aSourceThatIsShorterThanItWas();
            case CopyFinding.TEARDOWN -> job.anEngineThatWasLeftOpen();
            default -> throw new AssertionError("nothing plants " + name);
        }
        found.addAll(job.found);
        assertThat(found).contains(name);
    }
}
