package io.pinfold.jcstress.explore.search;

/** A map from the 128-bit key of a state to one long, by open addressing. */
final class SeenStates {
    /** The result of {@link #find} for a state that is new. */
    static final int NEW = -1;
    private static final int FIRST = 1 << 10;

    private long[] high = new long[FIRST];
    private long[] low = new long[FIRST];
    private long[] values = new long[FIRST];
    private int size;

    int size() {
        return size;
    }

    void clear() {
        high = new long[FIRST];
        low = new long[FIRST];
        values = new long[FIRST];
        size = 0;
    }

    /** The place of a state; {@link #NEW} if it was missing, and then it is added with the value given. */
    int find(long keyHigh, long keyLow, long value) {
        long wanted = keyHigh == 0 ? 1 : keyHigh; // 0 marks an empty place
        int slot = slot(high, low, wanted, keyLow);
        if (high[slot] != 0) {
            return slot;
        }
        if (2 * ++size > high.length) {
            grow();
            slot = slot(high, low, wanted, keyLow);
        }
        high[slot] = wanted;
        low[slot] = keyLow;
        values[slot] = value;
        return NEW;
    }

    long value(int slot) {
        return values[slot];
    }

    void set(int slot, long value) {
        values[slot] = value;
    }

    private void grow() {
        long[] oldHigh = high;
        long[] oldLow = low;
        long[] oldValues = values;
        high = new long[2 * oldHigh.length];
        low = new long[high.length];
        values = new long[high.length];
        for (int i = 0; i < oldHigh.length; i++) {
            if (oldHigh[i] != 0) {
                int slot = slot(high, low, oldHigh[i], oldLow[i]);
                high[slot] = oldHigh[i];
                low[slot] = oldLow[i];
                values[slot] = oldValues[i];
            }
        }
    }

    private static int slot(long[] high, long[] low, long keyHigh, long keyLow) {
        int mask = high.length - 1;
        int slot = (int) keyLow & mask;
        while (high[slot] != 0 && (high[slot] != keyHigh || low[slot] != keyLow)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }
}
