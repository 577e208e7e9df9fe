package io.pinfold.core.geometry;

/**
 * Huge page directories: an upper entry may lead to a directory of huge entries, as on powerpc; in tables small enough
 * to be full of them.
 */
public final class TableShape {
    private TableShape() {
    }

    /** log2 of the entries of a table. */
    public static int bitsPerLevel() {
        return 2;
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
        return true;
    }
}
