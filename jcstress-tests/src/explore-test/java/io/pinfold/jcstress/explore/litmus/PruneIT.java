package io.pinfold.jcstress.explore.litmus;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** PruneTest with more and longer programs. */
class PruneIT {
    private static final int PROGRAMS = 60;

    @ParameterizedTest
    @EnumSource(Mode.class)
    void theSearchFindsWhatTryingEverythingFinds(Mode mode) {
        Comparison racing = Comparison.ofSearches(mode, 11, Op.Mode.PLAIN, false, PROGRAMS, 7);
        Comparison waiting = Comparison.ofSearches(mode, 12, Op.Mode.OPAQUE, true, PROGRAMS, 7);
        assertThat(racing.compared() + waiting.compared()).isGreaterThan(PROGRAMS);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void raisingAnAccessAddsNothing(Mode mode) {
        Comparison.raised(mode, 13, PROGRAMS, 5);
    }

    @ParameterizedTest
    @EnumSource(value = Mode.class, mode = EnumSource.Mode.EXCLUDE, names = "SC")
    void weakerMemoryShowsWhatStrongerMemoryDoes(Mode mode) {
        Comparison.included(mode, 14, PROGRAMS, 5);
    }
}
