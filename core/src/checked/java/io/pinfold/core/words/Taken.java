package io.pinfold.core.words;

import io.pinfold.core.pgtable.Entry;

/**
 * Something that an exchange took away from walkers and {@code Cpu}s: a present entry that lost its page or a
 * permission, or the link to a table.
 *
 * @param address of the word
 * @param space   id of the address space whose {@code Cpu}s are to be waited for
 * @param isLink  whether it led to a table: those wait in a chain, so the advance is all that is due
 * @param where   the word in words
 * @param site    who did it
 */
record Taken(long address, long old, long next, long space, boolean isLink, String where, Throwable site) {
    private static final long LOST = Entry.PRESENT | Entry.WRITE | Entry.USER;

    /** Whether {@code next} permits less than {@code old}, or leads to another frame. */
    static boolean isLess(long old, long next) {
        return Entry.isPresent(old) && (!Entry.isPresent(next) || Entry.pfn(old) != Entry.pfn(next)
                || (old & ~next & LOST) != 0);
    }

    @Override
    public String toString() {
        return where + ": " + Entry.describe(old) + " -> " + Entry.describe(next) + ", by space " + space;
    }
}
