package io.pinfold.jcstress.gate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * How many samples the tests of shipping code are to have. A zero that was seen a few hundred thousand times says little about a
 * window of some nanoseconds; ten million is what is asked of every test, and ten times that of the five protocols all others rest on.
 */
public final class Goals {
    /**
     * The re-check of a pin against unmap, freeze against grab, walk against the end of its tables, free against re-use, and the get of a
     * device's pagemap against its removal.
     */
    public static final Set<String> CORES = Set.of("PinVsUnmap", "PinVsFreeze", "WalkVsTableFree", "GrabVsFreeAndReuse",
            "PinVsPagemapKill", "LiveRefVsKill");
    private static final int CORE_FACTOR = 10;
    /** Longest single run of jcstress, in seconds: what was sampled is written down in between. */
    static final int MAX_ROUND = 120;
    /** The first run of a test, which tells its rate; most are done with it on a quiet machine. */
    private static final int FIRST_ROUND = 10;
    /** Shortest: the first second warms up. */
    private static final int MIN_ROUND = 3;

    private Goals() {
    }

    /** One test on its way: its name, what it has, what it shall have. */
    public record Goal(String test, long have, long goal) {
        public boolean isReached() {
            return have >= goal;
        }

        /** Seconds still needed at a rate, at least one round. */
        public long secondsAt(double samplesPerSecond) {
            return isReached() ? 0 : Math.max(MIN_ROUND, (long) Math.ceil((goal - have) / samplesPerSecond));
        }
    }

    /** Samples a test is to have when each has {@code samples}. */
    public static long of(String shortName, long samples) {
        return CORES.contains(shortName.substring(0, shortName.indexOf('.'))) ? samples * CORE_FACTOR : samples;
    }

    /** The goals of all tests of shipping code among these: smallest first, so that all have some before one has many. */
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

    /** Seconds the next run of jcstress takes for a goal. The first finds out how fast the test is. */
    public static int round(Goal goal, double samplesPerSecond, int roundsBefore) {
        return roundsBefore == 0 ? FIRST_ROUND : (int) Math.min(MAX_ROUND, goal.secondsAt(samplesPerSecond));
    }
}
