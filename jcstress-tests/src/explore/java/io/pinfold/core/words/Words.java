package io.pinfold.core.words;

import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import io.pinfold.jcstress.explore.search.AccessGate;
import io.pinfold.jcstress.explore.search.BlockAccess;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * The form of {@code Words} that replaces core's in the explorer: every access is posted at the {@link AccessGate},
 * where a scheduler decides when it happens and a memory model decides what it returns. Outside of strands it goes
 * directly to the real words. Signatures and meanings are those of the shipping class.
 */
@SuppressWarnings("restricted")
public final class Words {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private Words() {
    }

    // ---- long words ------------------------------------------------------------------------------------------------

    public static long getLong(long address) {
        return AccessGate.access(Kind.LOAD, Mode.PLAIN, 8, address, 0, 0);
    }

    public static void setLong(long address, long value) {
        AccessGate.access(Kind.STORE, Mode.PLAIN, 8, address, value, 0);
    }

    public static long getLongOpaque(long address) {
        return AccessGate.access(Kind.LOAD, Mode.OPAQUE, 8, address, 0, 0);
    }

    public static void setLongOpaque(long address, long value) {
        AccessGate.access(Kind.STORE, Mode.OPAQUE, 8, address, value, 0);
    }

    public static long getLongAcquire(long address) {
        return AccessGate.access(Kind.LOAD, Mode.ACQUIRE, 8, address, 0, 0);
    }

    public static void setLongRelease(long address, long value) {
        AccessGate.access(Kind.STORE, Mode.RELEASE, 8, address, value, 0);
    }

    public static long getLongVolatile(long address) {
        return AccessGate.access(Kind.LOAD, Mode.VOLATILE, 8, address, 0, 0);
    }

    public static void setLongVolatile(long address, long value) {
        AccessGate.access(Kind.STORE, Mode.VOLATILE, 8, address, value, 0);
    }

    public static boolean compareAndSetLong(long address, long expected, long next) {
        return AccessGate.access(Kind.CAS, Mode.VOLATILE, 8, address, expected, next) == expected;
    }

    public static long compareAndExchangeLong(long address, long expected, long next) {
        return AccessGate.access(Kind.CAS, Mode.VOLATILE, 8, address, expected, next);
    }

    public static long getAndSetLong(long address, long value) {
        return AccessGate.access(Kind.EXCHANGE, Mode.VOLATILE, 8, address, value, 0);
    }

    public static long getAndAddLong(long address, long delta) {
        return AccessGate.access(Kind.ADD, Mode.VOLATILE, 8, address, delta, 0);
    }

    public static long getAndBitwiseOrLong(long address, long mask) {
        return AccessGate.access(Kind.OR, Mode.VOLATILE, 8, address, mask, 0);
    }

    public static long getAndBitwiseAndLong(long address, long mask) {
        return AccessGate.access(Kind.AND, Mode.VOLATILE, 8, address, mask, 0);
    }

    // ---- int words ------------------------------------------------------------------------------------------------

    public static int getInt(long address) {
        return (int) AccessGate.access(Kind.LOAD, Mode.PLAIN, 4, address, 0, 0);
    }

    public static void setInt(long address, int value) {
        AccessGate.access(Kind.STORE, Mode.PLAIN, 4, address, value, 0);
    }

    public static int getIntOpaque(long address) {
        return (int) AccessGate.access(Kind.LOAD, Mode.OPAQUE, 4, address, 0, 0);
    }

    public static void setIntOpaque(long address, int value) {
        AccessGate.access(Kind.STORE, Mode.OPAQUE, 4, address, value, 0);
    }

    public static int getIntAcquire(long address) {
        return (int) AccessGate.access(Kind.LOAD, Mode.ACQUIRE, 4, address, 0, 0);
    }

    public static void setIntRelease(long address, int value) {
        AccessGate.access(Kind.STORE, Mode.RELEASE, 4, address, value, 0);
    }

