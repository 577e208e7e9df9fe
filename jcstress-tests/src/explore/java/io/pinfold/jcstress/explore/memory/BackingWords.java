package io.pinfold.jcstress.explore.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The real words under a memory model, by plain access, with a log of their previous values: {@link #undo} restores
 * them for the next run. No other class of the explorer accesses native memory, and only one thread uses it.
 */
@SuppressWarnings("restricted")
public final class BackingWords {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle().withInvokeExactBehavior();
    /** A flag in a logged address whose word has four bytes. */
    private static final long IS_INT = 1L << 62;

    private long[] addresses = new long[1024];
    private long[] values = new long[1024];
    private int length;
    /**
     * Two sums over all changed words of the hash of the current value less the hash of the first value: they are equal
     * for every way to the same content.
     */
    private long sumA;
    private long sumB;

    /** The value of a word. */
    public long get(long address, int bytes) {
        return bytes == Long.BYTES ? (long) LONG.get(ALL, address) : (int) INT.get(ALL, address);
    }

    /** Stores a word and logs its previous value. */
    public void set(long address, int bytes, long value) {
        long old = get(address, bytes);
        if (old != value) {
            log(address, bytes, old);
            put(address, bytes, value);
            sumA += StateKey.hash(address, value) - StateKey.hash(address, old);
            sumB += StateKey.hash(~address, value) - StateKey.hash(~address, old);
        }
    }

    /** Stores a word outside of a search's states: the key does not change. */
    public void setUnkeyed(long address, int bytes, long value) {
        long old = get(address, bytes);
        if (old != value) {
            log(address, bytes, old);
            put(address, bytes, value);
        }
    }

    private void log(long address, int bytes, long old) {
        if (length == addresses.length) {
            addresses = Arrays.copyOf(addresses, 2 * length);
            values = Arrays.copyOf(values, 2 * length);
        }
        values[length] = old;
        addresses[length++] = bytes == Long.BYTES ? address : address | IS_INT;
    }

    /** Stores a pattern of eight bytes to all words of a range; its ends are multiples of 4. */
    public void fill(long address, long bytes, long pattern) {
        long end = address + bytes;
        long at = address;
        if (at % Long.BYTES != 0) {
            set(at, Integer.BYTES, (int) pattern);
            at += Integer.BYTES;
        }
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            set(at, Long.BYTES, pattern);
        }
        if (at < end) {
            set(at, Integer.BYTES, (int) pattern);
        }
    }

    /** Fills a range as {@link #setUnkeyed} stores a word; its ends are multiples of 8. */
    public void fillUnkeyed(long address, long bytes, long pattern) {
        for (long at = address; at < address + bytes; at += Long.BYTES) {
            setUnkeyed(at, Long.BYTES, pattern);
        }
    }

    /**
     * Mixes the values of all words into the key, as far as they were changed by {@link #set} since the last {@link
     * #undo} or {@link #keep}.
     */
    public void mix(StateKey key) {
        key.mix(sumA);
        key.mix(sumB);
    }

    /** Restores everything that {@link #set} has changed after the last restore. */
    public void undo() {
        while (length > 0) {
            long address = addresses[--length];
            int bytes = (address & IS_INT) == 0 ? Long.BYTES : Integer.BYTES;
            put(address & ~IS_INT, bytes, values[length]);
        }
        keep();
    }

    /** Keeps the changes: the next runs begin with them. */
    public void keep() {
        length = 0;
        sumA = 0;
        sumB = 0;
    }

    private static void put(long address, int bytes, long value) {
        if (bytes == Long.BYTES) {
            LONG.set(ALL, address, value);
        } else {
            INT.set(ALL, address, (int) value);
        }
    }
}
