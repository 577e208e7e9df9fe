package io.pinfold.jcstress.evidence;

/**
 * What stands at one place of a table, and how it is to be read.
 *
 * @param text never marked up
 */
record Cell(String text, Tone tone) {
    /** How a cell is to be read. */
    enum Tone {
        /** A fact. */
        PLAIN,
        /** As it should be. */
        GOOD,
        /** Something is wrong. */
        BAD,
        /** Nobody knows yet: not run, not there, not possible here, or about other code. */
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
