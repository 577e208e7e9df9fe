package io.pinfold.jcstress.explore.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One word under {@link ViewMemory}: all its stores of this run in their order, the first being its initial value. */
final class Location {
    final long address;
    /** Its place in the views. */
    final int index;
    private int bytes;
    private long[] value = new long[8];
    private @Nullable View[] view = new View[8];
    private boolean[] attached = new boolean[8];
    private int length;
    /** The run to which its stores belong. */
    private int run = -1;

    Location(long address, int index) {
        this.address = address;
        this.index = index;
    }

    int bytes() {
        return bytes;
    }

    boolean isOf(int thatRun) {
        return run == thatRun;
    }

    void begin(int newRun, int size, long initial) {
        run = newRun;
        bytes = size;
        value[0] = initial;
        view[0] = null;
        attached[0] = false;
        length = 1;
    }

    /** Drops its stores for this run: another access covers its bytes from now on. */
    void end() {
        run = -1;
    }

    /** Place of the newest store. */
    int last() {
        return length - 1;
    }

    long value(int place) {
        return value[place];
    }

    /** The view that the store passes to an acquiring load; null for none. */
    @Nullable
    View view(int place) {
        return view[place];
    }

    /** Whether no other store may come directly after that one, because a read-modify-write that read it does. */
    boolean isClosed(int place) {
        return place < last() && attached[place + 1];
    }

    /** Inserts a store directly after a place. */
    void insert(int place, long stored, @Nullable View passed, boolean readsIt) {
        if (length == value.length) {
            value = Arrays.copyOf(value, 2 * length);
            view = Arrays.copyOf(view, 2 * length);
            attached = Arrays.copyOf(attached, 2 * length);
        }
        int at = place + 1;
        int later = length++ - at;
        System.arraycopy(value, at, value, at + 1, later);
        System.arraycopy(view, at, view, at + 1, later);
        System.arraycopy(attached, at, attached, at + 1, later);
        value[at] = stored;
        view[at] = passed;
        attached[at] = readsIt;
    }

    /** Mixes the stores from a place on into the key. */
    void mix(StateKey key, int from) {
        for (int place = Math.max(1, from); place < length; place++) {
            View passed = view[place];
            long content = StateKey.hash(value[place], passed == null ? 0 : passed.hash());
            key.add(StateKey.hash(content, (long) index << 32 | place << 1 | (attached[place] ? 1 : 0)));
        }
    }
}
