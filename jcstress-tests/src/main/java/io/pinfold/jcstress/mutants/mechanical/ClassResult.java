package io.pinfold.jcstress.mutants.mechanical;

import io.pinfold.hwmodel.cli.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The mutants of a class, its nested classes included.
 *
 * @param className without {@code io.pinfold.}
 * @param key       of the code that was tested, see {@link ResultFolder}
 * @param isThrough whether survivors of the room's tests were tried with whole modules
 * @param seconds   time so far
 * @param mutants   in the order of the source
 */
public record ClassResult(String className, String key, boolean isThrough, double seconds, List<PitMutant> mutants) {

    public ClassResult {
        mutants = mutants.stream().sorted(Comparator.comparingInt(PitMutant::line)
                .thenComparing(PitMutant::className).thenComparingInt(ClassResult::firstIndex)).toList();
    }

    private static int firstIndex(PitMutant mutant) {
        return Integer.parseInt(mutant.index().split(",", -1)[0]);
    }

    /** The package, without {@code io.pinfold.}. */
    public String room() {
        return className.substring(0, className.lastIndexOf('.'));
    }

    /** Those that no test noticed yet. */
    public List<PitMutant> survivors() {
        return mutants.stream().filter(PitMutant::isSurvivor).toList();
    }

    /** The place of each mutant, which stays the same when lines are added elsewhere. */
    public Map<PitMutant, MutantPlace> places() {
        Map<MutantPlace, Integer> counts = new HashMap<>();
        Map<PitMutant, MutantPlace> places = new HashMap<>();
        for (PitMutant mutant : mutants) {
            MutantPlace first = new MutantPlace(mutant.className(), mutant.method(), mutant.shortMutator(), 1,
                    mutant.shortDescription());
            places.put(mutant, first.at(counts.merge(first, 1, Integer::sum)));
        }
        return places;
    }

    /** The result with other verdicts: {@code later} holds some of the mutants, by their identity. */
    public ClassResult with(Map<String, PitMutant> later, boolean isNowThrough, double moreSeconds) {
        List<PitMutant> all = new ArrayList<>();
        mutants.forEach(mutant -> all.add(later.getOrDefault(mutant.id(), mutant)));
        return new ClassResult(className, key, isNowThrough, seconds + moreSeconds, all);
    }

    /** The result as JSON. */
    public Json json() {
        return new Json().put("class", className).put("key", key).put("through", isThrough).put("seconds", seconds)
                .put("mutants", mutants.stream().map(PitMutant::json).toList());
    }

    static ClassResult of(Map<?, ?> json) {
        List<PitMutant> mutants = new ArrayList<>();
        if (!(json.get("mutants") instanceof List<?> list) || !(json.get("seconds") instanceof Number seconds)) {
            throw new IllegalArgumentException("no result of a class");
        }
        for (Object one : list) {
            mutants.add(PitMutant.of((Map<?, ?>) one));
        }
        return new ClassResult(String.valueOf(json.get("class")), String.valueOf(json.get("key")),
                Boolean.TRUE.equals(json.get("through")), seconds.doubleValue(), mutants);
    }
}
