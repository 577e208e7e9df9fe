package io.pinfold.hwmodel.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The running kernel against the library, as far as the system permits. */
@Timeout(180)
class ConformanceIT {

    private static final Path POOL = Path.of("/proc/sys/vm/nr_hugepages");

    /** On the disk of the build: the system's temporary folder may lie in memory. */
    @TempDir
    Path folder;

    private final List<String> ladder = new ArrayList<>();

    private void assumeKernel() {
        String refusal = NativeAccess.refusal();
        assumeTrue(refusal.isEmpty(), refusal);
        try (Scratch scratch = new Scratch()) {
            int ring = Ring.refusal(scratch);
            assumeTrue(ring == 0, "io_uring_setup: " + Shown.errno(ring));
        }
        String counters = Kernel.countersRefusal();
        assumeTrue(counters.isEmpty(), counters);
    }

    @Test
    void nothingDiffersThatNoRowExplains() throws IOException {
        assumeKernel();
        String pool = Files.readString(POOL);
        ConformanceReport report = new Conformance(Set.of(), 1, 100, folder, ladder::add).run();
        assertThat(report.rows()).filteredOn(Row::isUnexplained).isEmpty();
        assertThat(report.differences()).isEmpty();
        assertThat(report.exitCode()).isZero();
        assertThat(report.count(Row.Verdict.AGREE)).as("%s", report.rows()).isGreaterThan(20);
        assertThat(report.traces()).isEqualTo(100);
        Map<String, Row> rows = report.rows().stream().collect(Collectors.toMap(Row::id, Function.identity()));
        assertThat(rows.get("fork-pinned").verdict()).isEqualTo(Row.Verdict.SKIPPED);
        assertThat(Files.readString(POOL)).as("huge pages put back").isEqualTo(pool);
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        assertThat(ladder).hasSize(Need.values().length);
    }

    /** A checker proves something only if it fails for a planted fault. */
    @Test
    void aWrongLibraryIsFound() {
        assumeKernel();
        Set<String> rows = Set.of("register-unmap", "stale-remap", "register-8", Conformance.TRACES);
        ConformanceReport report = new Conformance(rows, 1, 30, folder, ladder::add, Planted.unmapDropsPins()).run();
        assertThat(report.exitCode()).isEqualTo(1);
        assertThat(report.rows()).filteredOn(Row::isUnexplained).extracting(Row::id).contains("stale-remap");
        assertThat(report.rows()).filteredOn(row -> row.verdict() == Row.Verdict.AGREE).extracting(Row::id)
                .contains("register-8");
        assertThat(report.differences()).isNotEmpty().allSatisfy(found -> {
            assertThat(found.steps()).hasSizeLessThanOrEqualTo(5).anyMatch(step -> step.startsWith("unmap"));
            assertThat(found.lines()).anyMatch(line -> line.startsWith("! "));
        });
    }
}
