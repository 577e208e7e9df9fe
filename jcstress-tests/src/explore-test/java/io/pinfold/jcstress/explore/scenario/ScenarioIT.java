package io.pinfold.jcstress.explore.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.search.Limits;
import io.pinfold.jcstress.explore.search.Result;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every scenario in every memory model: all schedules where that ends soon, else as many as the time permits, and
 * besides all that have few preemptions.
 */
class ScenarioIT {
    private static final long NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int BOUND = 2;

    static Stream<Arguments> searches() {
        return Scenarios.all()
                .flatMap(scenario -> Stream.of(Mode.values())
                        .map(mode -> Arguments.of(scenario.name(), mode, scenario)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("searches")
    void nothingForbiddenIsReached(String name, Mode mode, Scenario scenario) {
        Result all = Scenarios.search(scenario, mode, Limits.ALL.withNanos(NANOS));

        assertThat(all.violation()).isNull();
        assertThat(all.outcomes().keySet()).isSubsetOf(scenario.allowed());
        if (all.complete()) {
            assertThat(all.missing()).as("outcomes without which the sides never met").isEmpty();
        } else {
            Result few = Scenarios.search(scenario, mode, Limits.ALL.withBound(BOUND).withNanos(NANOS));
            assertThat(few.violation()).isNull();
        }
    }
}
