package io.pinfold.jcstress.explore.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.search.Limits;
import io.pinfold.jcstress.explore.search.Result;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every schedule of the protocol cores under sequential consistency; and the consistency of the descriptions of all
 * scenarios.
 */
class ScenarioTest {

    static Stream<Scenario> cores() {
        return Scenarios.cores();
    }

    @ParameterizedTest
    @MethodSource("cores")
    void everyScheduleOfACoreKeepsTheInvariants(Scenario scenario) {
        Result result = Scenarios.search(scenario, Mode.SC, Limits.ALL);

        assertThat(result.violation()).isNull();
        assertThat(result.complete()).isTrue();
        assertThat(result.missing()).as("outcomes without which the sides never met").isEmpty();
        assertThat(result.outcomes().keySet()).isSubsetOf(scenario.allowed());
    }

    @Test
    void theCoresAreThere() {
        assertThat(Scenarios.cores().map(Scenario::name)).containsExactlyInAnyOrderElementsOf(Scenarios.CORES);
    }

    @Test
    void everyScenarioHasANameOfItsOwnAndSaysWhatItMustSee() {
        Set<String> names = new HashSet<>();
        Scenarios.all().forEach(scenario -> {
            assertThat(names.add(scenario.name())).as(scenario.name() + " is there twice").isTrue();
            assertThat(scenario.name()).matches("[a-z]+(-[a-z]+)*");
            assertThat(scenario.required()).as(scenario.name()).isNotEmpty();
            assertThat(scenario.allowed()).as(scenario.name()).containsAll(scenario.required());
        });
    }

    /** The names without the ending belong to race tests. */
    @Test
    void theClassOfEveryScenarioSaysThatItIsOne() throws Exception {
        assertThat(ScenarioClasses.all()).isNotEmpty().allMatch(name -> name.matches("[\\w.]+Scenario(\\$\\w+)?"));
    }

    @Test
    void everyScenarioOfThePackageIsListed() throws Exception {
        Set<String> listed = new HashSet<>();
        Scenarios.all().forEach(scenario -> listed.add(scenario.getClass().getName()));

        assertThat(listed).containsAll(ScenarioClasses.all());
    }
}
