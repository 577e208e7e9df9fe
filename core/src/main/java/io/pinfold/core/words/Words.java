package io.pinfold.core.words;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

/**
 * The only class that touches native memory: every load, store and read-modify-write of Pinfold goes through one of
 * these methods, and the access mode is the last word of the name. The mode is plain when the name has none.
 *
 * <p>Addresses are absolute and <em>not</em> checked: an address outside live memory kills the JVM. Callers derive
 * addresses only from range-checked frame numbers. Long words lie at multiples of 8, int words at multiples of 4 (a
 * misaligned address throws {@link IllegalArgumentException}); one word is always accessed with one size.
 *
 * <p>Byte order is the machine's. All handles are static, final and exact, because an inexact or non-constant handle
 * costs 5 to 250 times as much. The segment is a constant too: a segment kept in an instance field would be re-checked
 * after every atomic access.
 *
 * <p>Tests put other classes of this name in front: one that checks every address, and one that hands every access to a
 * scheduler. So the public signatures here must not change.
 */
@SuppressWarnings("restricted")
public final class Words {
    /** All addresses. The callers check bounds, by frame numbers. */
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle().withInvokeExactBehavior();

    private Words() {
    }

    // ---- long words ------------------------------------------------------------------------------------------------

    /** Plain load: only for words that no other thread can reach, and for user data. */
    public static long getLong(long address) {
        return (long) LONG.get(ALL, address);
    }

    /** Plain store: only for words that no other thread can reach, and for user data. */
    public static void setLong(long address, long value) {
        LONG.set(ALL, address, value);
    }

    /** Opaque load: the word itself is coherent, nothing else is ordered (statistics, diagnostics). */
    public static long getLongOpaque(long address) {
        return (long) LONG.getOpaque(ALL, address);
    }

    /** Opaque store: the word itself is coherent, nothing else is ordered (statistics, diagnostics). */
    public static void setLongOpaque(long address, long value) {
        LONG.setOpaque(ALL, address, value);
    }

    /** Acquire load: what was written before the release store that it reads is visible afterwards. */
    public static long getLongAcquire(long address) {
        return (long) LONG.getAcquire(ALL, address);
    }

    /** Release store: everything before it is visible after a load of it with acquire or stronger. */
    public static void setLongRelease(long address, long value) {
        LONG.setRelease(ALL, address, value);
    }

    /** Volatile load: part of the one total order of volatile accesses. */
    public static long getLongVolatile(long address) {
        return (long) LONG.getVolatile(ALL, address);
    }

    /** Volatile store: part of the one total order of volatile accesses. */
    public static void setLongVolatile(long address, long value) {
        LONG.setVolatile(ALL, address, value);
    }

    /** Volatile compare and set; a failure also orders like a volatile load. */
    public static boolean compareAndSetLong(long address, long expected, long next) {
        return LONG.compareAndSet(ALL, address, expected, next);
    }

    /** Volatile compare and exchange; returns the value found. */
    public static long compareAndExchangeLong(long address, long expected, long next) {
        return (long) LONG.compareAndExchange(ALL, address, expected, next);
    }

    /** Volatile exchange; returns the value found. */
    public static long getAndSetLong(long address, long value) {
        return (long) LONG.getAndSet(ALL, address, value);
    }

    /** Volatile addition; returns the value found. */
    public static long getAndAddLong(long address, long delta) {
        return (long) LONG.getAndAdd(ALL, address, delta);
    }

    /** Volatile bitwise or; returns the value found. */
    public static long getAndBitwiseOrLong(long address, long mask) {
        return (long) LONG.getAndBitwiseOr(ALL, address, mask);
    }

    /** Volatile bitwise and; returns the value found. */
    public static long getAndBitwiseAndLong(long address, long mask) {
        return (long) LONG.getAndBitwiseAnd(ALL, address, mask);
    }

    // ---- int words ------------------------------------------------------------------------------------------------

    /** Plain load: only for words that no other thread can reach, and for user data. */
    public static int getInt(long address) {
        return (int) INT.get(ALL, address);
    }

    /** Plain store: only for words that no other thread can reach, and for user data. */
    public static void setInt(long address, int value) {
        INT.set(ALL, address, value);
    }

    /** Opaque load: the word itself is coherent, nothing else is ordered (statistics, diagnostics). */
    public static int getIntOpaque(long address) {
        return (int) INT.getOpaque(ALL, address);
    }

    /** Opaque store: the word itself is coherent, nothing else is ordered (statistics, diagnostics). */
    public static void setIntOpaque(long address, int value) {
        INT.setOpaque(ALL, address, value);
    }

    /** Acquire load: what was written before the release store that it reads is visible afterwards. */
    public static int getIntAcquire(long address) {
        return (int) INT.getAcquire(ALL, address);
    }

