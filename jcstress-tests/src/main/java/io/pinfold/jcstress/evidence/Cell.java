package io.pinfold.jcstress.evidence;

/**
 * A cell of a table: its text and its rating.
 *
 * @param text plain text without markup
 */
record Cell(String text, Tone tone) {
    /** The rating of a cell. */
    enum Tone {
        /** A plain fact. */
        PLAIN,
        /** The expected result. */
        GOOD,
        /** A fault. */
        BAD,
        /** Unknown: not run, missing, not possible here, or about other code. */
        OPEN
    }

    static Cell of(Object value) {
        return new Cell(String.valueOf(value), Tone.PLAIN);
    }

    static Cell good(String text) {
        return new Cell(text, Tone.GOOD);
    }

    static Cell bad(String text) {
        return new Cell(text, Tone.BAD);
    }

    static Cell open(String text) {
        return new Cell(text, Tone.OPEN);
    }
}
