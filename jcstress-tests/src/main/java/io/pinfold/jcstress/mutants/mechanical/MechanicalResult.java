package io.pinfold.jcstress.mutants.mechanical;

import io.pinfold.hwmodel.cli.AlignedTable;
import io.pinfold.hwmodel.cli.Json;
import io.pinfold.jcstress.mutants.mechanical.SurvivorList.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the mechanical mutants of some classes come to.
 *
 * @param results by class
 * @param isWhole whether these are all classes that have to be judged: only then totals are
 * @param list    survivors that have a reason
 */
public record MechanicalResult(List<ClassResult> results, boolean isWhole, SurvivorList list) {

    /** The least part of all mutants that has to be noticed. */
    private static final double PERCENT_LEAST = 95;
    /** The largest part of all mutants that may be the same code. */
    private static final double EQUIVALENT_MOST = 0.02;

    /** The table by class, then by package, the survivors without a reason, and the sum. */
    public List<String> table() {
        AlignedTable table = new AlignedTable().left("class").right("mutants").right("killed").right("timed out")
                .right("memory error").right("run error").right("survived").right("no coverage").right("not viable")
                .right("%").right("s");
        classes().forEach(score -> table.row(score.cells()));
        table.row("");
        packages().forEach(score -> table.row(score.cells()));
        table.row(all().cells());
        return table.lines();
    }

    private List<ClassScore> classes() {
        return results.stream().map(result -> ClassScore.of(result.className(), List.of(result))).toList();
    }

    private List<ClassScore> packages() {
        Map<String, List<ClassResult>> byRoom = new TreeMap<>();
        results.forEach(result -> byRoom.computeIfAbsent(result.room(), room -> new ArrayList<>()).add(result));
        return byRoom.entrySet().stream().map(room -> ClassScore.of(room.getKey(), room.getValue())).toList();
    }

    private ClassScore all() {
        return ClassScore.of("all", results);
    }

    /** The reasons why the exit code is 1. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (isWhole && all().mutants() == 0 && results.stream().allMatch(ClassResult::isThrough)) {
            problems.add("PIT finds nothing to change in any class");
        }
        results.stream().filter(result -> !result.isThrough())
                .forEach(result -> problems.add(result.className() + " is not through: start the same command again"));
        classes().forEach(score -> problems.addAll(score.problems()));
        list.unlisted(results).forEach(place -> problems.add("survivor without a reason: " + place));
        if (isWhole && list.equivalents() > EQUIVALENT_MOST * all().mutants()) {
            problems.add(list.equivalents() + " of " + all().mutants() + " are called equivalent; at most 2 % may be");
        }
        if (isWhole && all().percent() < PERCENT_LEAST) {
            problems.add(String.format(Locale.ROOT, "%.1f %% are killed, at least 95 %% have to be", all().percent()));
        }
        return problems;
    }

    /** The entries of the list that can go. */
    public List<String> remarks() {
        return list.gone(results).stream().map(place -> "on the list, and no survivor: " + place).toList();
    }

    /** The result for {@code --json}. */
    public Json json() {
        List<Json> survivors = new ArrayList<>();
        for (ClassResult result : results) {
            Map<PitMutant, MutantPlace> places = result.places();
            for (PitMutant mutant : result.survivors()) {
                MutantPlace place = places.getOrDefault(mutant, new MutantPlace("", "", "", 1, ""));
                Reason reason = list.of(place);
                survivors.add(new Json().put("place", place.toString()).put("line", mutant.line())
                        .put("status", mutant.status().label())
                        .put("equivalent", reason != null && reason.isEquivalent())
                        .put("reason", reason == null ? null : reason.text()));
            }
        }
        return new Json().put("classes", classes().stream().map(ClassScore::json).toList())
                .put("packages", packages().stream().map(ClassScore::json).toList()).put("all", all().json())
                .put("whole", isWhole).put("survivors", survivors);
    }
}
