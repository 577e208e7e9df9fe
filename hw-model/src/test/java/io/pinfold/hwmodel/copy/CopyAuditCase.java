package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.PageType;
import io.pinfold.hwmodel.dma.DmaDescriptor;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.io.TempDir;

/** One copy with something planted in it, and what its audit says. */
abstract class CopyAuditCase {

    @TempDir
    Path directory;

    /** Names of what was planted and found. */
    final Set<String> found = new HashSet<>();

    /**
     * Copies without rivals; plants one fault while the frames are still mapped and another after everything was given
     * back.
     */
    CopyReport audit(Consumer<CopyRun> whileMapped, Consumer<CopyRun> afterwards) {
        CopyTestFiles files = new CopyTestFiles(directory, 100_000);
        try (CopyRun run = CopyTestFiles.open(files.options(8, 0, Lifetime.PIN, 1))) {
            run.copy();
            whileMapped.accept(run);
            run.tearDown();
            afterwards.accept(run);
            return run.audit();
        }
    }

    static void nothing(CopyRun run) {
        assertThat(run).isNotNull();
    }

    static long frameOfType(PhysicalMemory memory, int type) {
        for (long pfn = 1; pfn < memory.ramFrames(); pfn++) {
            if (memory.page(pfn).type() == type) {
                return pfn;
            }
        }
        throw new AssertionError("no frame of type " + PageType.nameOf(type));
    }

    /** A transfer of one user frame. */
    static DmaDescriptor take(CopyRun run) {
        return new DiscardingDevice().take(run.memory(), frameOfType(run.memory(), PageType.USER));
    }

    void assertFound(CopyReport report, String name, String... detail) {
        assertThat(report.exitCode()).isEqualTo(1);
        assertThat(report.findings()).anySatisfy(finding -> {
            assertThat(finding.name()).isEqualTo(name);
            assertThat(finding.detail()).contains(detail);
        });
        found.add(name);
    }
}
