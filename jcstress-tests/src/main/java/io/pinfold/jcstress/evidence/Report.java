package io.pinfold.jcstress.evidence;

import static io.pinfold.jcstress.evidence.EvidenceFile.number;
import static io.pinfold.jcstress.evidence.EvidenceFile.objects;
import static io.pinfold.jcstress.evidence.EvidenceFile.text;

import io.pinfold.hwmodel.process.Repository;
import io.pinfold.jcstress.gate.Origin;
import io.pinfold.jcstress.gate.Totals;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The report: all results as tables. Missing results, results about other code, and faults are listed like all others.
 */
final class Report {
    /** The files, by the command that writes each. */
    static final String TOTALS = "jcstress-totals.tsv";
    static final String SPIN = "spin.json";
    private static final List<String> CHECKERS = List.of("explorer", "jcstress", "random", "unit");

    private final Path folder;
    private final Repository repository;

    Report(Path folder, Repository repository) {
        this.folder = folder;
        this.repository = repository;
    }

    List<Table> tables() throws IOException {
        Totals totals = Totals.read(folder.resolve(TOTALS));
        Schedules schedules = new Schedules(file("explore.json", "./pinfold explore --json=FILE"));
        EvidenceFile mutants = file("mutants.json", "./pinfold mutants --json=FILE");
        EvidenceFile mechanical = file("mutants-mechanical.json", "./pinfold mutants --mechanical --json=FILE");
        return List.of(races(totals, schedules), samples(totals), schedules.table(), mutants(mutants),
                new HandMutants(mutants).table(), new MechanicalMutants(mechanical).table(), weakened(), conformance(),
                spin(), limits());
    }

    private EvidenceFile file(String name, String how) {
        return EvidenceFile.read(folder, name, how, repository);
    }

    // ---- races -----------------------------------------------------------------------------------------------------

    private static Table races(Totals totals, Schedules schedules) throws IOException {
        List<List<Cell>> rows = new ArrayList<>();
        int open = 0;
        for (Races race : Races.all()) {
            open += race.isOpen() ? 1 : 0;
            long samples = 0;
            for (String test : race.tests()) {
                samples += totals.rows().stream().filter(row -> row.test().startsWith(test + ".Real"))
                        .mapToLong(Totals.Row::samples).sum();
            }
            Cell tests = race.tests().isEmpty() ? Cell.open("none") : Cell.good(String.join(", ", race.tests()));
            rows.add(List.of(Cell.of(race.id()), Cell.of(race.what()), tests, amount(samples, race),
                    amount(schedules.of(race.id()), race),
                    race.isOpen() ? Cell.open(race.rest()) : Cell.of(race.rest())));
        }
        Cell summary = Cell
                .of(rows.size() + " races, " + open + " of them open because the code cannot express them yet");
        return new Table("Races", summary, Cell.of(""),
                List.of("race", "what", "race tests", "samples of shipping code", "schedules", "besides"), rows);
    }

    private static Cell amount(long number, Races race) {
        return number > 0 ? Cell.of(count(number)) : race.tests().isEmpty() ? Cell.of("") : Cell.open("not run");
    }

    // ---- samples ---------------------------------------------------------------------------------------------------

    private Table samples(Totals totals) {
        List<List<Cell>> rows = new ArrayList<>();
        Set<String> machines = new LinkedHashSet<>();
        long all = 0;
        boolean isOld = false;
        for (Totals.Row row : totals.rows()) {
            Origin origin = row.origin();
            all += row.samples();
            machines.add(origin.cpu() + ", " + origin.system() + ", " + origin.jvm());
            Cell age = origin.isDirty() ? Cell.open(row.last() + ", changed code")
                    : EvidenceFile.age(row.last(), origin.commit(), repository);
            isOld |= age.tone() != Cell.Tone.GOOD;
            rows.add(List.of(Cell.of(row.test()), Cell.of(count(row.samples())), Cell.of(count(row.overlapping())),
                    Cell.of(row.broken() == 0 ? "" : count(row.broken())), age));
        }
        Cell source = rows.isEmpty() ? Cell.open("missing: ./pinfold races --samples N --totals FILE writes " + TOTALS)
                : isOld ? Cell.open(TOTALS + ", in part about other code: see each line") : Cell.good(TOTALS);
        return new Table("Samples of the race tests", Cell.of(
                count(all) + " samples in all, none with a forbidden outcome. " + String.join("; ", machines)), source,
                List.of("test", "samples", "overlapping", "broken", "code"), rows);
    }

    // ---- mutants ---------------------------------------------------------------------------------------------------

    private static Table mutants(EvidenceFile file) {
        List<Map<?, ?>> mutants = file.list("mutants");
        List<List<Cell>> rows = new ArrayList<>();
        int killed = 0;
        int twice = 0;
        int survivors = 0;
        for (Map<?, ?> mutant : mutants) {
            Map<String, String> by = new LinkedHashMap<>();
            for (Map<?, ?> kill : objects(mutant.get("killedBy"))) {
                by.put(text(kill, "checker"), text(kill, "seconds") + " s");
            }
            boolean isExpected = Boolean.TRUE.equals(mutant.get("expected"));
            killed += by.isEmpty() ? 0 : 1;
            twice += by.size() > 1 ? 1 : 0;
            survivors += by.isEmpty() && !isExpected ? 1 : 0;
            List<Cell> row = new ArrayList<>(List.of(Cell.of(text(mutant, "id")), Cell.of(text(mutant, "title"))));
            for (String checker : CHECKERS) {
                String time = by.get(checker);
                row.add(time != null ? Cell.good(time)
                        : asked(mutant, checker) ? Cell.bad("survives") : Cell.open("-"));
            }
            row.add(!by.isEmpty() ? Cell.good("killed") : isExpected ? Cell.open("expected: " + text(mutant, "reason"))
                    : Cell.bad("SURVIVES"));
            rows.add(row);
        }
        String summary = rows.isEmpty() ? "no matrix"
                : killed + " of " + rows.size() + " mutants killed, " + twice + " by two checkers or more, " + survivors
                        + " survive unexpectedly";
        return new Table("Mutants",
                survivors > 0 ? Cell.bad(summary) : rows.isEmpty() ? Cell.open(summary) : Cell.good(summary),
                file.state(), List.of("mutant", "what is removed", "explorer", "jcstress", "random", "unit", "verdict"),
                rows);
    }

