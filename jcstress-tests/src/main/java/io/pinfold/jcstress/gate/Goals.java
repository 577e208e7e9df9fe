package io.pinfold.jcstress.gate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The sample goals of the tests of shipping code. A few hundred thousand samples without a failure say little about a
 * window of some nanoseconds. So every test needs ten million samples, and the five protocols that all others rest on
 * need ten times as many.
 */
public final class Goals {
    /**
     * The tests of these five: the re-check of a pin against unmap, freeze against grab, walk against the end of its
     * tables, free against re-use, and the get of a device's pagemap against its removal.
     */
    public static final Set<String> CORES = Set.of("PinVsUnmap", "PinVsFreeze", "WalkVsTableFree", "GrabVsFreeAndReuse",
            "PinVsPagemapKill", "LiveRefVsKill");
    private static final int CORE_FACTOR = 10;
    /** Longest single run of jcstress, in seconds: the samples are saved in between. */
    static final int MAX_ROUND = 120;
    /** Seconds of the first run of a test, which shows its rate; on a quiet machine most tests need no other. */
    private static final int FIRST_ROUND = 10;
    /** Seconds of the shortest run: the first second warms up. */
    private static final int MIN_ROUND = 3;

    private Goals() {
    }

    /** A test with its samples so far and its goal. */
    public record Goal(String test, long have, long goal) {
        public boolean isReached() {
            return have >= goal;
        }

        /** Seconds still needed at a rate, at least one round. */
        public long secondsAt(double samplesPerSecond) {
            return isReached() ? 0 : Math.max(MIN_ROUND, (long) Math.ceil((goal - have) / samplesPerSecond));
        }
    }

    /** The samples that a test needs when each has a goal of {@code samples}. */
    public static long of(String shortName, long samples) {
        return CORES.contains(shortName.substring(0, shortName.indexOf('.'))) ? samples * CORE_FACTOR : samples;
    }

    /**
     * The goals of all tests of shipping code among these: smallest first, so that all tests have some samples before
     * one has many.
     */
    public static List<Goal> of(Iterable<String> tests, long samples, Totals totals, Predicate<Origin> counts) {
        List<Goal> goals = new ArrayList<>();
        for (String test : tests) {
            if (Kind.of(test) == Kind.REAL) {
                String name = Verdict.shortName(test);
                goals.add(new Goal(test, totals.samples(name, counts), of(name, samples)));
            }
        }
        goals.sort(Comparator.comparingLong(Goal::goal).thenComparing(Goal::test));
        return goals;
    }

    /** Seconds the next run of jcstress takes for a goal. The first run shows the rate of the test. */
    public static int round(Goal goal, double samplesPerSecond, int roundsBefore) {
        return roundsBefore == 0 ? FIRST_ROUND : (int) Math.min(MAX_ROUND, goal.secondsAt(samplesPerSecond));
    }
}
