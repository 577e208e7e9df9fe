package io.pinfold.core.words;

import java.util.concurrent.locks.StampedLock;

/**
 * The coarse read/write lock of Pinfold (mmap_lock). Not re-entrant: a thread that holds it in either form and takes it
 * again may wait for itself. The stamp may be handed to another thread, which then unlocks.
 */
public final class SharedMutex {
    private final Named lock;

    /** Creates a free lock without a name. */
    public SharedMutex() {
        this("a shared mutex");
    }

    /**
     * Creates a free lock.
     *
     * @param what what it is, as thread dumps show it
     */
    public SharedMutex(String what) {
        this.lock = new Named(what);
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

    /** Whether any thread holds the exclusive form; for assertions. */
    public boolean isHeldExclusive() {
        return lock.isWriteLocked();
    }

    /** Whether any thread holds the shared form; for assertions. */
    public boolean isHeldShared() {
        return lock.isReadLocked();
    }

    @Override
    public String toString() {
        return lock.toString();
    }

    /** It is a class of its own because thread dumps show it as the blocker of a thread that waits. */
    private static final class Named extends StampedLock {
        private static final long serialVersionUID = 1L;
        private final String what;

        Named(String what) {
            this.what = what;
        }

        @Override
        public String toString() {
            return what + (isWriteLocked() ? ", held exclusively" : ", held by " + getReadLockCount() + " sharers");
        }
    }
}
