package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.Mode;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a search has found.
 *
 * @param bound the preemption bound, {@link #UNBOUNDED}, or {@link #RANDOM}
 * @param runs runs, those given up because they would show nothing new included
 * @param states different states met; 0 if they were not looked for
 * @param longest steps of the longest run
 * @param accesses accesses of all runs, those without a scheduling point included
 * @param gatedWords words that strands share, at which they were scheduled
 * @param complete whether everything within the bound was tried
 * @param outcomes how many runs ended in which outcome
 * @param missing required outcomes that no run had
 * @param violation the first one
 */
public record Result(String scenario, Mode mode, int bound, long runs, long states, int longest, long accesses,
        int gatedWords, long nanos, boolean complete, SortedMap<String, Long> outcomes, List<String> missing,
        @Nullable Violation violation) {

    /** As a bound: any number of preemptions. */
    public static final int UNBOUNDED = -1;
    /** As a bound: not a search, but runs by chance. */
    public static final int RANDOM = -2;

    /** Nothing was found, and if the search was complete it has seen what it had to. */
    public boolean isGood() {
        return violation == null && (!complete || bound >= 0 || missing.isEmpty());
    }
}
