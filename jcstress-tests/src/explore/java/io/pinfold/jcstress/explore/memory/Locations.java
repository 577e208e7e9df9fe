package io.pinfold.jcstress.explore.memory;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The words that {@link ViewMemory} has accessed, by address. They persist from run to run, so that their places in the
 * views do.
 */
final class Locations {
    private static final long ODD = 0x9E37_79B9_7F4A_7C15L;

    private final List<Location> all = new ArrayList<>();
    private @Nullable Location[] table = new Location[256];

    /** The location of a word, or null if it was not accessed yet. */
    @Nullable
    Location find(long address) {
        int mask = table.length - 1;
        int slot = slot(address, mask);
        Location location = table[slot];
        while (location != null && location.address != address) {
            slot = slot + 1 & mask;
            location = table[slot];
        }
        return location;
    }

    /** Adds a word that {@link #find} does not find. */
    Location add(long address, int index) {
        if (2 * all.size() >= table.length) {
            table = new Location[2 * table.length];
            all.forEach(this::enter);
        }
        Location location = new Location(address, index);
        all.add(location);
        enter(location);
        return location;
    }

    int size() {
        return all.size();
    }

    Location get(int number) {
        return all.get(number);
    }

    private void enter(Location location) {
        int mask = table.length - 1;
        int slot = slot(location.address, mask);
        while (table[slot] != null) {
            slot = slot + 1 & mask;
        }
        table[slot] = location;
    }

    private static int slot(long address, int mask) {
        return (int) ((address >>> 2) * ODD >>> 40) & mask;
    }
}
