package io.pinfold.jcstress.explore.weaken;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.explore.scenario.Scenario;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** Every access of the shipping protocols in a weaker mode: the lowerings that survive are those on the list. */
class WeakenIT {

    @Test
    void survivorsAreThoseOnTheList() {
        List<Scenario> scenarios = ServiceLoader.load(Scenario.class).stream().map(ServiceLoader.Provider::get)
                .toList();
        List<LoweringResult> results = new Weakening(scenarios, Weakening.LIMITS).all(kill -> {
        }, step -> {
        });

        assertThat(Survivors.list().differences(results)).isEmpty();
        assertThat(results).anyMatch(result -> !result.survives());
    }
}
