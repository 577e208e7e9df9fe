package io.pinfold.jmh.pool;

import java.util.Random;

/** The keys that one thread asks for, drawn before the clock starts, over and over; of one thread at a time. */
public final class Draws {
    private static final int LENGTH = 1 << 16;
    private static final int STRIDE = 72;

    private final int[] keys;
    private final Integer[] boxed = new Integer[LENGTH];
    private int next;

    /** Draws by {@link ZipfKeys}, once; both seeds are needed because threads share the ranks of the keys. */
    public Draws(int keys, double skew, long seedOfRanks, long seed) {
        this.keys = ZipfKeys.draw(keys, skew, LENGTH, new Random(seedOfRanks), new Random(seed));
        Integer[] objects = new Integer[keys];
        for (int i = 0; i < LENGTH; i++) {
            int key = this.keys[i];
            if (objects[key] == null) {
                objects[key] = key;
            }
            boxed[i] = objects[key];
        }
    }

    /** Goes on by a number of keys, and returns the index of the first. */
    public int advance(int count) {
        int from = next;
        next += count;
        return from;
    }

    /** The key at an index. */
    public int key(int at) {
        return keys[at & LENGTH - 1];
    }

    /** The key at an index as an object: one for each key. */
    public Integer boxed(int at) {
        return boxed[at & LENGTH - 1];
    }

    /** Where in its page the word lies that is read at an index. */
    public static int offset(int at) {
        return at * STRIDE & Pages.BYTES - Long.BYTES;
    }
}
