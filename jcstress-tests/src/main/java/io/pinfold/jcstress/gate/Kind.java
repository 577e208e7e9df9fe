package io.pinfold.jcstress.gate;

/** The purpose of a race test, derived from the name of its nested class. */
public enum Kind {
    /** The protocol in ten lines: no forbidden outcome may show. */
    MODEL,
    /** The model with one defence weakened: its broken outcome has to show, or the harness detects nothing. */
    BROKEN,
    /** The shipping code: no forbidden outcome may show, and both sides must have met. */
    REAL;

    /**
     * The kind of a test.
     *
     * @param test name as jcstress spells it, {@code package.Race.Model}
     * @throws IllegalArgumentException when the name of the nested class stands for no kind
     */
    public static Kind of(String test) {
        String name = test.substring(test.lastIndexOf('.') + 1);
        if (name.startsWith("Model")) {
            return MODEL;
        }
        if (name.startsWith("Broken")) {
            return BROKEN;
        }
        if (name.startsWith("Real")) {
            return REAL;
        }
        throw new IllegalArgumentException("race test " + test + " is named neither Model..., Broken... nor Real...");
    }
}
