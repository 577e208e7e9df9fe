package io.pinfold.jcstress.explore.litmus;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pruning loses no outcome: random programs have the same outcomes with and without it. PruneIT has more programs. */
class PruneTest {

    @ParameterizedTest
    @EnumSource(Mode.class)
    void theSearchFindsWhatTryingEverythingFinds(Mode mode) {
        Comparison racing = Comparison.ofSearches(mode, 1, Op.Mode.PLAIN, false, 30, 6);
        assertThat(racing.compared()).isGreaterThanOrEqualTo(25);
        Comparison waiting = Comparison.ofSearches(mode, 2, Op.Mode.OPAQUE, true, 30, 6);
        assertThat(waiting.compared()).isGreaterThanOrEqualTo(25);
        assertThat(waiting.prunedRuns()).as("runs, of %s naive ones", waiting.naiveRuns())
                .isLessThan(waiting.naiveRuns());
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void raisingAnAccessAddsNothing(Mode mode) {
        Comparison.raised(mode, 3, 40, 5);
    }

    @ParameterizedTest
    @EnumSource(value = Mode.class, mode = EnumSource.Mode.EXCLUDE, names = "SC")
    void weakerMemoryShowsWhatStrongerMemoryDoes(Mode mode) {
        Comparison.included(mode, 4, 40, 5);
    }
}
