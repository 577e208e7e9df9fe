package io.pinfold.jcstress.mutants;

import java.util.Locale;

/** Who may notice a mutant. Each is stopped at its first kill and when its time is up. */
enum Checker {
    /** Scenarios under a scheduler and memory models; every schedule up to a bound. */
    EXPLORER(60),
    /** Race tests on the real machine: samples. */
    JCSTRESS(45),
    /** Seeded random plans and stress tests. */
    RANDOM(40),
    /** Deterministic unit tests: those named for the mutant, then all others. */
    UNIT(60);

    /** Seconds it may take on a quiet machine. */
    final int seconds;

    Checker(int seconds) {
        this.seconds = seconds;
    }

    /** As on the command line and in the data. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
