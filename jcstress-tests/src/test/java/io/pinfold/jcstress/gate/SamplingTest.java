package io.pinfold.jcstress.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.cli.Progress;
import io.pinfold.hwmodel.process.Repository;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplingTest {
    private static final String CORE = "p.PinVsUnmap.Real";
    private static final String OTHER = "p.Race.Real";
    private static final List<String> TESTS = List.of("p.PinVsUnmap.Model", CORE, OTHER);

    @TempDir
    Path folder;

    private final StringWriter printed = new StringWriter();
    private final PrintWriter out = new PrintWriter(printed, true);
    private final Progress progress = new Progress(out, "samples", 0);
    private final List<String> runs = new ArrayList<>();

    private Accumulation accumulation(boolean dirty) {
        Origin origin = new Origin("a".repeat(40), dirty, "V", "Linux", "C");
        return new Accumulation(folder.resolve("totals.tsv"), new Repository(folder), origin, false, out);
    }

    @Test
    void goesOnUntilEachTestOfShippingCodeHasItsSamplesAndACoreTenTimesAsMany() throws Exception {
        // outside a repository no code is known to be the same, so these are counted by hand
        Accumulation accumulation = new Accumulation(folder.resolve("totals.tsv"), new Repository(folder),
                new Origin("a".repeat(40), true, "V", "Linux", "C"), true, out);

        boolean reached = new Sampling(accumulation, out, progress, this::hundredASecond).reach(TESTS, 5000);

        assertThat(reached).isTrue();
        // ten seconds to find the rate, then as long as needed, at most two minutes at a time
        assertThat(runs).containsExactly(OTHER + " 10", OTHER + " 40", CORE + " 10", CORE + " 120", CORE + " 120",
                CORE + " 120", CORE + " 120", CORE + " 10");
        assertThat(printed.toString()).contains("50,000", "samples: reached")
                .doesNotContain("Model");
    }

    @Test
    void aTestThatGoesWrongAddsNothingAndTheOthersGoOn() throws Exception {
        Accumulation accumulation = new Accumulation(folder.resolve("totals.tsv"), new Repository(folder),
                new Origin("a".repeat(40), true, "V", "Linux", "C"), true, out);

        boolean reached = new Sampling(accumulation, out, progress, (test, seconds) -> test.equals(CORE)
                ? hundredASecond(test, seconds)
                : new Tally(test, 1, 9000, 9, 0, 1, List.of("forbidden: X x 1"))).reach(TESTS, 10);

        assertThat(reached).isFalse();
        assertThat(Totals.read(folder.resolve("totals.tsv")).rows()).singleElement()
                .satisfies(row -> assertThat(row.test()).isEqualTo("PinVsUnmap.Real"));
        assertThat(printed.toString()).contains("p.Race.Real went wrong", "FAILED");
    }

    @Test
    void codeThatIsNotCommittedIsNotAdded() throws IOException {
        Accumulation accumulation = accumulation(true);

        accumulation.add(List.of(TotalsTest.good(5)));

        assertThat(accumulation.isWelcome()).isFalse();
        assertThat(folder.resolve("totals.tsv")).doesNotExist();
        assertThat(printed.toString()).contains("not that of a commit");
    }

    @Test
    void aRunOfCommittedCodeIsAdded() throws IOException {
        Accumulation accumulation = accumulation(false);

        accumulation.add("run 1", "2026-11-20", List.of(TotalsTest.good(5)));
        accumulation.add("run 1", "2026-11-20", List.of(TotalsTest.good(5)));

        assertThat(Totals.read(folder.resolve("totals.tsv")).samples("Race.Real", origin -> true)).isEqualTo(5);
    }

    private Tally hundredASecond(String test, int seconds) {
        runs.add(test + " " + seconds);
        return new Tally(test, 1, seconds * 100L, 1, 0, 0, List.of());
    }
}
