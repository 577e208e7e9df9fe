package io.pinfold.jcstress.explore.memory;

import java.util.Arrays;

/**
 * What somebody has seen: first a vector clock with an entry per strand, then for each location the place in its order of the
 * newest store known. Entries never reached are 0, the state at the beginning. The hash is kept up to date, so that a state is hashed without
 * going through all views.
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

    /** A store has entered a location's order at a place: those from there on move up by one. */
    void moveUp(int index, int from) {
        int place = get(index);
        if (place >= from) {
            set(index, place + 1);
        }
    }

    /** A location begins with stores that who knows a clock of a strand knows up to a place. */
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

    /** Takes over from an index on what the other has seen and this one has not. */
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
