package io.pinfold.jcstress.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TotalsTest {
    private static final String REAL = "p.Race.Real";
    private static final Origin HERE = new Origin("a".repeat(40), false, "V 25.0.3+9", "Linux amd64", "C, family 25");
    private static final Origin LATER = new Origin("b".repeat(40), false, "V 25.0.3+9", "Linux amd64", "C, family 25");

    private final Totals totals = new Totals();

    @TempDir
    Path folder;

    @Test
    void runsOfTheSameCodeOnTheSameMachineAddUp() {
        assertThat(totals.add("run 1", "2026-11-20", HERE, good(1000))).isTrue();
        assertThat(totals.add("run 2", "2026-11-21", HERE, good(500))).isTrue();

        assertThat(totals.rows()).singleElement().satisfies(row -> {
            assertThat(row.test()).isEqualTo("Race.Real");
            assertThat(row.samples()).isEqualTo(1500);
            assertThat(row.overlapping()).isEqualTo(14);
            assertThat(row.last()).isEqualTo("2026-11-21");
            assertThat(row.runs()).containsExactly("run 1", "run 2");
        });
    }

    @Test
    void aRunIsAddedOnce() {
        totals.add("run 1", "2026-11-20", HERE, good(1000));

        assertThat(totals.add("run 1", "2026-11-20", HERE, good(1000))).isFalse();
        assertThat(totals.samples("Race.Real", HERE::equals)).isEqualTo(1000);
    }

    @Test
    void otherCodeHasALineOfItsOwn() {
        totals.add("run 1", "2026-11-20", HERE, good(1000));
        totals.add("run 1", "2026-11-20", LATER, good(10));

        assertThat(totals.rows()).hasSize(2);
        assertThat(totals.samples("Race.Real", HERE::equals)).isEqualTo(1000);
        assertThat(totals.samples("Race.Real", origin -> true)).isEqualTo(1010);
        assertThat(totals.samples("Race.RealLook", origin -> true)).isZero();
    }

    @Test
    void aRunThatWentWrongAddsNothing() {
        assertThat(totals.add("run 1", "2026-11-20", HERE, new Tally(REAL, 1, 1000, 7, 0, 1, List.of()))).isFalse();
        assertThat(totals.add("run 2", "2026-11-20", HERE, new Tally(REAL, 1, 1000, 0, 0, 0, List.of()))).isFalse();
        assertThat(totals.add("run 3", "2026-11-20", HERE, new Tally(REAL, 1, 9, 7, 0, 0, List.of("threw")))).isFalse();

        assertThat(totals.rows()).isEmpty();
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        totals.add("run 1", "2026-11-20", HERE, good(1000));
        totals.add("run 2", "2026-11-20", LATER, good(10));
        Path file = folder.resolve("evidence/totals.tsv");

        totals.write(file);
        Totals read = Totals.read(file);
        read.add("run 1", "2026-11-20", HERE, good(1000));

        assertThat(read.rows()).isEqualTo(totals.rows());
        assertThat(Files.readAllLines(file)).hasSize(3).first().asString().startsWith("test\tcommit");
        assertThat(folder.resolve("evidence")).isDirectoryContaining(path -> path.equals(file))
                .isDirectoryNotContaining(
                        path -> path.toString().endsWith(".tmp"));
    }

    @Test
    void noFileIsNothingYetAndABrokenOneIsAnError() throws IOException {
        assertThat(Totals.read(folder.resolve("none")).rows()).isEmpty();
        Path file = Files.writeString(folder.resolve("broken"), "Race.Real\ta\n");

        assertThatIOException().isThrownBy(() -> Totals.read(file)).withMessageContaining("2 columns");
    }

    static Tally good(long samples) {
        return new Tally(REAL, 1, samples, 7, 0, 0, List.of());
    }
}
