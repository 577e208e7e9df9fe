package io.pinfold.jcstress.mutants.mechanical;

import java.util.Locale;

/** The verdicts of PIT, under the names that its report has. */
public enum PitStatus {
    /** A test failed. */
    KILLED,
    /** Tests ran the changed line and none failed. */
    SURVIVED,
    /** No test ran the changed line. */
    NO_COVERAGE,
    /** The tests did not end in time. */
    TIMED_OUT,
    /** The JVM had no memory left. */
    MEMORY_ERROR,
    /** The JVM ended. */
    RUN_ERROR,
    /** The JVM refused the changed class, so no test could run it. */
    NON_VIABLE;

    /** Whether another mutant of the same JVM, or the machine, may have caused it: it counts only when it repeats. */
    public boolean isDoubtful() {
        return this == TIMED_OUT || this == MEMORY_ERROR || this == RUN_ERROR;
    }

    /** Its name in tables. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
