package io.pinfold.core.words;

import java.util.concurrent.locks.StampedLock;

/**
 * The coarse read/write lock of Pinfold (mmap_lock). Not re-entrant: a thread that holds it in either form and asks again may
 * wait for itself. The stamp may be handed to another thread, which then unlocks.
 */
public final class SharedMutex {
    private final StampedLock lock = new StampedLock();

    /** Creates a free lock. */
    public SharedMutex() {
    }

    /** Takes the lock in the shared form; the stamp goes to {@link #unlock}. */
    public long lockShared() {
        return lock.readLock();
    }

    /** Takes the lock in the exclusive form; the stamp goes to {@link #unlock}. */
    public long lockExclusive() {
        return lock.writeLock();
    }

    /** Takes the lock in the shared form if that needs no wait; 0 if it does. */
    public long tryLockShared() {
        return lock.tryReadLock();
    }

    /**
     * Gives back what {@code stamp} stands for.
     *
     * @throws IllegalMonitorStateException if it stands for nothing held
     */
    public void unlock(long stamp) {
        lock.unlock(stamp);
    }

    /** Whether anybody holds the exclusive form; for assertions. */
    public boolean isHeldExclusive() {
        return lock.isWriteLocked();
    }

    /** Whether anybody holds the shared form; for assertions. */
    public boolean isHeldShared() {
        return lock.isReadLocked();
    }
}
