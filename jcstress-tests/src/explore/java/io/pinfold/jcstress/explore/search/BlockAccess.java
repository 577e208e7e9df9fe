package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Accesses to single bytes and to blocks, composed of accesses to words. The fill of a block is one access. Copies and
 * single bytes are plain accesses to their long words, so unordered stores of two strands to neighbouring bytes of one
 * word may lose one of them.
 */
public final class BlockAccess {
    private BlockAccess() {
    }

    public static byte getByte(long address) {
        return (byte) (word(address & -Long.BYTES) >>> shift(address));
    }

    public static void setByte(long address, byte value) {
        long at = address & -Long.BYTES;
        long others = word(at) & ~(0xFFL << shift(address));
        set(at, others | (value & 0xFFL) << shift(address));
    }

    public static void fill(long address, long bytes, byte value) {
        long at = address;
        long end = Math.addExact(address, bytes);
        for (; at < end && (at & (Long.BYTES - 1)) != 0; at++) {
            setByte(at, value);
        }
        long whole = (end - at) & -Long.BYTES;
        if (whole > 0) {
            AccessGate.access(Kind.FILL, Mode.PLAIN, Long.BYTES, at, whole, value);
        }
        for (at += Math.max(whole, 0); at < end; at++) {
            setByte(at, value);
        }
    }

    public static void copy(long from, long to, long bytes) {
        byte[] between = new byte[Math.toIntExact(bytes)];
        copyOut(from, between, 0, between.length);
        copyIn(between, 0, to, between.length);
    }

    public static void copyIn(byte[] source, int offset, long to, int bytes) {
        Objects.checkFromIndexSize(offset, bytes, source.length);
        int i = 0;
        while (i < bytes) {
            if (isWord(to + i, bytes - i)) {
                long value = 0;
                for (int k = 0; k < Long.BYTES; k++) {
                    value |= (source[offset + i + k] & 0xFFL) << (k * Byte.SIZE);
                }
                set(to + i, value);
                i += Long.BYTES;
            } else {
                setByte(to + i, source[offset + i]);
                i++;
            }
        }
    }

    public static void copyOut(long from, byte[] target, int offset, int bytes) {
        Objects.checkFromIndexSize(offset, bytes, target.length);
        int i = 0;
        while (i < bytes) {
            if (isWord(from + i, bytes - i)) {
                long value = word(from + i);
                for (int k = 0; k < Long.BYTES; k++) {
                    target[offset + i + k] = (byte) (value >>> (k * Byte.SIZE));
                }
                i += Long.BYTES;
            } else {
                target[offset + i] = getByte(from + i);
                i++;
            }
        }
    }

    /** Racy loads of the long words that the range is in. */
    public static void copyRacy(long from, MemorySegment target) {
        long word = 0;
        for (long i = 0; i < target.byteSize(); i++) {
            if (i == 0 || (from + i & Long.BYTES - 1) == 0) {
                word = AccessGate.access(Kind.LOAD, Mode.RACY, Long.BYTES, from + i & -Long.BYTES, 0, 0);
            }
            target.set(ValueLayout.JAVA_BYTE, i, (byte) (word >>> shift(from + i)));
        }
    }

    private static boolean isWord(long address, int left) {
        return (address & (Long.BYTES - 1)) == 0 && left >= Long.BYTES;
    }

    private static long word(long address) {
        return AccessGate.access(Kind.LOAD, Mode.PLAIN, Long.BYTES, address, 0, 0);
    }

    private static void set(long address, long value) {
        AccessGate.access(Kind.STORE, Mode.PLAIN, Long.BYTES, address, value, 0);
    }

    /** The place of a byte in its word; the explorer runs on little-endian machines only, see {@link #copyIn}. */
    private static int shift(long address) {
        return (int) (address & (Long.BYTES - 1)) * Byte.SIZE;
    }
}
