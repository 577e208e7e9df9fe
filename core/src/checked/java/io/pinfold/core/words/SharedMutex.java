package io.pinfold.core.words;

import java.util.concurrent.locks.StampedLock;

/**
 * The checked form of the coarse read/write lock (mmap_lock): the ledger of flushes begins and ends a section with it.
 */
public final class SharedMutex {
    private final Named lock;

    /** As in the shipping form. */
    public SharedMutex() {
        this("a shared mutex");
    }

    /** As in the shipping form. */
    public SharedMutex(String what) {
        this.lock = new Named(what);
    }

    /** As in the shipping form. */
    public long lockShared() {
        FlushLedger.requireNone();
        long stamp = lock.readLock();
        FlushLedger.begin(this);
        return stamp;
    }

    /** As in the shipping form. */
    public long lockExclusive() {
        FlushLedger.requireNone();
        long stamp = lock.writeLock();
        FlushLedger.begin(this);
        return stamp;
    }

    /** As in the shipping form. */
    public long tryLockShared() {
        FlushLedger.requireNone();
        long stamp = lock.tryReadLock();
        if (stamp != 0) {
            FlushLedger.begin(this);
        }
        return stamp;
    }

    /** As in the shipping form. */
    public void unlock(long stamp) {
        lock.unlock(stamp); // first: a lock that is left held would leave threads that wait for ever
        FlushLedger.end(this);
    }

    /** As in the shipping form. */
    public boolean isHeldExclusive() {
        return lock.isWriteLocked();
    }

    /** As in the shipping form. */
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
