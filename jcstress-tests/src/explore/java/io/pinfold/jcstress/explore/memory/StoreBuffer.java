package io.pinfold.jcstress.explore.memory;

import java.util.Arrays;

/**
 * The stores of one strand that no other strand sees yet, oldest first. A FILL is one entry over its whole range.
 *
 * <p>A release fence begins a new group: no entry leaves before all of the groups before it have. An <em>ordered</em>
 * entry (a release or volatile store) leaves only when it is the oldest.
 */
final class StoreBuffer {
    private static final int ORDERED = 1;
    private static final int VOLATILE = 2;
    private static final int FILL = 4;
    private static final int LINE_SHIFT = 6;

    private long[] address = new long[16];
    private long[] value = new long[16];
    private long[] bytes = new long[16];
    private int[] flags = new int[16];
    private int[] group = new int[16];
    private int length;
    private int newest;
    /** A bit for each cache line with an entry, by the last bits of its number; all of them if there is a FILL. */
    private long lines;

    void clear() {
        length = 0;
        newest = 0;
        lines = 0;
    }

    int length() {
        return length;
    }

    long address(int index) {
        return address[index];
    }

    long bytes(int index) {
        return bytes[index];
    }

    /** Adds a store or FILL. */
    void add(Op op) {
        if (length == address.length) {
            address = Arrays.copyOf(address, 2 * length);
            value = Arrays.copyOf(value, 2 * length);
            bytes = Arrays.copyOf(bytes, 2 * length);
            flags = Arrays.copyOf(flags, 2 * length);
            group = Arrays.copyOf(group, 2 * length);
        }
        boolean fill = op.kind == Op.Kind.FILL;
        address[length] = op.address;
        value[length] = fill ? op.pattern() : op.stored(0);
        bytes[length] = op.length();
        flags[length] = (fill ? FILL : 0) | switch (op.mode) {
            case RELEASE -> ORDERED;
            case VOLATILE -> ORDERED | VOLATILE;
            case RACY, PLAIN, OPAQUE, ACQUIRE -> 0;
        };
        lines |= lines(length);
        group[length++] = newest;
    }

    /** Begins a group: entries from now on leave after all earlier ones. */
    void fence() {
        if (length > 0 && group[length - 1] == newest) {
            newest++;
        }
    }

    private long lines(int index) {
        return (flags[index] & FILL) != 0 ? -1 : 1L << (address[index] >>> LINE_SHIFT);
    }

    /** False only if there is no entry for a word. */
    boolean mayHave(long word) {
        return (lines >>> (word >>> LINE_SHIFT) & 1) != 0;
    }

    /** Index of the newest entry for a word, or -1. */
    int find(long word, int size) {
        int index = length - 1;
        while (index >= 0 && !overlaps(index, word, size)) {
            index--;
        }
        return index;
    }

    /** The value that the strand itself reads from an entry. */
    long read(int index, int size) {
        return size == Integer.BYTES ? (int) value[index] : value[index];
    }

    boolean overlaps(int index, long start, long size) {
        return address[index] < start + size && start < address[index] + bytes[index];
    }

    /** Whether an entry may leave now, if entries need not leave in their order. */
    boolean isReady(int index) {
        if (index == 0) {
            return true;
        }
        if ((flags[index] & ORDERED) != 0 || group[index] != group[0]) {
            return false;
        }
        for (int earlier = 0; earlier < index; earlier++) {
            if (overlaps(earlier, address[index], bytes[index])) {
                return false;
            }
        }
        return true;
    }

    /** The number of oldest entries up to and including the last volatile one. */
    int throughVolatile() {
        int end = length;
        while (end > 0 && (flags[end - 1] & VOLATILE) == 0) {
            end--;
        }
        return end;
    }

    /**
     * The number of oldest entries that leave before a store to that word bypasses the buffer, because of a fence or of
     * their order.
     */
    int throughFenceOrOrdered(long word, int size) {
        int end = length;
        while (end > 0 && group[end - 1] == newest
                && !((flags[end - 1] & ORDERED) != 0 && overlaps(end - 1, word, size))) {
            end--;
        }
        return end;
    }

    /** Lets an entry leave: the words get its value. */
    void flush(int index, BackingWords backing) {
        if ((flags[index] & FILL) == 0) {
            backing.set(address[index], (int) bytes[index], value[index]);
        } else {
            backing.fill(address[index], bytes[index], value[index]);
        }
        int rest = --length - index;
        System.arraycopy(address, index + 1, address, index, rest);
        System.arraycopy(value, index + 1, value, index, rest);
        System.arraycopy(bytes, index + 1, bytes, index, rest);
        System.arraycopy(flags, index + 1, flags, index, rest);
        System.arraycopy(group, index + 1, group, index, rest);
        if (length == 0) {
            newest = 0;
        }
        lines = 0;
        for (int left = 0; left < length; left++) {
            lines |= lines(left);
        }
    }

    void mix(StateKey key) {
        key.mix(length);
        for (int index = 0; index < length; index++) {
            key.mix(address[index]);
            key.mix(value[index]);
            key.mix(bytes[index] << 3 | flags[index]);
            key.mix(group[index] - group[0]);
        }
        if (length > 0) {
            key.mix(newest - group[0]);
        }
    }
}
