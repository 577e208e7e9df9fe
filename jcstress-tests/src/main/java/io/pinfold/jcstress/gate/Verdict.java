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
 * Whether a run of the race tests is evidence.
 *
 * @param rows one for each test that was to run
 * @param problems what is wrong, one sentence each; empty is green
 * @param run tests that ran
 * @param brokenCaught weakened models whose weakness showed
 */
public record Verdict(List<Row> rows, List<String> problems, int run, int brokenCaught) {
    /**
     * What one test showed.
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
     * @param all      tests there are, derived from the classes
     * @param expected those that were to run
     * @param tallies  what the run left behind, by test
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

    /** The same with something else that is wrong. */
    Verdict withProblem(String problem) {
        List<String> more = new ArrayList<>(problems);
        more.add(problem);
        return new Verdict(rows, List.copyOf(more), run, brokenCaught);
    }

    /** True when nothing is wrong. */
    public boolean green() {
        return problems.isEmpty();
    }

    /** A heading, and one line per test: samples, overlaps, caught weaknesses, verdict. */
    public List<String> table() {
        AlignedTable table = new AlignedTable().left("test").right("samples").right("overlapping").right("broken")
                .left("verdict");
        rows.forEach(row -> table.row(row.cells()));
        return table.lines();
    }

    /** For {@code --json}. */
    public Json json() {
        return new Json().put("green", green()).put("run", run).put("brokenCaught", brokenCaught)
                .put("problems", problems).put("tests", rows.stream().map(Row::json).toList());
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
