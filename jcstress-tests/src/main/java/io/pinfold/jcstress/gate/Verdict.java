package io.pinfold.jcstress.gate;

import io.pinfold.hwmodel.cli.AlignedTable;
import io.pinfold.hwmodel.cli.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * The verdict on a run of the race tests: whether it is evidence.
 *
 * @param rows one for each expected test
 * @param problems the faults, one sentence each; empty is green
 * @param run number of tests that ran
 * @param brokenCaught number of weakened models whose weakness showed
 */
public record Verdict(List<Row> rows, List<String> problems, int run, int brokenCaught) {
    /**
     * The result of one test.
     *
     * @param tally null if it did not run
     * @param word  the verdict
     */
    public record Row(String test, @Nullable Tally tally, String word) {
        private String[] cells() {
            String name = shortName(test);
            return tally == null ? new String[]{name, "-", "-", "-", word}
                    : new String[]{name, count(tally.samples()), count(tally.overlap()),
                            Kind.of(test) == Kind.BROKEN ? count(tally.broken()) : "", word};
        }

        private Json json() {
            Json json = new Json().put("test", shortName(test)).put("verdict", word.toLowerCase(Locale.ROOT));
            return tally == null ? json
                    : json.put("samples", tally.samples()).put("overlapping", tally.overlap())
                            .put("broken", tally.broken()).put("forbidden", tally.forbidden());
        }
    }

    /** Judges a run of all tests. */
    public static Verdict of(SortedSet<String> expected, SortedMap<String, Tally> tallies) {
        return of(expected, expected, tallies);
    }

    /**
     * Judges a run.
     *
     * @param all      all tests, derived from the classes
     * @param expected the tests that had to run
     * @param tallies  the results of the run, by test
     */
    public static Verdict of(SortedSet<String> all, SortedSet<String> expected, SortedMap<String, Tally> tallies) {
        List<Row> rows = new ArrayList<>();
        List<String> problems = new ArrayList<>(RaceTests.gaps(all));
        int caught = 0;
        for (String test : expected) {
            Tally tally = tallies.get(test);
            if (tally == null) {
                problems.add(test + ": did not run");
                rows.add(new Row(test, null, "MISSING"));
                continue;
            }
            List<String> wrong = tally.problems();
            wrong.forEach(problem -> problems.add(test + ": " + problem));
            caught += Kind.of(test) == Kind.BROKEN && tally.broken() > 0 ? 1 : 0;
            rows.add(new Row(test, tally, word(tally, wrong.isEmpty())));
        }
        for (String test : tallies.keySet()) {
            if (!expected.contains(test)) {
                problems.add(test + ": ran, but " + (all.contains(test) ? "was not to" : "there is no such class"));
            }
        }
        if (expected.isEmpty()) {
            problems.add("there are no race tests");
        }
        return new Verdict(List.copyOf(rows), List.copyOf(problems), tallies.size(), caught);
    }

    private static String word(Tally tally, boolean isGood) {
        boolean isWeakened = Kind.of(tally.test()) == Kind.BROKEN;
        return isGood ? isWeakened ? "caught" : "ok" : isWeakened && tally.broken() == 0 ? "NOT CAUGHT" : "FAILED";
    }

    /** This verdict with one more problem. */
    Verdict withProblem(String problem) {
        List<String> more = new ArrayList<>(problems);
        more.add(problem);
        return new Verdict(rows, List.copyOf(more), run, brokenCaught);
    }

    /** Whether there is no problem. */
    public boolean green() {
        return problems.isEmpty();
    }

    /** Prints a heading, and one line per test: samples, overlaps, caught weaknesses, verdict. */
    public List<String> table() {
        AlignedTable table = new AlignedTable().left("test").right("samples").right("overlapping").right("broken")
                .left("verdict");
        rows.forEach(row -> table.row(row.cells()));
        return table.lines();
    }

    /** The verdict as JSON for {@code --json}. */
    public Json json() {
        return new Json().put("green", green()).put("run", run).put("brokenCaught", brokenCaught)
                .put("problems", problems).put("tests", rows.stream().map(Row::json).toList());
    }

    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** The name of a test without its package: {@code Race.Model}. */
    public static String shortName(String test) {
        int race = test.lastIndexOf('.', test.lastIndexOf('.') - 1);
        return test.substring(race + 1);
    }
}
