package io.pinfold.jcstress.mutants.mechanical;

import java.util.List;
import java.util.Map;

/** Mutants and results for tests. */
final class Mutants {

    private Mutants() {
    }

    /** A mutant of a method, told apart by its index. */
    static PitMutant mutant(String className, String method, int line, int index, PitStatus status) {
        return mutant(className, method, line, index, status, "");
    }

    /** The same, with the test that noticed it. */
    static PitMutant mutant(String className, String method, int line, int index, PitStatus status, String by) {
        return new PitMutant(className, method, "(J)Z", line, "org.pitest.mutators.NegateConditionalsMutator",
                Integer.toString(index), "negated conditional", status, false, by);
    }

    static ClassResult result(String className, PitMutant... mutants) {
        return new ClassResult(className, "commit hash", "bytes", Map.of(), true, 2, List.of(mutants));
    }

    /** A result with so many killed mutants, survivors and mutants that no test runs. */
    static ClassResult result(String className, int killed, int survived, int uncovered) {
        PitMutant[] all = new PitMutant[killed + survived + uncovered];
        for (int i = 0; i < all.length; i++) {
            all[i] = mutant(className, "go", i, i, i < killed ? PitStatus.KILLED
                    : i < killed + survived ? PitStatus.SURVIVED : PitStatus.NO_COVERAGE);
        }
        return result(className, all);
    }
}
