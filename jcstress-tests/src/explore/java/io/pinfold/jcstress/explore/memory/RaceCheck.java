package io.pinfold.jcstress.explore.memory;

import java.util.Arrays;

/**
 * The happens-before race check: for each word and strand the clock of the last access of each kind. A plain access,
 * FILL included, must be ordered with every access of another strand to the same word, unless both only read. Zeroing a
 * frame for its next life is a FILL, so it races with every use of the last life that has not ended. Racy loads are not
 * checked: what they return may be used only after a validation.
 *
 * <p>A strand's clock counts its releases, and views pass it on; an access is ordered before all accesses whose strand
 * has its clock.
 */
final class RaceCheck {
    private static final int PLAIN_LOAD = 0;
    private static final int LOAD = 1;
    private static final int PLAIN_STORE = 2;
    private static final int STORE = 3;
    private static final int KINDS = 4;
    private static final String[] NAMES = {"plain load", "load", "plain store", "store"};

    private final int strands;
    /** The clock by location, kind and strand; 0 without an access. */
    private int[] clocks = new int[256];
    /** The number of the access by location, kind and strand. Not part of the state; for the message only. */
    private int[] accesses = new int[256];
    private int used;
    private long hash;

    RaceCheck(int strands) {
        this.strands = strands;
    }

    void clear() {
        Arrays.fill(clocks, 0, used, 0);
        used = 0;
        hash = 0;
    }

    long hash() {
        return hash;
    }

    /** Checks a load, after the view that the load acquires has been joined. */
    void load(int location, long address, int strand, View seen, boolean plain, int access) {
        check(location, address, PLAIN_STORE, plain ? PLAIN_LOAD : LOAD, strand, seen);
        if (plain) {
            check(location, address, STORE, PLAIN_LOAD, strand, seen);
        }
        note(location, plain ? PLAIN_LOAD : LOAD, strand, seen, access);
    }

    /** Checks a store or fill. */
    void store(int location, long address, int strand, View seen, boolean plain, int access) {
        int kind = plain ? PLAIN_STORE : STORE;
        check(location, address, PLAIN_STORE, kind, strand, seen);
        check(location, address, PLAIN_LOAD, kind, strand, seen);
        if (plain) {
            check(location, address, STORE, kind, strand, seen);
            check(location, address, LOAD, kind, strand, seen);
        }
        note(location, kind, strand, seen, access);
    }

    /** Takes over a FILL for a word whose first access comes after it. */
    void filled(int location, int strand, int clock, int access) {
        note(location, PLAIN_STORE, strand, clock, access);
    }

    private void check(int location, long address, int earlier, int kind, int strand, View seen) {
        int from = place(location, earlier, 0);
        if (from >= used) {
            return;
        }
        for (int other = 0; other < strands; other++) {
            if (clocks[from + other] > seen.get(other) && other != strand) {
                throw new DataRace(NAMES[earlier] + " and " + NAMES[kind] + " are not ordered", address, other,
                        accesses[from + other],
                        strand);
            }
        }
    }

    private void note(int location, int kind, int strand, View seen, int access) {
        note(location, kind, strand, seen.get(strand), access);
    }

    private void note(int location, int kind, int strand, int clock, int access) {
        int end = place(location + 1, 0, 0);
        if (end > used) {
            if (end > clocks.length) {
                clocks = Arrays.copyOf(clocks, 2 * end);
                accesses = Arrays.copyOf(accesses, 2 * end);
            }
            used = end;
        }
        int place = place(location, kind, strand);
        if (clocks[place] != clock) {
            hash += StateKey.hash(place, clock) - (clocks[place] == 0 ? 0 : StateKey.hash(place, clocks[place]));
            clocks[place] = clock;
        }
        accesses[place] = access;
    }

    private int place(int location, int kind, int strand) {
        return (location * KINDS + kind) * strands + strand;
    }
}
