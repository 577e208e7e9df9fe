package io.pinfold.jcstress.explore.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.search.Limits;
import io.pinfold.jcstress.explore.search.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pruning loses no outcome on the shipping code. A pruned search ends with the outcomes of the complete search, in
 * which every access is a scheduling point and a state met twice is tried twice, as far as that is feasible. Random
 * programs are compared in {@code PruneIT}; scenarios have locks, waits, and objects of the heap that each run puts
 * back.
 */
class PrunedScenariosIT {
    private static final int BOUNDS = 2;
    /** Most schedules of the complete search. */
    private static final long MOST = 10_000;
    /**
     * The same for memories with buffers. No bound limits the times at which buffers are emptied, so that hardly any
     * complete search ends.
     */
    private static final long MOST_WITH_BUFFERS = 1_000;
    /** The complete searches so far, by scenario, mode and bound. */
    private static final Map<List<Object>, Result> SEARCHED = new ConcurrentHashMap<>();

    static Stream<Arguments> searches() {
        return Scenarios.all().flatMap(scenario -> Stream.of(Mode.values())
                .map(mode -> Arguments.of(scenario.name(), mode, scenario)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("searches")
    void noOutcomeIsLost(String name, Mode mode, Scenario scenario) {
        Result everything = everything(scenario, mode, 1);
        if (!everything.complete()) {
            return;
        }
        Result pruned = Scenarios.search(scenario, mode, Limits.ALL.withBound(1));
        compare(pruned, everything, 1);
        // The more preemptions, the larger the part that is pruned: a search that is too long by the part of one
        // preemption would only be cut.
        long mostPruned = most(mode) * pruned.runs() / everything.runs();
        Result prunedOfTwo = Scenarios.search(scenario, mode, Limits.ALL.withBound(BOUNDS).withRuns(mostPruned));
        if (!prunedOfTwo.complete()) {
            return;
        }
        Result everythingOfTwo = everything(scenario, mode, BOUNDS);
        if (everythingOfTwo.complete()) {
            compare(prunedOfTwo, everythingOfTwo, BOUNDS);
        }
    }

    private static void compare(Result pruned, Result everything, int bound) {
        assertThat(pruned.complete()).isTrue();
        assertThat(pruned.outcomes().keySet()).as("with %d preemptions", bound)
                .isEqualTo(everything.outcomes().keySet());
    }

    /** Otherwise the comparison above would cover few scenarios. */
    @ParameterizedTest
    @EnumSource(value = Mode.class, names = {"SC", "VIEW"})
    void allAreComparedAtOnePreemption(Mode mode) {
        List<String> cut = new ArrayList<>();
        Scenarios.all().filter(scenario -> !everything(scenario, mode, 1).complete())
                .forEach(scenario -> cut.add(scenario.name()));
        assertThat(cut).isEmpty();
    }

    @Test
    void whatIsTriedOneByOneIsMore() {
        Scenario scenario = Scenarios.all().filter(one -> one.name().equals("pin-vs-unmap")).findFirst().orElseThrow();

        assertThat(everything(scenario, Mode.SC, BOUNDS).runs())
                .isGreaterThan(2 * Scenarios.search(scenario, Mode.SC, Limits.ALL.withBound(BOUNDS)).runs());
    }

    private static Result everything(Scenario scenario, Mode mode, int bound) {
        return SEARCHED.computeIfAbsent(List.of(scenario.name(), mode, bound), key -> Scenarios.search(scenario, mode,
                Limits.ALL.withPruning(false, false, false).withBound(bound).withRuns(most(mode))));
    }

    private static long most(Mode mode) {
        return mode == Mode.TSO || mode == Mode.PSO ? MOST_WITH_BUFFERS : MOST;
    }
}