    /** Release store: everything before it is visible after a load of it with acquire or stronger. */
    public static void setIntRelease(long address, int value) {
        INT.setRelease(ALL, address, value);
    }

    /** Volatile load: part of the one total order of volatile accesses. */
    public static int getIntVolatile(long address) {
        return (int) INT.getVolatile(ALL, address);
    }

    /** Volatile store: part of the one total order of volatile accesses. */
    public static void setIntVolatile(long address, int value) {
        INT.setVolatile(ALL, address, value);
    }

    /** Volatile compare and set; a failure also orders like a volatile load. */
    public static boolean compareAndSetInt(long address, int expected, int next) {
        return INT.compareAndSet(ALL, address, expected, next);
    }

    /** Volatile compare and exchange; returns the value found. */
    public static int compareAndExchangeInt(long address, int expected, int next) {
        return (int) INT.compareAndExchange(ALL, address, expected, next);
    }

    /** Volatile exchange; returns the value found. */
    public static int getAndSetInt(long address, int value) {
        return (int) INT.getAndSet(ALL, address, value);
    }

    /** Volatile addition; returns the value found. */
    public static int getAndAddInt(long address, int delta) {
        return (int) INT.getAndAdd(ALL, address, delta);
    }

    /** Volatile bitwise or; returns the value found. */
    public static int getAndBitwiseOrInt(long address, int mask) {
        return (int) INT.getAndBitwiseOr(ALL, address, mask);
    }

    /** Volatile bitwise and; returns the value found. */
    public static int getAndBitwiseAndInt(long address, int mask) {
        return (int) INT.getAndBitwiseAnd(ALL, address, mask);
    }

    // ---- user data and blocks -------------------------------------------------------------------------------------

    /** Plain load of a byte of user data. */
    public static byte getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    /** Plain store of a byte of user data. */
    public static void setByte(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    /**
     * Racy load of user data: another thread may store to it, and then the value is arbitrary. It may be used only
     * after a check behind {@link #acquireFence} has shown that no thread did.
     */
    public static long readRacy(long address) {
        return (long) LONG.get(ALL, address);
    }

    /**
     * Racy copy out of user data, byte by byte as {@link #readRacy}: what arrives is arbitrary until the check.
     *
     * @throws IllegalStateException if the arena of the target is closed
     * @throws WrongThreadException if the target is confined to another thread
     */
    public static void copyRacy(long from, MemorySegment target) {
        MemorySegment.copy(ALL, from, target, 0, target.byteSize());
    }

    /** Orders the loads before it against all that comes after it. */
    public static void acquireFence() {
        VarHandle.acquireFence();
    }

    /** Orders the stores before it against the stores after it. */
    public static void storeStoreFence() {
        VarHandle.storeStoreFence();
    }

    /**
     * Volatile-strength fence: orders everything before it against everything after it, store against load included.
     */
    public static void fullFence() {
        VarHandle.fullFence();
    }

    /** Sets {@code bytes} bytes from {@code address} on to {@code value} with plain stores. */
    public static void fill(long address, long bytes, byte value) {
        ALL.asSlice(address, bytes).fill(value);
    }

    /** Copies {@code bytes} bytes with plain accesses; the ranges may overlap. */
    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    /**
     * Copies from an array with plain accesses.
     *
     * @throws IndexOutOfBoundsException if the range is not inside the array
     */
    public static void copyIn(byte[] source, int offset, long to, int bytes) {
        MemorySegment.copy(source, offset, ALL, ValueLayout.JAVA_BYTE, to, bytes);
    }

    /**
     * Copies into an array with plain accesses.
     *
     * @throws IndexOutOfBoundsException if the range is not inside the array
     */
    public static void copyOut(long from, byte[] target, int offset, int bytes) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, from, target, offset, bytes);
    }

    /**
     * Copies into a segment with plain accesses, as many bytes as it has.
     *
     * @throws IllegalStateException if the arena of the target is closed
     * @throws WrongThreadException if the target is confined to another thread
     */
    public static void copyOut(long from, MemorySegment target) {
        MemorySegment.copy(ALL, from, target, 0, target.byteSize());
    }

    /**
     * A segment over raw memory that never closes, for calls that need one (a file channel). It must not outlive the
     * reference that keeps its frames.
     */
    public static MemorySegment view(long address, long bytes) {
        return ALL.asSlice(address, bytes);
    }

    /** A segment over raw memory whose life and confinement are those of {@code arena}. */
    public static MemorySegment view(long address, long bytes, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, null);
    }

    /**
     * {@link #view(long, long, Arena)} with a callback; {@code closed} is called once, when {@code arena} has closed.
     */
    public static MemorySegment view(long address, long bytes, Arena arena, Consumer<MemorySegment> closed) {
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, closed);
    }
}
