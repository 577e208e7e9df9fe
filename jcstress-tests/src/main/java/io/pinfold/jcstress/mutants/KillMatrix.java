package io.pinfold.jcstress.mutants;

import io.pinfold.hwmodel.cli.AlignedTable;
import io.pinfold.hwmodel.cli.Json;
import io.pinfold.jcstress.mutants.Outcome.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The results by mutant and checker: which checker noticed the mutant, and after how long. Any thread may add results.
 */
final class KillMatrix {

    /** The most mutants that no checker has to notice: more would be a hole in the tests. */
    static final int EXPECTED_MAX = 3;

    private final Map<Mutant, Map<Checker, Outcome>> rows = new LinkedHashMap<>();
    private final List<Mutant> open = new ArrayList<>();

    KillMatrix(List<Mutant> mutants) {
        for (Mutant mutant : mutants) {
            if (mutant.open() == null) {
                rows.put(mutant, new EnumMap<>(Checker.class));
            } else {
                open.add(mutant);
            }
        }
    }

    synchronized void put(Mutant mutant, Checker checker, Outcome outcome) {
        Map<Checker, Outcome> row = rows.get(mutant);
        if (row == null) {
            throw new IllegalArgumentException(mutant.id() + " is not in the matrix");
        }
        row.put(checker, outcome);
    }

    private int kills(Mutant mutant) {
        return (int) rows.getOrDefault(mutant, Map.of()).values().stream().filter(Outcome::isKill).count();
    }

    /** The reasons why the result is no evidence; empty when every mutant that has to be killed is killed. */
    synchronized List<String> problems() {
        List<String> problems = new ArrayList<>();
        int expected = 0;
        for (Map.Entry<Mutant, Map<Checker, Outcome>> row : rows.entrySet()) {
            Mutant mutant = row.getKey();
            int kills = kills(mutant);
            row.getValue().forEach((checker, outcome) -> {
                if (outcome.kind() == Kind.ERROR) {
                    problems.add(mutant.id() + ", " + checker.label() + ": " + outcome.by());
                }
            });
            if (mutant.expected() == null && kills == 0) {
                problems.add(mutant.id() + " survived: " + mutant.title());
            } else if (mutant.expected() != null) {
                expected++;
                if (kills > 0) {
                    problems.add(mutant.id() + " was expected to survive and did not: the data are old");
                }
            }
        }
        if (expected > EXPECTED_MAX) {
            problems.add(expected + " mutants are expected to survive; at most " + EXPECTED_MAX + " may");
        }
        return problems;
    }

    /** The table, survivors first, and the sums. */
    synchronized List<String> table() {
        AlignedTable table = new AlignedTable().left("id").left("defence taken away");
        for (Checker checker : Checker.values()) {
            table.right(checker.label());
        }
        table.left("by");
        List<Mutant> sorted = rows.keySet().stream().sorted(Comparator.comparingInt(one -> Math.min(1, kills(one))))
                .toList();
        for (Mutant mutant : sorted) {
            Map<Checker, Outcome> row = rows.getOrDefault(mutant, Map.of());
            List<String> cells = new ArrayList<>(List.of(mutant.id(), mutant.title()));
            List<String> by = new ArrayList<>();
            for (Checker checker : Checker.values()) {
                Outcome outcome = row.get(checker);
                cells.add(outcome == null ? "" : outcome.cell());
                if (outcome != null && outcome.isKill()) {
                    by.add(checker.label() + ": " + outcome.by());
                }
            }
            String expected = mutant.expected();
            cells.add(by.isEmpty() ? expected == null ? "SURVIVED" : "expected: " + expected : String.join(" | ", by));
            table.row(cells.toArray(String[]::new));
        }
        for (Mutant mutant : open) {
            List<String> cells = new ArrayList<>(List.of(mutant.id(), mutant.title()));
            cells.addAll(Collections.nCopies(Checker.values().length, ""));
            cells.add("open: " + mutant.open());
            table.row(cells.toArray(String[]::new));
        }
        List<String> lines = new ArrayList<>(table.lines());
        lines.add(sum());
        return lines;
    }

    /** One line of the table. */
    synchronized String sum() {
        List<Mutant> due = rows.keySet().stream().filter(one -> one.expected() == null).toList();
        long killed = due.stream().filter(one -> kills(one) > 0).count();
        long twice = due.stream().filter(one -> kills(one) > 1).count();
        return "mutants: " + rows.size() + " planted, " + killed + " killed, " + twice
                + " of them by two checkers or more"
                + (killed == 0 ? "" : " (" + twice * 100 / due.size() + " %)") + ", " + (due.size() - killed)
                + " survived, " + (rows.size() - due.size()) + " expected to survive; " + open.size()
                + " switches open";
    }

    /** The matrix as JSON for {@code --json}. */
    synchronized Json json() {
        List<Json> mutants = new ArrayList<>();
        for (Map.Entry<Mutant, Map<Checker, Outcome>> row : rows.entrySet()) {
            Mutant mutant = row.getKey();
            List<Json> killedBy = new ArrayList<>();
            List<String> asked = new ArrayList<>();
            row.getValue().forEach((checker, outcome) -> {
                asked.add(checker.label());
                if (outcome.isKill()) {
                    killedBy.add(new Json().put("checker", checker.label()).put("seconds", outcome.seconds())
                            .put("by", outcome.by()));
                }
            });
            mutants.add(new Json().put("id", mutant.id()).put("killedBy", killedBy)
                    .put("expected", mutant.expected() != null).put("reason", mutant.expected())
                    .put("title", mutant.title()).put("race", mutant.races()).put("breaks", mutant.breaks())
                    .put("cites", mutant.cites()).put("asked", asked));
        }
        List<Json> needs = open.stream().map(
                one -> new Json().put("id", one.id()).put("title", one.title()).put("needs", one.open()))
                .toList();
        return new Json().put("mutants", mutants).put("open", needs).put("summary", sum());
    }
}
