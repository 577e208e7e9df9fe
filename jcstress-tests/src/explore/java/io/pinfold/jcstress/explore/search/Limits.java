package io.pinfold.jcstress.explore.search;

/**
 * How far a search goes and what it leaves out because it would learn nothing from it.
 *
 * @param bound most preemptions in a run, a strand being left although it could go on; negative for any number
 * @param runs most runs
 * @param nanos most time
 * @param steps most steps of a run: beyond, it is taken for a livelock
 * @param sleepSets whether of two orders of independent steps only one is tried; never with a bound
 * @param seenStates whether a state is left when it was reached before
 * @param quietWords whether words that strands do not share go without scheduling points
 * @param stopAtFirst whether the first violation ends the search
 */
public record Limits(int bound, long runs, long nanos, int steps, boolean sleepSets, boolean seenStates,
        boolean quietWords, boolean stopAtFirst) {

    /** Everything, with all pruning. */
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

    /** Whether there is nothing more to do after a search with this result. */
    public boolean stopsFor(Result result) {
        return stopAtFirst && result.violation() != null;
    }

    boolean isBounded() {
        return bound >= 0;
    }
}
