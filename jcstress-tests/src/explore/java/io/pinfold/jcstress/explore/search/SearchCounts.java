package io.pinfold.jcstress.explore.search;

import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The counts of a search, its outcomes and its first violation, from which its {@link Result} is made. */
final class SearchCounts {
    long runs;
    /** Accesses of all runs, including those without a scheduling point. */
    long accesses;
    /** Steps of the longest run. */
    int longest;
    private final TreeMap<String, Long> outcomes = new TreeMap<>();
    private @Nullable Violation violation;

    /** Resets the counts, because the search begins anew. */
    void clear() {
        runs = 0;
        accesses = 0;
        longest = 0;
        outcomes.clear();
        violation = null;
    }

    void outcome(String outcome) {
        outcomes.merge(outcome, 1L, Long::sum);
    }

    @Nullable
    Violation violation() {
        return violation;
    }

    /** Sets the first violation, which is the one that counts. */
    void found(Violation first) {
        violation = first;
    }

    Result result(ExploredSystem system, int bound, int states, int gatedWords, long nanos, boolean complete) {
        List<String> missing = system.scenario.required().stream().filter(wanted -> !outcomes.containsKey(wanted))
                .toList();
        return new Result(system.scenario.name(), system.mode, bound, runs, states, longest, accesses, gatedWords,
                nanos,
                complete, outcomes, missing, violation);
    }
}
