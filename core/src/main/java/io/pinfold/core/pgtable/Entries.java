package io.pinfold.core.pgtable;

import io.pinfold.core.words.Words;

/**
 * Loads and stores of live page-table entries. There is no other way to do either, so that the geometry decides how
 * wide an access is. The methods take raw addresses and check nothing: the caller is inside a walker slot or holds a
 * {@link io.pinfold.core.memory.frame.Use}.
 *
 * <p>With whole entries every call is one 64-bit access of the mode it names. With {@link Geometry#SPLIT_ENTRIES} every
 * access to an entry is 32-bit, as on a machine whose words are narrower than its entries:
 *
 * <pre>
 *   install:  HALF1 high half           HALF2 low half, release: it holds PRESENT, WRITE, ACCESSED, DIRTY and decides
 *   clear:    HALF3 low half := 0, RMW  HALF4 high half := 0
 *   load:     JOIN1 low, 0 is none      JOIN2 high   JOIN3 low again; changed: from JOIN1
 *   must not happen: a load pairs the low half of one entry with the high half of another
 * </pre>
 *
 * <p>An entry goes from one value to another only by way of 0 (HALF3, HALF4, HALF1, HALF2), except for bits of the low
 * half. So a load that reads the same low half twice has read the high half that belongs to it, unless two changes came
 * in between and ended on the same low half. The fast walk reads the whole entry once more after its grab, so that
 * would have to happen twice.
 */
public final class Entries {
    private static final int HIGH = Integer.BYTES;
    private static final long LOW_MASK = 0xFFFF_FFFFL;

    private Entries() {
    }

    /** The entry at {@code at}; volatile. */
    public static long load(long at) {
        return Geometry.SPLIT_ENTRIES ? loadHalves(at) : Words.getLongVolatile(at);
    }

    /** {@link #load} with opaque mode: for a look that a volatile one follows. */
    public static long peek(long at) {
        return Geometry.SPLIT_ENTRIES ? loadHalves(at) : Words.getLongOpaque(at);
    }

    /**
     * Publishes an entry where none is: release, so that a load of it also reads what was filled in before. The caller
     * holds the table's lock, or the table is still private.
     */
    public static void store(long at, long entry) {
        if (Geometry.SPLIT_ENTRIES) {
            storeHalves(at, entry);
        } else {
            Words.setLongRelease(at, entry);
        }
    }

    /**
     * Puts {@code entry} in place of the old one, which it returns with all bits up to date; volatile, under the
     * table's lock.
     */
    public static long exchange(long at, long entry) {
        return Geometry.SPLIT_ENTRIES ? exchangeHalves(at, entry) : Words.getAndSetLong(at, entry);
    }

    /**
     * Puts {@code next} in place of {@code expected}; returns what was found, {@code expected} if it was done.
     * Volatile. Without the table's lock only to set bits of the low half (ACCESSED, DIRTY).
     */
    public static long compareAndExchange(long at, long expected, long next) {
        return Geometry.SPLIT_ENTRIES
                ? compareAndExchangeHalves(at, expected, next)
                : Words.compareAndExchangeLong(at, expected, next);
    }

    private static long loadHalves(long at) {
        for (;;) {
            int low = Words.getIntVolatile(at); // JOIN1
            if (low == 0) {
                return Entry.NONE; // between HALF3 and HALF4, or HALF1 and HALF2, the high half is of no entry
            }
            int high = Words.getIntVolatile(at + HIGH); // JOIN2
            if (Words.getIntVolatile(at) == low) { // JOIN3
                return join(low, high);
            }
        }
    }

    private static void storeHalves(long at, long entry) {
        Words.setIntRelease(at + HIGH, (int) (entry >>> Integer.SIZE)); // HALF1
        Words.setIntRelease(at, (int) entry); // HALF2
    }

    private static long exchangeHalves(long at, long entry) {
        int low = Words.getAndSetInt(at, 0); // HALF3
        int high = Words.getAndSetInt(at + HIGH, (int) (entry >>> Integer.SIZE)); // HALF4, HALF1
        if ((int) entry != 0) {
            int _ = Words.getAndSetInt(at, (int) entry); // HALF2; volatile as the whole exchange is
        }
        return join(low, high);
    }

    private static long compareAndExchangeHalves(long at, long expected, long next) {
        int oldLow = (int) expected;
        boolean isLowOnly = expected >>> Integer.SIZE == next >>> Integer.SIZE;
        long seen = loadHalves(at);
        if (seen != expected) {
            return seen;
        }
        int low = Words.compareAndExchangeInt(at, oldLow, isLowOnly ? (int) next : 0);
        if (low != oldLow) {
            return loadHalves(at);
        }
        if (!isLowOnly) {
            storeHalves(at, next);
            return expected;
        }
        int high = Words.getIntVolatile(at + HIGH);
        // another entry with the same low half came in between: it got the bits, which are hints, and the caller looks
        // again
        return high == (int) (expected >>> Integer.SIZE) ? expected : loadHalves(at);
    }

    private static long join(int low, int high) {
        return (long) high << Integer.SIZE | low & LOW_MASK;
    }
}
