package io.pinfold.core.words;

import java.util.concurrent.locks.AbstractQueuedSynchronizer;

/**
 * The checked form of the coarse lock: with the mutex of a device object, whose pages are unmapped without mmap_lock,
 * the ledger of flushes begins and ends a section.
 */
public final class Mutex {
    private static final String BOUNDARY = "device object";

    private final Lock lock;
    private final boolean isBoundary;

    /** As in the shipping form. */
    public Mutex() {
        this("a mutex");
    }

    /** As in the shipping form. */
    public Mutex(String what) {
        this.lock = new Lock(what);
        this.isBoundary = what.equals(BOUNDARY);
    }

    /** As in the shipping form. */
    public void lock() {
        if (isBoundary) {
            FlushLedger.requireNone();
        }
        lock.acquire(1);
        if (isBoundary) {
            FlushLedger.begin(this);
        }
    }

    /** As in the shipping form. */
    public void unlock() {
        lock.release(1); // first: a lock that is left held would leave threads that wait for ever
        if (isBoundary) {
            FlushLedger.end(this);
        }
    }

    /** As in the shipping form. */
    public boolean heldByCurrentThread() {
        return lock.isHeldExclusively();
    }

    @Override
    public String toString() {
        return lock.toString();
    }

    /**
     * The state is the number of times that the owner has taken it. It is a class of its own because thread dumps show
     * it as the blocker of a thread that waits.
     */
    @SuppressWarnings("ReferenceEquality") // a thread is itself
    private static final class Lock extends AbstractQueuedSynchronizer {
        private static final long serialVersionUID = 1L;
        private final String what;

        Lock(String what) {
            this.what = what;
        }

        @Override
        protected boolean tryAcquire(int times) {
            Thread current = Thread.currentThread();
            if (compareAndSetState(0, times)) {
                setExclusiveOwnerThread(current);
                return true;
            }
            boolean isOwn = getExclusiveOwnerThread() == current;
            if (isOwn) {
                setState(getState() + times);
            }
            return isOwn;
        }

        @Override
        protected boolean tryRelease(int times) {
            if (!isHeldExclusively()) {
                throw new IllegalMonitorStateException(Thread.currentThread() + " does not hold " + this);
            }
            int left = getState() - times;
            if (left == 0) {
                setExclusiveOwnerThread(null);
            }
            setState(left);
            return left == 0;
        }

        @Override
        protected boolean isHeldExclusively() {
            return getExclusiveOwnerThread() == Thread.currentThread();
        }

        @Override
        public String toString() {
            Thread owner = getExclusiveOwnerThread();
            return what + (owner == null ? ", free" : ", held by " + owner.getName());
        }
    }
}
