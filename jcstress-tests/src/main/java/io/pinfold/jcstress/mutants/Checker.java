package io.pinfold.jcstress.mutants;

import java.util.Locale;

/** The checkers that may notice a mutant. Each is stopped at its first kill or at its time limit. */
enum Checker {
    /** The explorer: scenarios under a scheduler and memory models, every schedule up to a bound. */
    EXPLORER(60),
    /** Race tests on the real machine, which take samples. */
    JCSTRESS(45),
    /** Seeded random plans and stress tests. */
    RANDOM(40),
    /** Deterministic unit tests: first those named for the mutant, then all others. */
    UNIT(60);

    /** Its time limit in seconds on a quiet machine. */
    final int seconds;

    Checker(int seconds) {
        this.seconds = seconds;
    }

    /** Its name on the command line and in the data. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
