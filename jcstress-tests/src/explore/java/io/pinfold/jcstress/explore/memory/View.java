package io.pinfold.jcstress.explore.memory;

import java.util.Arrays;

/**
 * A view: a vector clock with an entry per strand, then for each location the place of the newest store seen. Entries
 * never reached are 0, the state at the beginning. The hash is kept up to date, so that a state is hashed without going
 * through all views.
 */
final class View {
    private int[] at = new int[32];
    private int length;
    private long hash;

    int get(int index) {
        return index < length ? at[index] : 0;
    }

    void clear() {
        Arrays.fill(at, 0, length, 0);
        length = 0;
        hash = 0;
    }

    void set(int index, int value) {
        if (index >= length) {
            if (index >= at.length) {
                at = Arrays.copyOf(at, Math.max(2 * at.length, index + 1));
            }
            length = index + 1;
        }
        hash += term(index, value) - term(index, at[index]);
        at[index] = value;
    }

    void raise(int index, int value) {
        if (value > get(index)) {
            set(index, value);
        }
    }

    /** Makes room for a store that has entered a location's order at a place: places from there on move up by one. */
    void moveUp(int index, int from) {
        int place = get(index);
        if (place >= from) {
            set(index, place + 1);
        }
    }

    /** Adds a location with stores: if this view has a given clock of a strand, it has the stores up to a place. */
    void knows(int index, int place, int strand, int clock) {
        if (get(strand) >= clock) {
            raise(index, place);
        }
    }

    void copy(View other) {
        if (other.length > at.length) {
            at = new int[other.at.length];
        } else if (length > other.length) {
            Arrays.fill(at, other.length, length, 0);
        }
        System.arraycopy(other.at, 0, at, 0, other.length);
        length = other.length;
        hash = other.hash;
    }

    /** Joins another view from an index on. */
    void join(View other, int from) {
        int end = Math.min(length, other.length);
        for (int index = from; index < end; index++) {
            if (other.at[index] > at[index]) {
                set(index, other.at[index]);
            }
        }
        for (int index = Math.max(from, end); index < other.length; index++) {
            if (other.at[index] != 0) {
                set(index, other.at[index]);
            }
        }
    }

    boolean isEmpty() {
        return hash == 0;
    }

    long hash() {
        return hash;
    }

    private static long term(int index, int value) {
        return value == 0 ? 0 : StateKey.hash(index, value);
    }
}
