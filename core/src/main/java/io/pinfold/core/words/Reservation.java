package io.pinfold.core.words;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * A range of zeroed, page-aligned native memory. On Linux it is reserved and not committed: pages take memory from
 * their first touch on. Elsewhere it is allocated, and committed, in an arena and therefore capped at
 * {@value #CAP_BYTES} bytes.
 */
public final class Reservation {
    /** Largest reservation where memory cannot be reserved without committing it. */
    public static final long CAP_BYTES = 4L << 30;

    private final long address;
    private final long bytes;
    private final @Nullable Arena arena;

    private Reservation(long address, long bytes, @Nullable Arena arena) {
        this.address = address;
        this.bytes = bytes;
        this.arena = arena;
    }

    /**
     * Reserves memory.
     *
     * @param what what it is for, as the message of a refusal names it
     * @param bytes a positive multiple of {@link Align#PAGE_BYTES}
     * @throws IllegalStateException if the system refuses, or the JVM native access; the message names size,
     *         limit and remedy
     */
    public static Reservation of(String what, long bytes) {
        if (bytes <= 0 || !Align.isAligned(bytes, Align.PAGE_BYTES)) {
            throw new IllegalArgumentException("bytes for " + what + ": " + bytes + " is not a positive multiple of "
                    + Align.PAGE_BYTES);
        }
        NativeAccess.requirePermitted();
        if (NativeAccess.isAvailable()) {
            return new Reservation(NativeAccess.reserve(what, bytes), bytes, null);
        }
        if (bytes > CAP_BYTES) {
            throw new IllegalStateException("cannot reserve " + bytes + " bytes for " + what
                    + ": on this system memory is committed at once and a reservation is limited to " + CAP_BYTES
                    + " bytes; ask for less");
        }
        Arena arena = Arena.ofShared();
        return new Reservation(arena.allocate(bytes, Align.PAGE_BYTES).address(), bytes, arena);
    }

    /** First address, a multiple of {@link Align#PAGE_BYTES}. */
    public long address() {
        return address;
    }

    /** Size in bytes. */
    public long bytes() {
        return bytes;
    }

    /** Gives the memory back and keeps the addresses, which read as zeros from now on until {@link #release}. */
    public void discard() {
        if (arena == null) {
            NativeAccess.discard(address, bytes);
        } else {
            Words.fill(address, bytes, (byte) 0);
        }
    }

    /** Gives the addresses back; they must not be touched any more, and this is not called twice. */
    public void release() {
        if (arena == null) {
            NativeAccess.release(address, bytes);
        } else {
            arena.close();
        }
    }
}
