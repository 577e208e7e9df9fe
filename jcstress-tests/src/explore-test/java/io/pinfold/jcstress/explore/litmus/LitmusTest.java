package io.pinfold.jcstress.explore.litmus;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Models;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LitmusTest {

    static Stream<Litmus> all() {
        return Litmus.all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    void everyModelShowsWhatTheTableSays(Litmus litmus) {
        Set<Mode> shown = EnumSet.noneOf(Mode.class);
        for (Mode mode : Mode.values()) {
            Outcomes.Result result = Outcomes.of(litmus.program(), backing -> Models.unchecked(mode, backing),
                    1_000_000);
            assertThat(result.complete()).isTrue();
            if (result.outcomes().stream().anyMatch(outcome -> litmus.weak().matcher(outcome).matches())) {
                shown.add(mode);
            }
        }
        assertThat(shown).as(litmus.name()).isEqualTo(litmus.shown());
    }

    @Test
    void noModelShowsWhatJavaForbids() {
        assertThat(Litmus.all()).filteredOn(litmus -> litmus.java() == Litmus.Java.FORBIDS)
                .allSatisfy(litmus -> assertThat(litmus.shown()).isEmpty());
    }

    @Test
    void whatJavaAllowsAndNoModelShowsIsLoadBuffering() {
        assertThat(Litmus.limits()).extracting(Litmus::name).isEqualTo(List.of("LB, plain", "LB, opaque"));
    }
}
