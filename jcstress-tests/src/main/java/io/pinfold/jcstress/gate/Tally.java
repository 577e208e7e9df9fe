package io.pinfold.jcstress.gate;

import java.util.ArrayList;
import java.util.List;

import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.grading.GradingResult;

/**
 * The observations of one race test over all its runs (one per JVM mode).
 *
 * @param test name as jcstress spells it
 * @param runs result records it left: one per JVM mode and fork
 * @param samples all executions
 * @param overlap executions whose outcome is possible only when the two actors really interleaved
 * @param broken executions with an outcome graded ACCEPTABLE_INTERESTING: the planted weakness showed
 * @param forbidden executions with a forbidden outcome
 * @param troubles other failures, such as an exception in an actor
 */
public record Tally(String test, int runs, long samples, long overlap, long broken, long forbidden,
        List<String> troubles) {

    /** The beginning of the description of an outcome that only an interleaving can produce. */
    public static final String OVERLAP_MARK = "[overlap]";

    public Tally {
        troubles = List.copyOf(troubles);
    }

    /** Reads one result record, graded by jcstress itself. */
    public static Tally of(TestResult result) {
        List<String> troubles = new ArrayList<>();
        if (result.status() != Status.NORMAL) {
            troubles.add("status " + result.status());
            troubles.addAll(result.getMessages());
        }
        long graded = 0;
        long overlap = 0;
        long broken = 0;
        long forbidden = 0;
        for (GradingResult outcome : result.grading().gradingResults.values()) {
            graded += outcome.count;
            switch (outcome.expect) {
                case ACCEPTABLE -> overlap += outcome.description.startsWith(OVERLAP_MARK) ? outcome.count : 0;
                case ACCEPTABLE_INTERESTING -> broken += outcome.count;
                case FORBIDDEN, UNKNOWN -> {
                    forbidden += outcome.count;
                    if (outcome.count > 0) {
                        troubles.add("forbidden: " + outcome.id + " x " + outcome.count);
                    }
                }
            }
        }
        if (graded != result.getTotalCount()) {
            // The report drops an id that two annotations grade, together with its samples.
            troubles.add(
                    "only " + graded + " of " + result.getTotalCount() + " samples are graded: an id is listed twice");
        }
        return new Tally(result.getName(), 1, result.getTotalCount(), overlap, broken, forbidden, troubles);
    }

    /** The sum of two tallies of the same test. */
    public Tally plus(Tally other) {
        List<String> all = new ArrayList<>(troubles);
        all.addAll(other.troubles);
        return new Tally(test, runs + other.runs, samples + other.samples, overlap + other.overlap,
                broken + other.broken, forbidden + other.forbidden, all);
    }

    /** The reason why this test does not do what its kind requires; empty when it does. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>(troubles);
        if (samples == 0) {
            problems.add("no samples");
        }
        if (forbidden > 0) {
            problems.add(forbidden + " samples with a forbidden outcome");
        }
        switch (Kind.of(test)) {
            case MODEL -> {
                if (broken > 0) {
                    problems.add("a model must not have interesting outcomes, saw " + broken);
                }
            }
            case BROKEN -> {
                if (broken == 0) {
                    problems.add("the planted weakness was not caught");
                }
            }
            case REAL -> {
                if (broken > 0) {
                    problems.add("shipping code must not have interesting outcomes, saw " + broken);
                }
                if (overlap == 0) {
                    problems.add("the actors never met, so this proves nothing");
                }
            }
        }
        return problems;
    }
}
