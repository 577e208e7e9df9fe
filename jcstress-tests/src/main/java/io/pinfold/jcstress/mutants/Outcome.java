package io.pinfold.jcstress.mutants;

/**
 * The result of one checker for one mutant.
 *
 * @param kind    its verdict
 * @param seconds its time
 * @param by      the test or scenario, and its failure
 */
record Outcome(Kind kind, double seconds, String by) {

    /** The verdicts. */
    enum Kind {
        /** The checker noticed the mutant. */
        KILLED,
        /** The checker ran the changed class and noticed nothing. */
        SURVIVED,
        /** No check of this checker can reach the mutant. */
        NOTHING,
        /** The run itself failed; it is not evidence. */
        ERROR
    }

    static Outcome nothing() {
        return new Outcome(Kind.NOTHING, 0, "");
    }

    boolean isKill() {
        return kind == Kind.KILLED;
    }

    /** The text for the table. */
    String cell() {
        return switch (kind) {
            case KILLED -> String.format(java.util.Locale.ROOT, "%.1f s", seconds);
            case SURVIVED -> "survived";
            case NOTHING -> "-";
            case ERROR -> "ERROR";
        };
    }
}
