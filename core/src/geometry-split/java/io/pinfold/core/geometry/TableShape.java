package io.pinfold.core.geometry;

/**
 * Split entries: each is read and written as two words of 32 bits, as where a machine's words are narrower than its
 * page-table entries.
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
        return true;
    }

    /** Whether an upper entry may lead to a directory of huge entries. */
    public static boolean hugepd() {
        return false;
    }
}
