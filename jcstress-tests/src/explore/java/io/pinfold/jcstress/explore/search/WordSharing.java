package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.Op;

/**
 * The strands that have accessed each word. A word that only one strand accesses, or that none writes, needs no
 * scheduling point: its accesses return the same in every order. A word counts as unshared until a run shows otherwise;
 * then the search begins anew. At the end no such assumption was wrong.
 *
 * <p>The data is kept per granule of eight bytes: either one long or two ints, so that mixed sizes show. A filled block
 * counts for its pages.
 */
final class WordSharing {
    private static final int PAGE_SHIFT = 12;
    private static final int PER_PAGE = 1 << (PAGE_SHIFT - 3);
    private static final int WRITER = 8;
    private static final long STRANDS = 0xFF;
    /** Bits of a granule: each half has two strands or more, one of which writes. */
    private static final long GATED = 1 << 16;
    private static final long IS_LONG = 1 << 17;
    private static final long IS_INT = 1 << 18;
    private static final long HALF = 0xFFFF_FFFFL;

    private final Table granules = new Table(1 << 12);
    /** By page, the strands that accessed it, and, from bit {@link #WRITER} on, those that filled it. */
    private final Table pages = new Table(1 << 6);
    private boolean grown;
    private int gated;

    /** Whether words became shared after the last call. */
    boolean hasGrown() {
        boolean answer = grown;
        grown = false;
        return answer;
    }

    /** The number of words with scheduling points. */
    int gated() {
        return gated;
    }

    /** Records an access; returns whether it needs no scheduling point. */
    boolean isQuiet(int strand, Op op) {
        if (op.kind == Op.Kind.FILL) {
            return isQuietFill(strand, op.address, op.a);
        }
        long bit = 1L << strand;
        boolean isInt = op.bytes == Integer.BYTES;
        int shift = isInt && (op.address & Integer.BYTES) != 0 ? Integer.SIZE : 0;
        int slot = granules.find(op.address >>> 3);
        long all = granules.values[slot];
        long mine = (op.writes() ? bit | bit << WRITER : bit) | (isInt ? IS_INT : IS_LONG);
        if ((all >>> shift & mine) != mine) {
            all |= mine << shift | (isInt ? IS_INT : IS_LONG);
            granules.values[slot] = all;
            int page = pages.find(op.address >>> PAGE_SHIFT);
            pages.values[page] |= bit;
            all = judge(slot, pages.values[page] >>> WRITER);
        }
        boolean isGated = (all >>> shift & GATED) != 0;
        if (isGated && (all & (IS_INT | IS_LONG)) == (IS_INT | IS_LONG)) {
            throw new MixedSizesError(op.address);
        }
        return !isGated;
    }

    private boolean isQuietFill(int strand, long address, long bytes) {
        long bit = 1L << strand;
        boolean quiet = true;
        for (long page = address >>> PAGE_SHIFT; page <= (address + bytes - 1) >>> PAGE_SHIFT; page++) {
            int slot = pages.find(page);
            long before = pages.values[slot];
            long after = before | bit | bit << WRITER;
            pages.values[slot] = after;
            if (after != before) {
                for (long granule = page * PER_PAGE; granule < (page + 1) * PER_PAGE; granule++) {
                    int at = granules.peek(granule);
                    if (at >= 0) {
                        judge(at, after >>> WRITER);
                    }
                }
                grown |= Long.bitCount(after & STRANDS) > 1;
            }
            quiet &= Long.bitCount(after & STRANDS) == 1;
        }
        return quiet;
    }

    /** Computes anew which halves of a granule need scheduling points. */
    private long judge(int slot, long fillers) {
        long all = granules.values[slot];
        for (int shift = 0; shift < Long.SIZE; shift += Integer.SIZE) {
            long half = all >>> shift & HALF;
            long touched = half & STRANDS;
            if (touched != 0 && (half & GATED) == 0 && (half >>> WRITER & STRANDS | fillers) != 0
                    && Long.bitCount(touched | fillers) > 1) {
                all |= GATED << shift;
                grown = true;
                gated++;
            }
        }
        granules.values[slot] = all;
        return all;
    }

    /** Refuses a shared word that is accessed as a long and as an int: no memory model defines that. */
    static final class MixedSizesError extends AssertionError {
        private static final long serialVersionUID = 1L;

        MixedSizesError(long address) {
            super("a shared word is accessed with two sizes, at offset " + (address & 0xFFF) + " of its page");
        }
    }

    /** A map from a number to a value, by open addressing. */
    private static final class Table {
        /** The number of low bits in which adjacent keys differ: words of one record are accessed together. */
        private static final int NEIGHBOURS = 3;

        private long[] keys;
        long[] values;
        private int used;
        /** The place of the last key: the next is often the same. */
        private int found;

        Table(int capacity) {
            keys = new long[capacity];
            values = new long[capacity];
        }

        /** The place of a key's value, which is added if it is missing. */
        int find(long key) {
            if (keys[found] == key + 1) {
                return found;
            }
            int slot = slot(keys, key);
            if (keys[slot] == key + 1) {
                found = slot;
                return slot;
            }
            if (2 * ++used > keys.length) {
                grow();
                slot = slot(keys, key);
            }
            keys[slot] = key + 1;
            return slot;
        }

        /** The place of a key's value, or -1. */
        int peek(long key) {
            int slot = slot(keys, key);
            return keys[slot] == 0 ? -1 : slot;
        }

        private void grow() {
            long[] oldKeys = keys;
            long[] oldValues = values;
            found = 0;
            keys = new long[2 * oldKeys.length];
            values = new long[keys.length];
            for (int i = 0; i < oldKeys.length; i++) {
                if (oldKeys[i] != 0) {
                    int slot = slot(keys, oldKeys[i] - 1);
                    keys[slot] = oldKeys[i];
                    values[slot] = oldValues[i];
                }
            }
        }

        private static int slot(long[] keys, long key) {
            int mask = keys.length - 1;
            long together = (key >>> NEIGHBOURS) * 0x9E37_79B9_7F4A_7C15L >>> 32;
            int slot = (int) (together << NEIGHBOURS | key & (1 << NEIGHBOURS) - 1) & mask;
            while (keys[slot] != 0 && keys[slot] != key + 1) {
                slot = slot + 1 & mask;
            }
            return slot;
        }
    }
}
