package io.pinfold.core.words;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Every range that was reserved or allocated through {@link Reservation} and {@link ControlMemory}, dead ones included
 * as long as their addresses are not in use again. Addresses outside of all regions are foreign: native memory of a
 * test.
 */
final class Regions {
    private static final int CACHE_BITS = 10;
    private static final long NO_PAGE = -1; // and not 0, which is where null points
    private static final ConcurrentSkipListMap<Long, Region> ALL = new ConcurrentSkipListMap<>();
    private static final Region[] CACHE = new Region[1 << CACHE_BITS]; // races are harmless: regions check bounds
    private static final long[] FOREIGN_PAGES = new long[1 << CACHE_BITS]; // a race with add() only misses a check
    private static final int STRIPES = 64;
    private static final int STRIPE_LONGS = 16;
    private static final long[] ACCESSES = new long[STRIPES * STRIPE_LONGS]; // may lose counts, never all of them

    static {
        Arrays.fill(FOREIGN_PAGES, NO_PAGE);
    }

    private Regions() {
    }

    /**
     * Checks an access to a word; what {@link Region#after} is to be called on. A misaligned one is refused by the
     * access itself.
     */
    static Region before(Access access, long at, int size, long operand, long next) {
        ACCESSES[((int) Thread.currentThread().threadId() & STRIPES - 1) * STRIPE_LONGS]++;
        if ((at & size - 1) != 0) {
            return Foreign.ANYWHERE;
        }
        Region region = of(at);
        region.requireAlive(access, at);
        region.before(access, at, size, operand, next);
        return region;
    }

    /** Checks a bulk access. */
    static void range(Access access, long at, long length) {
        ACCESSES[((int) Thread.currentThread().threadId() & STRIPES - 1) * STRIPE_LONGS]++;
        if (length == 0) {
            return;
        }
        Region region = of(at);
        region.requireAlive(access, at);
        region.range(access, at, length);
    }

    /** How many accesses were checked so far; about. */
    static long accesses() {
        long sum = 0;
        for (long count : ACCESSES) {
            sum += count;
        }
        return sum;
    }

    private static int cacheIndex(long at) {
        return (int) ((at >>> Align.PAGE_SHIFT) * 0x9E37_79B9_7F4A_7C15L >>> Long.SIZE - CACHE_BITS);
    }

    /** The page is mapped; unless a region shares it, its words are not looked up again. */
    static void seen(long at) {
        long page = at & -Align.PAGE_BYTES;
        Map.Entry<Long, Region> below = ALL.lowerEntry(page + Align.PAGE_BYTES);
        if (below == null || below.getValue().address + below.getValue().bytes <= page) {
            FOREIGN_PAGES[cacheIndex(at)] = at >>> Align.PAGE_SHIFT;
        }
    }

    static Region of(long at) {
        int index = cacheIndex(at);
        Region cached = CACHE[index];
        if (cached != null && cached.contains(at)) {
            return cached;
        }
        if (FOREIGN_PAGES[index] == at >>> Align.PAGE_SHIFT) {
            return Foreign.SEEN;
        }
        Map.Entry<Long, Region> entry = ALL.floorEntry(at);
        if (entry == null || !entry.getValue().contains(at)) {
            return Foreign.ANYWHERE;
        }
        CACHE[index] = entry.getValue();
        return entry.getValue();
    }

    /** A range comes to life; the dead of the same addresses are forgotten. */
    static synchronized void add(Region region) {
        for (Region old = last(region); old != null && old.address + old.bytes > region.address; old = last(region)) {
            if (!old.isDead()) {
                throw new CheckedError(region + " lies in live " + old, null);
            }
            remove(old);
        }
        ALL.put(region.address, region);
        Arrays.fill(FOREIGN_PAGES, NO_PAGE);
    }

    /** The addresses of a dead range go back to the system. */
    static synchronized void remove(Region region) {
        ALL.remove(region.address, region);
        for (int index = 0; index < CACHE.length; index++) {
            if (CACHE[index] == region) {
                CACHE[index] = null;
            }
        }
    }

    private static Region last(Region region) {
        Map.Entry<Long, Region> entry = ALL.lowerEntry(region.address + region.bytes);
        return entry == null ? null : entry.getValue();
    }
}
