package io.pinfold.jmh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pinfold.jmh.support.PresentPages;
import io.pinfold.jmh.support.PresentPages.Kind;
import java.util.Collection;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs every benchmark for a moment in this JVM, so that a broken one is noticed. */
class BenchmarksTest {
    @Test
    void everyBenchmarkRunsAndHasItsBaselineBesideIt() throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder().include("io\\.pinfold\\.jmh\\..*").forks(0)
                .warmupIterations(0).measurementIterations(1).measurementTime(TimeValue.milliseconds(5))
                .shouldFailOnError(true).verbosity(VerboseMode.SILENT).param("pages", "8").param("sharing", "same")
                .param("kind", "FOLIO16").build()).run();

        Map<String, Double> times = new TreeMap<>();
        results.forEach(
                result -> times.put(result.getPrimaryResult().getLabel(), result.getPrimaryResult().getScore()));
        assertThat(times).containsKeys("casPair", "baseline", "getAndPut", "pinAndUnpin", "getAndPutExtents");
        assertThat(times.values()).allMatch(time -> time > 0);
    }

    @Test
    void eachCallTakesAndDropsAllPages() {
        for (int pages : new int[]{1, 8, 64, 512}) {
            try (PresentPages present = new PresentPages(pages)) {
                assertThat(present.getAndPut(1)).isEqualTo(pages);
                assertThat(present.pinAndUnpin(1)).isEqualTo(pages);
                assertThat(present.casPair(1)).isEqualTo(2 * pages);
                present.checkBalanced();
            }
        }
    }

    @Test
    void largeFoliosAreTakenAndDroppedWholeByJavaAndByC() {
        for (Kind kind : Kind.values()) {
            try (PresentPages present = new PresentPages(kind, 512, 512, null)) {
                assertThat(present.getAndPut(2)).isEqualTo(1024);
                assertThat(present.pinAndUnpin(2)).isEqualTo(1024);
                assertThat(present.getAndPutExtents(2)).isEqualTo(1024);
                assertThat(present.pinAndUnpinExtents(2)).isEqualTo(1024);
                if (present.hasC()) {
                    assertThat(present.cGetAndPut(2)).isEqualTo(1024);
                    assertThat(present.cPinAndUnpin(2)).isEqualTo(1024);
                    assertThat(present.cGetAndPutExtents(2)).isEqualTo(1024);
                    assertThat(present.cPinAndUnpinExtents(2)).isEqualTo(1024);
                }
                present.checkBalanced();
            }
        }
    }

    @Test
    void aRangeIsGoneThroughEvenlyWhoeverCalls() {
        try (PresentPages present = new PresentPages(Kind.ORDER0, 8, 64, new Random(1))) {
            assertThat(present.getAndPut(3)).isEqualTo(24);
            if (present.hasC()) {
                assertThat(present.cPinAndUnpin(11)).isEqualTo(88);
                assertThat(present.cTwoAtomics(3)).isEqualTo(2 * 24);
            }
            assertThat(present.casPair(9)).isEqualTo(2 * 72);
            present.checkBalanced();
        }
    }

    @Test
    void refusesMorePagesThanATableHolds() {
        assertThatIllegalArgumentException().isThrownBy(() -> new PresentPages(513)).withMessageContaining("513");
        assertThatIllegalArgumentException().isThrownBy(() -> new PresentPages(0)).withMessageContaining("0");
    }
}
