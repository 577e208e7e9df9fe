package io.pinfold.core.geometry;

/**
 * Four levels, as on x86-64 without five-level paging: the P4D is folded into the root.
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
        return 4;
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
