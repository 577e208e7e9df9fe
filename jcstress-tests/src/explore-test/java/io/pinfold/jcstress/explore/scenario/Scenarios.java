package io.pinfold.jcstress.explore.scenario;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.search.Limits;
import io.pinfold.jcstress.explore.search.Result;
import io.pinfold.jcstress.explore.search.Search;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** All scenarios, as the command finds them, and how the tests search them. */
final class Scenarios {
    /** The protocol cores, which come first in the list. */
    static final List<String> CORES = List.of("pin-vs-unmap", "pin-vs-reclaim", "pin-vs-freeze", "walk-vs-table-free",
            "grab-vs-free-and-reuse", "grab-vs-free-and-reuse-smaller", "pin-vs-pagemap-kill");

    private Scenarios() {
    }

    static Stream<Scenario> all() {
        return ServiceLoader.load(Scenario.class).stream().map(ServiceLoader.Provider::get);
    }

    static Stream<Scenario> cores() {
        return all().filter(scenario -> CORES.contains(scenario.name()));
    }

    static Result search(Scenario scenario, Mode mode, Limits limits) {
        try (Search search = new Search(scenario, mode, limits)) {
            return search.run();
        }
    }
}
