package io.pinfold.core.words;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

/**
 * The checked form: an address sanitizer for the model. Every access is first looked up in {@link Regions} and must be
 * one that the word it goes to allows; then it is done as in the shipping form. What is legal where stands in {@link
 * RecordRegion}, {@link FrameRegion} and {@link ControlRegion}.
 *
 * <p>Check and access are two steps, so what another thread does in between is not seen: an error reported is an error,
 * a race that was missed by that much is missed.
 */
@SuppressWarnings("restricted")
public final class Words {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle().withInvokeExactBehavior();

    private Words() {
    }

    static long peek(long address) {
        return (long) LONG.getVolatile(ALL, address);
    }

    static int peekHalf(long address) {
        return (int) INT.getVolatile(ALL, address);
    }

    static void poison(long address, long bytes, byte value) {
        ALL.asSlice(address, bytes).fill(value);
    }

    // ---- long words ------------------------------------------------------------------------------------------------

    /** Checked. */
    public static long getLong(long address) {
        Regions.before(Access.PLAIN_LOAD, address, 8, 0, 0);
        return (long) LONG.get(ALL, address);
    }

    /** Checked. */
    public static void setLong(long address, long value) {
        Regions.before(Access.PLAIN_STORE, address, 8, value, 0);
        LONG.set(ALL, address, value);
    }

    /** Checked. */
    public static long getLongOpaque(long address) {
        Regions.before(Access.OPAQUE_LOAD, address, 8, 0, 0);
        return (long) LONG.getOpaque(ALL, address);
    }

    /** Checked. */
    public static void setLongOpaque(long address, long value) {
        Regions.before(Access.OPAQUE_STORE, address, 8, value, 0);
        LONG.setOpaque(ALL, address, value);
    }

    /** Checked. */
    public static long getLongAcquire(long address) {
        Regions.before(Access.LOAD, address, 8, 0, 0);
        return (long) LONG.getAcquire(ALL, address);
    }

    /** Checked. */
    public static void setLongRelease(long address, long value) {
        Regions.before(Access.STORE, address, 8, value, 0);
        LONG.setRelease(ALL, address, value);
    }

    /** Checked. */
    public static long getLongVolatile(long address) {
        Region region = Regions.before(Access.LOAD, address, 8, 0, 0);
        long found = (long) LONG.getVolatile(ALL, address);
        region.loaded(address, found);
        return found;
    }

    /** Checked. */
    public static void setLongVolatile(long address, long value) {
        Regions.before(Access.STORE, address, 8, value, 0);
        LONG.setVolatile(ALL, address, value);
    }

    /** Checked. */
    public static boolean compareAndSetLong(long address, long expected, long next) {
        Region region = Regions.before(Access.COMPARE_AND_SET, address, 8, expected, next);
        boolean isSet = LONG.compareAndSet(ALL, address, expected, next);
        if (isSet) {
            region.after(Access.COMPARE_AND_SET, address, expected, next, expected);
        }
        return isSet;
    }

    /** Checked. */
    public static long compareAndExchangeLong(long address, long expected, long next) {
        Region region = Regions.before(Access.COMPARE_AND_EXCHANGE, address, 8, expected, next);
        long found = (long) LONG.compareAndExchange(ALL, address, expected, next);
        region.after(Access.COMPARE_AND_EXCHANGE, address, expected, next, found);
        return found;
    }

    /** Checked. */
    public static long getAndSetLong(long address, long value) {
        Region region = Regions.before(Access.EXCHANGE, address, 8, value, 0);
        long found = (long) LONG.getAndSet(ALL, address, value);
        region.after(Access.EXCHANGE, address, value, 0, found);
        return found;
    }

    /** Checked. */
    public static long getAndAddLong(long address, long delta) {
        Region region = Regions.before(Access.ADD, address, 8, delta, 0);
        long found = (long) LONG.getAndAdd(ALL, address, delta);
        region.after(Access.ADD, address, delta, 0, found);
        return found;
    }

    /** Checked. */
    public static long getAndBitwiseOrLong(long address, long mask) {
        Region region = Regions.before(Access.BITS, address, 8, mask, 0);
        long found = (long) LONG.getAndBitwiseOr(ALL, address, mask);
        region.after(Access.BITS, address, mask, 0, found);
        return found;
    }

    /** Checked. */
    public static long getAndBitwiseAndLong(long address, long mask) {
        Region region = Regions.before(Access.BITS, address, 8, mask, 0);
        long found = (long) LONG.getAndBitwiseAnd(ALL, address, mask);
        region.after(Access.BITS, address, mask, 0, found);
        return found;
    }

    // ---- int words ------------------------------------------------------------------------------------------------

    /** Checked. */
    public static int getInt(long address) {
        Regions.before(Access.PLAIN_LOAD, address, 4, 0, 0);
        return (int) INT.get(ALL, address);
    }

    /** Checked. */
    public static void setInt(long address, int value) {
        Regions.before(Access.PLAIN_STORE, address, 4, value, 0);
        INT.set(ALL, address, value);
    }

    /** Checked. */
    public static int getIntOpaque(long address) {
        Regions.before(Access.OPAQUE_LOAD, address, 4, 0, 0);
        return (int) INT.getOpaque(ALL, address);
    }

    /** Checked. */
    public static void setIntOpaque(long address, int value) {
        Regions.before(Access.OPAQUE_STORE, address, 4, value, 0);
        INT.setOpaque(ALL, address, value);
    }

    /** Checked. */
    public static int getIntAcquire(long address) {
        Regions.before(Access.LOAD, address, 4, 0, 0);
        return (int) INT.getAcquire(ALL, address);
    }

