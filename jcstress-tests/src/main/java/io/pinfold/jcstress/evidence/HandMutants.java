package io.pinfold.jcstress.evidence;

import static io.pinfold.jcstress.evidence.EvidenceFile.objects;
import static io.pinfold.jcstress.evidence.EvidenceFile.text;

import io.pinfold.jcstress.mutants.MutantPackages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The mutants by hand, a line for each package that they change; one that changes two packages counts in both. */
final class HandMutants {
    private static final String UNKNOWN = "no longer in mutants.txt";

    private final EvidenceFile file;

    /** The counts of a package. */
    private static final class Counts {
        private int killed;
        private int expected;
        private int survived;

        private void add(Map<?, ?> mutant) {
            if (!objects(mutant.get("killedBy")).isEmpty()) {
                killed++;
            } else if (Boolean.TRUE.equals(mutant.get("expected"))) {
                expected++;
            } else {
                survived++;
            }
        }

        private List<Cell> row(String name) {
            return List.of(Cell.of(name), Cell.of(killed + expected + survived), Cell.good(Integer.toString(killed)),
                    survived == 0 ? Cell.of("") : Cell.bad(Integer.toString(survived)),
                    expected == 0 ? Cell.of("") : Cell.open(Integer.toString(expected)));
        }
    }

    HandMutants(EvidenceFile file) {
        this.file = file;
    }

    Table table() {
        Map<String, List<String>> packages = MutantPackages.byId();
        Map<String, Counts> counts = new TreeMap<>();
        for (Map<?, ?> mutant : file.list("mutants")) {
            for (String name : packages.getOrDefault(text(mutant, "id"), List.of(UNKNOWN))) {
                counts.computeIfAbsent(name, key -> new Counts()).add(mutant);
            }
        }
        List<List<Cell>> rows = new ArrayList<>();
        counts.forEach((name, of) -> rows.add(of.row(name)));
        boolean isWrong = counts.values().stream().anyMatch(of -> of.survived > 0);
        String summary = rows.isEmpty() ? "no matrix"
                : rows.size() + " packages" + (isWrong ? ", with mutants that survive unexpectedly" : "");
        return new Table("Mutants by package",
                isWrong ? Cell.bad(summary) : rows.isEmpty() ? Cell.open(summary) : Cell.good(summary), file.state(),
                List.of("package", "mutants", "killed", "survive", "expected to survive"), rows);
    }
}
