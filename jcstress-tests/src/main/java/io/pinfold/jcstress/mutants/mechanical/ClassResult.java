package io.pinfold.jcstress.mutants.mechanical;

import io.pinfold.hwmodel.cli.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The mutants of a class, its nested classes included.
 *
 * @param className without {@code io.pinfold.}
 * @param key       of the code that was tested, see {@link CodeKey}
 * @param bytes     of the class itself, see {@link CodeKey}
 * @param tests     the tests that failed with a mutant, each with what it was made of
 * @param isThrough whether survivors of the room's tests were tried with whole modules
 * @param seconds   time so far
 * @param mutants   in the order of the source
 */
public record ClassResult(String className, String key, String bytes, Map<String, String> tests, boolean isThrough,
        double seconds, List<PitMutant> mutants) {

    public ClassResult {
        mutants = mutants.stream().sorted(Comparator.comparingInt(PitMutant::line)
                .thenComparing(PitMutant::className).thenComparingInt(ClassResult::firstIndex)).toList();
    }

    private static int firstIndex(PitMutant mutant) {
        return Integer.parseInt(mutant.index().split(",", -1)[0]);
    }

    /** The package, without {@code io.pinfold.}. */
    public String room() {
        return roomOf(className);
    }

    static String roomOf(String className) {
        return className.substring(0, className.lastIndexOf('.'));
    }

    /**
     * What of this result counts for code in which this class is the same: a mutant that a test killed stays killed if
     * that test is the same, too; all others are open. PIT's own history has this rule.
     */
    ClassResult carriedTo(CodeKey code) {
        List<PitMutant> all = mutants.stream().map(one -> !one.isCounted() || one.status() == PitStatus.KILLED
                && code.hasTest(one.test(), tests.get(one.test())) ? one : one.reopened()).toList();
        boolean isDone = all.stream().noneMatch(PitMutant::isSurvivor);
        return new ClassResult(className, code.key(), bytes, tests, isDone, seconds, all);
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
        return new ClassResult(className, key, bytes, tests, isNowThrough, seconds + moreSeconds, all);
    }

    ClassResult withTests(Map<String, String> others) {
        return new ClassResult(className, key, bytes, others, isThrough, seconds, mutants);
    }

    /** The result as JSON. */
    public Json json() {
        Json made = new Json();
        tests.forEach(made::put);
        return new Json().put("class", className).put("key", key).put("bytes", bytes).put("tests", made)
                .put("through", isThrough).put("seconds", seconds)
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
        Map<String, String> tests = new TreeMap<>();
        if (json.get("tests") instanceof Map<?, ?> made) {
            made.forEach((test, bytes) -> tests.put(String.valueOf(test), String.valueOf(bytes)));
        }
        return new ClassResult(String.valueOf(json.get("class")), String.valueOf(json.get("key")),
                String.valueOf(json.get("bytes")), tests, Boolean.TRUE.equals(json.get("through")),
                seconds.doubleValue(), mutants);
    }
}