    private static boolean asked(Map<?, ?> mutant, String checker) {
        return mutant.get("asked") instanceof List<?> asked && asked.contains(checker);
    }

    // ---- weaker accesses -------------------------------------------------------------------------------------------

    private Table weakened() {
        EvidenceFile file = file("weaken.json", "./pinfold explore --weaken --json=FILE");
        List<List<Cell>> rows = new ArrayList<>();
        int killed = 0;
        int unlisted = 0;
        for (Map<?, ?> row : file.list("lowerings")) {
            String by = text(row, "killedBy");
            String reason = text(row, "reason");
            killed += by.isEmpty() ? 0 : 1;
            unlisted += by.isEmpty() && reason.isEmpty() ? 1 : 0;
            rows.add(List.of(Cell.of(text(row, "site")), Cell.of(text(row, "from") + " to " + text(row, "to")),
                    !by.isEmpty() ? Cell.good(by + ", " + text(row, "mode") + ", " + text(row, "runs") + " runs")
                            : reason.isEmpty() ? Cell.bad("survives") : Cell.open("survives"),
                    Cell.of(reason)));
        }
        String summary = rows.isEmpty() ? "no results"
                : rows.size() + " lowerings, " + killed + " killed, " + (rows.size() - killed - unlisted)
                        + " survive for a reason, " + unlisted + " without one";
        return new Table("Weakened accesses",
                unlisted > 0 ? Cell.bad(summary) : rows.isEmpty() ? Cell.open(summary) : Cell.good(summary),
                file.state(), List.of("access", "mode", "killed by", "reason"), rows);
    }

    // ---- the kernel, Spin, anything else ---------------------------------------------------------------------------

    private Table conformance() {
        EvidenceFile file = file("conformance.json", "./pinfold conformance --json=FILE");
        List<List<Cell>> rows = new ArrayList<>();
        Map<String, Integer> verdicts = new LinkedHashMap<>();
        boolean isUnexplained = false;
        for (Map<?, ?> row : file.list("rows")) {
            String verdict = text(row, "verdict");
            String why = text(row, "why");
            verdicts.merge(verdict, 1, Integer::sum);
            boolean differs = verdict.equals("differ");
            isUnexplained |= differs && why.isEmpty();
            rows.add(List.of(Cell.of(text(row, "id")),
                    verdict.equals("agree") ? Cell.good(verdict)
                            : differs && why.isEmpty() ? Cell.bad(verdict) : Cell.open(verdict),
                    Cell.of(text(row, "expected")), Cell.of(text(row, "kernel")), Cell.of(text(row, "library")),
                    Cell.of(why)));
        }
        String summary = rows.isEmpty() ? "no rows" : "kernel " + text(file.content(), "kernel") + ": " + verdicts;
        return new Table("The running kernel as judge",
                isUnexplained ? Cell.bad(summary) : rows.isEmpty() ? Cell.open(summary) : Cell.good(summary),
                file.state(),
                List.of("row", "verdict", "expected", "kernel", "library", "why"), rows);
    }

    private Table spin() {
        EvidenceFile file = file(SPIN, "./pinfold evidence --spin");
        List<List<Cell>> rows = new ArrayList<>();
        boolean isWrong = false;
        long states = 0;
        for (Map<?, ?> result : file.list("models")) {
            boolean asItShould = Boolean.TRUE.equals(result.get("asItShould"));
            boolean isCorrect = text(result, "variant").equals("correct");
            isWrong |= !asItShould;
            states += isCorrect ? number(result, "states") : 0;
            String found = text(result, "errors").equals("0") ? "no violation"
                    : "violation: " + text(result, "message");
            rows.add(List.of(Cell.of(text(result, "model")),
                    Cell.of(isCorrect ? "as it is" : "without " + text(result, "variant")),
                    Cell.of(text(result, "states")), asItShould ? Cell.good(found) : Cell.bad(found)));
        }
        String summary = rows.isEmpty() ? "no results"
                : rows.size() + " searches, " + count(states) + " states of correct models, all of them";
        return new Table("Spin models",
                isWrong ? Cell.bad(summary) : rows.isEmpty() ? Cell.open(summary) : Cell.good(summary),
                file.state(), List.of("model", "protocol", "states", "found"), rows);
    }

    private static Table limits() {
        List<List<Cell>> rows = new ArrayList<>();
        CheckerLimits.ALL.forEach((who, what) -> rows.add(List.of(Cell.of(who), Cell.of(what))));
        return new Table("Limits", Cell.of("What none of this shows."), Cell.of(""), List.of("checker", "does not see"),
                rows);
    }

    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
