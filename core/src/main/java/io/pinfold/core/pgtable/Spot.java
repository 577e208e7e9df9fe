package io.pinfold.core.pgtable;

import io.pinfold.core.memory.frame.MemoryCore;

/**
 * The place in the page tables of an address: the lowest table that covers it, and the level of that table. The entry
 * of the address in it is a PTE or, at a higher level, none, a leaf or non-present: nothing below it exists. A spot is
 * one long, so that a look-up allocates nothing.
 *
 * <pre>
 *   63..8 frame of the table     7..0 level of the table
 * </pre>
 */
public final class Spot {
    private static final int LEVEL_BITS = 8;
    private static final long LEVEL_MASK = (1L << LEVEL_BITS) - 1;

    private Spot() {
    }

    static long of(long table, int level) {
        return table << LEVEL_BITS | level;
    }

    /** Frame of the table. */
    public static long table(long spot) {
        return spot >>> LEVEL_BITS;
    }

    /** Level of the table; above {@link Geometry#PTE}, the entry is no table. */
    public static int level(long spot) {
        return (int) (spot & LEVEL_MASK);
    }

    /** Frame of {@code address} itself, which {@code entry} at this spot maps, by a PTE or by a leaf. */
    public static long pfn(long spot, long entry, long address) {
        return Entry.pfn(entry) + (address >>> Geometry.PAGE_SHIFT & Geometry.leafPages(level(spot)) - 1);
    }

    /** Address of the entry that covers {@code address}, which the spot was found for. */
    public static long entryAddress(MemoryCore memory, long spot, long address) {
        return PageTables.entryAddress(memory, table(spot), address, level(spot));
    }
}
