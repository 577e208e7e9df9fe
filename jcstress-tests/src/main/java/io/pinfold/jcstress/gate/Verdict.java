package io.pinfold.jcstress.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * Whether a run of the race tests is evidence.
 *
 * @param table one line per test: samples, overlaps, caught weaknesses, verdict
 * @param problems what is wrong, one sentence each; empty is green
 * @param run tests that ran
 * @param brokenCaught weakened models whose weakness showed
 */
public record Verdict(List<String> table, List<String> problems, int run, int brokenCaught) {
    private static final String ROW = "%-44s %12s %12s %12s  %s";

    /**
     * Judges a run.
     *
     * @param expected tests there are, derived from the classes
     * @param tallies what the run left behind, by test
     */
    public static Verdict of(SortedSet<String> expected, SortedMap<String, Tally> tallies) {
        List<String> table = new ArrayList<>();
        List<String> problems = new ArrayList<>(RaceTests.gaps(expected));
        int caught = 0;
        table.add(ROW.formatted("test", "samples", "overlapping", "broken", "verdict"));
        for (String test : expected) {
            Tally tally = tallies.get(test);
            if (tally == null) {
                problems.add(test + ": did not run");
                table.add(ROW.formatted(shortName(test), "-", "-", "-", "MISSING"));
                continue;
            }
            List<String> wrong = tally.problems();
            wrong.forEach(problem -> problems.add(test + ": " + problem));
            caught += Kind.of(test) == Kind.BROKEN && tally.broken() > 0 ? 1 : 0;
            table.add(row(tally, wrong.isEmpty()));
        }
        for (String test : tallies.keySet()) {
            if (!expected.contains(test)) {
                problems.add(test + ": ran, but there is no such class");
            }
        }
        if (expected.isEmpty()) {
            problems.add("there are no race tests");
        }
        return new Verdict(List.copyOf(table), List.copyOf(problems), tallies.size(), caught);
    }

    /** True when nothing is wrong. */
    public boolean green() {
        return problems.isEmpty();
    }

    private static String row(Tally tally, boolean good) {
        boolean weakened = Kind.of(tally.test()) == Kind.BROKEN;
        String verdict = good ? weakened ? "caught" : "ok" : weakened && tally.broken() == 0 ? "NOT CAUGHT" : "FAILED";
        return ROW.formatted(shortName(tally.test()), count(tally.samples()), count(tally.overlap()),
                weakened ? count(tally.broken()) : "", verdict);
    }

    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** A test without its package: {@code Race.Model}. */
    public static String shortName(String test) {
        int race = test.lastIndexOf('.', test.lastIndexOf('.') - 1);
        return test.substring(race + 1);
    }
}
