package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.Mode;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The result of a search.
 *
 * @param bound the preemption bound, {@link #UNBOUNDED}, or {@link #RANDOM}
 * @param runs number of runs, including those that pruning ended
 * @param states different states met; 0 if they were not recorded
 * @param longest steps of the longest run
 * @param accesses accesses of all runs, including those without a scheduling point
 * @param gatedWords shared words, which have scheduling points
 * @param complete whether everything within the bound was tried
 * @param outcomes the number of runs by outcome
 * @param missing required outcomes without a run
 * @param violation the first one
 */
public record Result(String scenario, Mode mode, int bound, long runs, long states, int longest, long accesses,
        int gatedWords, long nanos, boolean complete, SortedMap<String, Long> outcomes, List<String> missing,
        @Nullable Violation violation) {

    /** The value of the bound for any number of preemptions. */
    public static final int UNBOUNDED = -1;
    /** The value of the bound for random runs, which are no search. */
    public static final int RANDOM = -2;

    /** Whether there is no violation, and no required outcome is missing after a complete search. */
    public boolean isGood() {
        return violation == null && (!complete || bound >= 0 || missing.isEmpty());
    }
}
