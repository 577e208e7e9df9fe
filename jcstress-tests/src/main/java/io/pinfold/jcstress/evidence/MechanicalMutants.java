package io.pinfold.jcstress.evidence;

import static io.pinfold.jcstress.evidence.EvidenceFile.number;
import static io.pinfold.jcstress.evidence.EvidenceFile.objects;
import static io.pinfold.jcstress.evidence.EvidenceFile.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The mechanical mutants, a line for each package. */
final class MechanicalMutants {
    private static final double PERCENT_LEAST = 95;
    private static final List<String> COUNTS = List.of("mutants", "killed", "timedOut", "memoryError", "runError",
            "survived", "noCoverage", "nonViable");

    private final EvidenceFile file;

    MechanicalMutants(EvidenceFile file) {
        this.file = file;
    }

    Table table() {
        List<Map<?, ?>> packages = objects(file.content().get("packages"));
        List<List<Cell>> rows = new ArrayList<>();
        packages.forEach(one -> rows.add(row(one)));
        return new Table("Mechanical mutants by package", summary(packages), file.state(),
                List.of("package", "mutants", "killed", "timed out twice", "memory error twice", "run error twice",
                        "survive", "no coverage", "not viable", "% killed"),
                rows);
    }

    private static List<Cell> row(Map<?, ?> one) {
        List<Cell> row = new ArrayList<>(List.of(Cell.of(text(one, "name"))));
        COUNTS.forEach(name -> row.add(Cell.of(number(one, name) == 0 ? "" : Report.count(number(one, name)))));
        String percent = text(one, "percent");
        row.add(percent(one) < PERCENT_LEAST ? Cell.open(percent) : Cell.good(percent));
        return row;
    }

    private static double percent(Map<?, ?> one) {
        return one.get("percent") instanceof Number number ? number.doubleValue() : 0;
    }

    private Cell summary(List<Map<?, ?>> packages) {
        if (packages.isEmpty() || !(file.content().get("all") instanceof Map<?, ?> all)) {
            return Cell.open("no results");
        }
        List<Map<?, ?>> survivors = objects(file.content().get("survivors"));
        long unlisted = survivors.stream().filter(one -> text(one, "reason").isEmpty()).count();
        long same = survivors.stream().filter(one -> Boolean.TRUE.equals(one.get("equivalent"))).count();
        boolean isWhole = Boolean.TRUE.equals(file.content().get("whole"));
        String summary = Report.count(number(all, "mutants")) + " mutants of "
                + objects(file.content().get("classes")).size() + " classes, " + text(all, "percent") + " % killed; "
                + survivors.size() + " survive, " + same + " of them the same code, " + unlisted + " without a reason"
                + (isWhole ? "" : "; part of the classes");
        return unlisted > 0 || isWhole && percent(all) < PERCENT_LEAST ? Cell.bad(summary)
                : isWhole ? Cell.good(summary) : Cell.open(summary);
    }
}
