package io.pinfold.core.mm;

/**
 * mmap_lock of a space, held shared: the argument of the calls that want it held. {@link #close()} releases it.
 *
 * <p>For one thread at a time. The lock is not re-entrant: a thread that holds a guard must not call anything of that space
 * that takes the lock itself ({@code mmap}, {@code munmap}, {@code mprotect}, a {@link Cpu} access that faults, another
 * {@code readLock()}); it may wait for ever.
 */
public final class MmapGuard implements AutoCloseable {
    private static final long NOT_HELD = 0;

    private final AddressSpace space;
    private long stamp;
    private boolean dropped;

    /** A guard that does not hold the lock yet. */
    MmapGuard(AddressSpace space) {
        this.space = space;
    }

    public AddressSpace space() {
        return space;
    }

    /** Whether the lock was released on the way by a call it was passed to: VMAs seen before may be gone. */
    public boolean wasDropped() {
        return dropped;
    }

    public boolean isHeld() {
        return stamp != NOT_HELD;
    }

    /** Throws unless this guard holds the lock of {@code expected}. */
    void check(AddressSpace expected) {
        if (space != expected) {
            throw new IllegalArgumentException("the guard holds mmap_lock of address space " + space.id()
                    + ", the call is for address space " + expected.id());
        }
        if (stamp == NOT_HELD) {
            throw new IllegalStateException("the guard no longer holds mmap_lock of address space " + space.id());
        }
    }

    /** Releases the lock on behalf of a call that may; {@link #wasDropped()} tells the holder. */
    void drop() {
        long held = stamp;
        stamp = NOT_HELD;
        dropped = true;
        space.mmapLock().unlock(held);
    }

    /** Takes the lock, for the first time or again after {@link #drop()}. Throws, with the lock not held, if the space is closed. */
    void retake() {
        stamp = space.lockShared();
    }

    /** Takes the lock as {@link #retake()}; false, with the lock not held, if the space is closed. */
    boolean retakeIfOpen() {
        stamp = space.mmapLock().lockShared();
        if (space.isClosed()) {
            close();
        }
        return isHeld();
    }

    /** Releases the lock; a second call does nothing. */
    @Override
    public void close() {
        long held = stamp;
        if (held != NOT_HELD) {
            stamp = NOT_HELD;
            space.mmapLock().unlock(held);
        }
    }
}
