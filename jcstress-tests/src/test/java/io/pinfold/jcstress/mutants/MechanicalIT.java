package io.pinfold.jcstress.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.jcstress.mutants.mechanical.Pit;
import io.pinfold.jcstress.mutants.mechanical.PitMutant;
import io.pinfold.jcstress.mutants.mechanical.PitStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** PIT itself, on one small class: it kills, it tries only what it is told, and what is no result is an exception. */
class MechanicalIT {

    private static final String CLASS = "core.pgtable.Entry";
    private static final List<String> TESTS = List.of("core.pgtable.EntryTest");
    private static final Duration LIMIT = Duration.ofMinutes(15);

    private final Pit pit = new PitJvm(new Project(Path.of("..").toAbsolutePath().normalize()), 2);

    private static Pit.Task task(List<PitMutant> only, List<String> tests, boolean isAlone) {
        return new Pit.Task(List.of(CLASS), only, "core", tests, isAlone);
    }

    @Test
    void mutantsAreKilledAndOneOfThemIsTriedAloneAgain() throws Exception {
        List<PitMutant> all = pit.run(task(List.of(), TESTS, false), LIMIT);
        List<PitMutant> killed = all.stream().filter(PitMutant::isKilled).toList();

        assertThat(killed).hasSizeGreaterThan(all.size() / 2);
        assertThat(killed).allMatch(mutant -> mutant.by().startsWith("core.pgtable.EntryTest."));
        assertThat(all.stream().map(PitMutant::id).distinct()).hasSameSizeAs(all);

        PitMutant one = killed.getFirst();
        assertThat(pit.run(task(List.of(one), TESTS, true), LIMIT)).singleElement()
                .satisfies(again -> assertThat(again.id()).isEqualTo(one.id()))
                .satisfies(again -> assertThat(again.status()).isEqualTo(PitStatus.KILLED));
    }

    @Test
    void testsThatAreRedWithoutAMutantAreNoResult() {
        // in the folder of another module it does not find its sources
        List<String> red = List.of("core.pgtable.TableShapesTest");

        assertThatThrownBy(() -> pit.run(new Pit.Task(List.of("core.pgtable.Geometry"), List.of(), "jmh", red, false),
                LIMIT)).isInstanceOf(IOException.class).hasMessageContaining("PIT ended with");
    }

    @Test
    void aRunEndsAtItsLimit() {
        assertThatThrownBy(() -> pit.run(task(List.of(), TESTS, false), Duration.ofMillis(50)))
                .isInstanceOf(TimeoutException.class).hasMessageContaining(CLASS);
    }
}