    public static int getIntVolatile(long address) {
        return (int) AccessGate.access(Kind.LOAD, Mode.VOLATILE, 4, address, 0, 0);
    }

    public static void setIntVolatile(long address, int value) {
        AccessGate.access(Kind.STORE, Mode.VOLATILE, 4, address, value, 0);
    }

    public static boolean compareAndSetInt(long address, int expected, int next) {
        return AccessGate.access(Kind.CAS, Mode.VOLATILE, 4, address, expected, next) == expected;
    }

    public static int compareAndExchangeInt(long address, int expected, int next) {
        return (int) AccessGate.access(Kind.CAS, Mode.VOLATILE, 4, address, expected, next);
    }

    public static int getAndSetInt(long address, int value) {
        return (int) AccessGate.access(Kind.EXCHANGE, Mode.VOLATILE, 4, address, value, 0);
    }

    public static int getAndAddInt(long address, int delta) {
        return (int) AccessGate.access(Kind.ADD, Mode.VOLATILE, 4, address, delta, 0);
    }

    public static int getAndBitwiseOrInt(long address, int mask) {
        return (int) AccessGate.access(Kind.OR, Mode.VOLATILE, 4, address, mask, 0);
    }

    public static int getAndBitwiseAndInt(long address, int mask) {
        return (int) AccessGate.access(Kind.AND, Mode.VOLATILE, 4, address, mask, 0);
    }

    // ---- user data and blocks -------------------------------------------------------------------------------------

    public static byte getByte(long address) {
        return BlockAccess.getByte(address);
    }

    public static void setByte(long address, byte value) {
        BlockAccess.setByte(address, value);
    }

    public static long readRacy(long address) {
        return AccessGate.access(Kind.LOAD, Mode.RACY, Long.BYTES, address, 0, 0);
    }

    public static void copyRacy(long from, MemorySegment target) {
        BlockAccess.copyRacy(from, target);
    }

    public static void acquireFence() {
        AccessGate.access(Kind.FENCE, Mode.ACQUIRE, Long.BYTES, 0, 0, 0);
    }

    /**
     * A release fence here, which orders earlier loads, too. So a protocol that needs an earlier load in the order has
     * a release store behind that load and before the fence; the search does not see it if it has not.
     */
    public static void storeStoreFence() {
        AccessGate.access(Kind.FENCE, Mode.RELEASE, Long.BYTES, 0, 0, 0);
    }

    public static void fullFence() {
        AccessGate.access(Kind.FENCE, Mode.VOLATILE, Long.BYTES, 0, 0, 0);
    }

    public static void fill(long address, long bytes, byte value) {
        BlockAccess.fill(address, bytes, value);
    }

    public static void copy(long from, long to, long bytes) {
        BlockAccess.copy(from, to, bytes);
    }

    public static void copyIn(byte[] source, int offset, long to, int bytes) {
        BlockAccess.copyIn(source, offset, to, bytes);
    }

    public static void copyOut(long from, byte[] target, int offset, int bytes) {
        BlockAccess.copyOut(from, target, offset, bytes);
    }

    public static void copyOut(long from, MemorySegment target) {
        byte[] between = new byte[Math.toIntExact(target.byteSize())];
        BlockAccess.copyOut(from, between, 0, between.length);
        target.copyFrom(MemorySegment.ofArray(between));
    }

    /** Accesses through it are invisible to the explorer: neither scheduled nor undone. */
    public static MemorySegment view(long address, long bytes) {
        return ALL.asSlice(address, bytes);
    }

    /** Accesses through it are invisible to the explorer: neither scheduled nor undone. */
    public static MemorySegment view(long address, long bytes, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, null);
    }

    /** Accesses through it are invisible to the explorer: neither scheduled nor undone. */
    public static MemorySegment view(long address, long bytes, Arena arena, Consumer<MemorySegment> closed) {
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, closed);
    }
}
