package io.pinfold.core.pgtable;

/**
 * Huge page directories: an upper entry may lead to a directory of huge entries, as on powerpc; in tables small enough to be full
 * of them.
 */
final class TableShape {
    private TableShape() {
    }

    /** log2 of the entries of a table. */
    static int bitsPerLevel() {
        return 2;
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
        return true;
    }
}