    /** Checked. */
    public static void setIntRelease(long address, int value) {
        Regions.before(Access.STORE, address, 4, value, 0);
        INT.setRelease(ALL, address, value);
    }

    /** Checked. */
    public static int getIntVolatile(long address) {
        Regions.before(Access.LOAD, address, 4, 0, 0);
        return (int) INT.getVolatile(ALL, address);
    }

    /** Checked. */
    public static void setIntVolatile(long address, int value) {
        Regions.before(Access.STORE, address, 4, value, 0);
        INT.setVolatile(ALL, address, value);
    }

    /** Checked. */
    public static boolean compareAndSetInt(long address, int expected, int next) {
        Region region = Regions.before(Access.COMPARE_AND_SET, address, 4, expected, next);
        boolean isSet = INT.compareAndSet(ALL, address, expected, next);
        if (isSet) {
            region.after(Access.COMPARE_AND_SET, address, expected, next, expected);
        }
        return isSet;
    }

    /** Checked. */
    public static int compareAndExchangeInt(long address, int expected, int next) {
        Region region = Regions.before(Access.COMPARE_AND_EXCHANGE, address, 4, expected, next);
        int found = (int) INT.compareAndExchange(ALL, address, expected, next);
        region.after(Access.COMPARE_AND_EXCHANGE, address, expected, next, found);
        return found;
    }

    /** Checked. */
    public static int getAndSetInt(long address, int value) {
        Region region = Regions.before(Access.EXCHANGE, address, 4, value, 0);
        int found = (int) INT.getAndSet(ALL, address, value);
        region.after(Access.EXCHANGE, address, value, 0, found);
        return found;
    }

    /** Checked. */
    public static int getAndAddInt(long address, int delta) {
        Region region = Regions.before(Access.ADD, address, 4, delta, 0);
        int found = (int) INT.getAndAdd(ALL, address, delta);
        region.after(Access.ADD, address, delta, 0, found);
        return found;
    }

    /** Checked. */
    public static int getAndBitwiseOrInt(long address, int mask) {
        Region region = Regions.before(Access.BITS, address, 4, mask, 0);
        int found = (int) INT.getAndBitwiseOr(ALL, address, mask);
        region.after(Access.BITS, address, mask, 0, found);
        return found;
    }

    /** Checked. */
    public static int getAndBitwiseAndInt(long address, int mask) {
        Region region = Regions.before(Access.BITS, address, 4, mask, 0);
        int found = (int) INT.getAndBitwiseAnd(ALL, address, mask);
        region.after(Access.BITS, address, mask, 0, found);
        return found;
    }

    // ---- user data and blocks -------------------------------------------------------------------------------------

    /** Checked. */
    public static byte getByte(long address) {
        Regions.range(Access.COPY_FROM, address, 1);
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    /** Checked. */
    public static void setByte(long address, byte value) {
        Regions.range(Access.COPY_TO, address, 1);
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    /** Checked. */
    public static long readRacy(long address) {
        Regions.before(Access.RACY_LOAD, address, 8, 0, 0);
        return (long) LONG.get(ALL, address);
    }

    /** Checked, word by word. */
    public static void copyRacy(long from, MemorySegment target) {
        for (long at = from & -Long.BYTES; at < from + target.byteSize(); at += Long.BYTES) {
            Regions.before(Access.RACY_LOAD, at, 8, 0, 0);
        }
        MemorySegment.copy(ALL, from, target, 0, target.byteSize());
    }

    /** As in the shipping form. */
    public static void acquireFence() {
        VarHandle.acquireFence();
    }

    /** As in the shipping form. */
    public static void storeStoreFence() {
        VarHandle.storeStoreFence();
    }

    /** As in the shipping form. */
    public static void fullFence() {
        VarHandle.fullFence();
    }

    /** Checked. */
    public static void fill(long address, long bytes, byte value) {
        Regions.range(Access.FILL, address, bytes);
        ALL.asSlice(address, bytes).fill(value);
    }

    /** Checked. */
    public static void copy(long from, long to, long bytes) {
        Regions.range(Access.COPY_FROM, from, bytes);
        Regions.range(Access.COPY_TO, to, bytes);
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    /** Checked. */
    public static void copyIn(byte[] source, int offset, long to, int bytes) {
        Regions.range(Access.COPY_TO, to, bytes);
        MemorySegment.copy(source, offset, ALL, ValueLayout.JAVA_BYTE, to, bytes);
    }

    /** Checked. */
    public static void copyOut(long from, byte[] target, int offset, int bytes) {
        Regions.range(Access.COPY_FROM, from, bytes);
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, from, target, offset, bytes);
    }

    /** Checked. */
    public static void copyOut(long from, MemorySegment target) {
        Regions.range(Access.COPY_FROM, from, target.byteSize());
        MemorySegment.copy(ALL, from, target, 0, target.byteSize());
    }

    /** Checked once: what is done through the segment is not seen. */
    public static MemorySegment view(long address, long bytes) {
        Regions.range(Access.VIEW, address, bytes);
        return ALL.asSlice(address, bytes);
    }

    /** Checked once: what is done through the segment is not seen. */
    public static MemorySegment view(long address, long bytes, Arena arena) {
        Regions.range(Access.VIEW, address, bytes);
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, null);
    }

    /** Checked once: what is done through the segment is not seen. */
    public static MemorySegment view(long address, long bytes, Arena arena, Consumer<MemorySegment> closed) {
        Regions.range(Access.VIEW, address, bytes);
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, closed);
    }
}
