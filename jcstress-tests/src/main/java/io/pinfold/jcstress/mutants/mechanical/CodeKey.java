package io.pinfold.jcstress.mutants.mechanical;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the verdicts about a class hang on.
 *
 * @param key   commit, class and all tests: equal for equal results
 * @param bytes a digest of the files of the class
 * @param tests a digest of the file of each test class, named without {@code io.pinfold.}
 */
public record CodeKey(String key, String bytes, Map<String, String> tests) {

    /** Of a class that has no file. */
    static final CodeKey NONE = new CodeKey("", "", Map.of());

    /** Whether this test is made of these bytes still. */
    boolean hasTest(String test, @Nullable String madeOf) {
        return madeOf != null && madeOf.equals(tests.get(test));
    }

    /** The tests that killed these mutants, each with its digest. */
    Map<String, String> testsOf(Collection<PitMutant> mutants) {
        Map<String, String> found = new TreeMap<>();
        for (PitMutant mutant : mutants) {
            String madeOf = tests.get(mutant.test());
            if (mutant.isKilled() && madeOf != null) {
                found.put(mutant.test(), madeOf);
            }
        }
        return found;
    }
}
