package io.pinfold.core.pgtable;

/**
 * The figures that make the geometry of x86-64 with five levels: the class that a test artefact exchanges for another of this name
 * to get other page tables (see {@link Geometry}, which is the only class that asks).
 */
final class TableShape {
    private TableShape() {
    }

    /** log2 of the entries of a table. */
    static int bitsPerLevel() {
        return 9;
    }

    /** Levels of tables, root included. */
    static int levels() {
        return 5;
    }

    /** Highest level at which an entry may map pages itself. */
    static int highestLeaf() {
        return 2;
    }

    /** Whether entries are read and written in two halves. */
    static boolean splitEntries() {
        return false;
    }

    /** Whether an upper entry may lead to a directory of huge entries. */
    static boolean hugepd() {
        return false;
    }
}
