package io.pinfold.core.geometry;

/**
 * Leaves at every level up to the root. In tables with eight entries, so that a leaf of the root, 4096 pages, fits in a
 * small memory, and one whole leaf of the root is user space.
 */
public final class TableShape {
    private TableShape() {
    }

    /** log2 of the entries of a table. */
    public static int bitsPerLevel() {
        return 3;
    }

    /** Levels of tables, root included. */
    public static int levels() {
        return 5;
    }

    /** Highest level at which an entry may map pages itself. */
    public static int highestLeaf() {
        return 4;
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
