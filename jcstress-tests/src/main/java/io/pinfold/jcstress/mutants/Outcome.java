package io.pinfold.jcstress.mutants;

/**
 * What one checker said to one mutant.
 *
 * @param kind    its verdict
 * @param seconds how long it took
 * @param by      which test or scenario, and what it saw
 */
record Outcome(Kind kind, double seconds, String by) {

    /** The verdicts. */
    enum Kind {
        /** Noticed. */
        KILLED,
        /** Ran the changed class and noticed nothing. */
        SURVIVED,
        /** Nothing of this checker can reach it. */
        NOTHING,
        /** The run itself went wrong; it is not evidence. */
        ERROR
    }

    static Outcome nothing() {
        return new Outcome(Kind.NOTHING, 0, "");
    }

    boolean isKill() {
        return kind == Kind.KILLED;
    }

    /** In the table. */
    String cell() {
        return switch (kind) {
            case KILLED -> String.format(java.util.Locale.ROOT, "%.1f s", seconds);
            case SURVIVED -> "survived";
            case NOTHING -> "-";
            case ERROR -> "ERROR";
        };
    }
}
