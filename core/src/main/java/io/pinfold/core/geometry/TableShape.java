package io.pinfold.core.geometry;

/**
 * The figures that make the geometry of x86-64 with five levels. A test artefact exchanges this class for another of
 * the same name to get other page tables. The geometry of the tables and the granule of the pagemaps follow from it;
 * nothing else reads it.
 */
public final class TableShape {
    private TableShape() {
    }

    /** log2 of the entries of a table. */
    public static int bitsPerLevel() {
        return 9;
    }

    /** Levels of tables, root included. */
    public static int levels() {
        return 5;
    }

    /** Highest level at which an entry may map pages itself. */
    public static int highestLeaf() {
        return 2;
    }

    /** Whether entries are read and written in two halves. */
    public static boolean splitEntries() {
        return false;
    }

    /** Whether an upper entry may lead to a directory of huge entries. */
    public static boolean hugepd() {
        return false;
    }
}
