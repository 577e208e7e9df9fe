package io.pinfold.jcstress.explore.search;

/**
 * The limits and the pruning of a search.
 *
 * @param bound most preemptions in a run, where a strand is left although it could go on; negative for any number
 * @param runs most runs
 * @param nanos most time
 * @param steps most steps of a run: a longer run counts as a livelock
 * @param sleepSets whether only one of two orders of independent steps is tried; never with a bound
 * @param seenStates whether a run ends at a state that was reached before
 * @param quietWords whether unshared words have no scheduling points
 * @param stopAtFirst whether the first violation ends the search
 */
public record Limits(int bound, long runs, long nanos, int steps, boolean sleepSets, boolean seenStates,
        boolean quietWords, boolean stopAtFirst) {

    /** No limits, with all pruning. */
    public static final Limits ALL = new Limits(-1, Long.MAX_VALUE, Long.MAX_VALUE, 20_000, true, true, true, false);

    public Limits withBound(int preemptions) {
        return new Limits(preemptions, runs, nanos, steps, sleepSets && preemptions < 0, seenStates, quietWords,
                stopAtFirst);
    }

    public Limits withRuns(long most) {
        return new Limits(bound, most, nanos, steps, sleepSets, seenStates, quietWords, stopAtFirst);
    }

    public Limits withNanos(long most) {
        return new Limits(bound, runs, most, steps, sleepSets, seenStates, quietWords, stopAtFirst);
    }

    public Limits withSteps(int most) {
        return new Limits(bound, runs, nanos, most, sleepSets, seenStates, quietWords, stopAtFirst);
    }

    public Limits withPruning(boolean sleep, boolean seen, boolean quiet) {
        return new Limits(bound, runs, nanos, steps, sleep && bound < 0, seen, quiet, stopAtFirst);
    }

    public Limits stoppingAtFirst(boolean stop) {
        return new Limits(bound, runs, nanos, steps, sleepSets, seenStates, quietWords, stop);
    }

    /** Whether no further search is needed after this result. */
    public boolean stopsFor(Result result) {
        return stopAtFirst && result.violation() != null;
    }

    boolean isBounded() {
        return bound >= 0;
    }
}
