package io.pinfold.core.words;

import java.util.concurrent.locks.AbstractQueuedSynchronizer;

/**
 * The coarse lock of Pinfold (zone, lifecycle, retired tables): mutual exclusion, not interruptible, not re-entrant. A
 * thread that takes it twice is refused, so that a lock which was not given back is found by the next call. Thread
 * dumps show its name as what a thread waits for.
 */
public final class Mutex {
    private final Lock lock;

    /** Creates a free lock without a name. */
    public Mutex() {
        this("a mutex");
    }

    /**
     * Creates a free lock.
     *
     * @param what what it is, as thread dumps show it
     */
    public Mutex(String what) {
        this.lock = new Lock(what);
    }

    /**
     * Takes the lock; waits without a limit.
     *
     * @throws IllegalMonitorStateException if the calling thread holds it
     */
    public void lock() {
        lock.acquire(1);
    }

    /**
     * Gives the lock back.
     *
     * @throws IllegalMonitorStateException if the calling thread does not hold it
     */
    public void unlock() {
        lock.release(1);
    }

    /** Whether the calling thread holds the lock; for assertions. */
    public boolean heldByCurrentThread() {
        return lock.isHeldExclusively();
    }

    @Override
    public String toString() {
        return lock.toString();
    }

    /**
     * The state is 1 while it is held. It is a class of its own because thread dumps show it as the blocker of a thread
     * that waits.
     */
    @SuppressWarnings("ReferenceEquality") // a thread is itself
    private static final class Lock extends AbstractQueuedSynchronizer {
        private static final long serialVersionUID = 1L;
        private final String what;

        Lock(String what) {
            this.what = what;
        }

        @Override
        protected boolean tryAcquire(int one) {
            if (compareAndSetState(0, one)) {
                setExclusiveOwnerThread(Thread.currentThread());
                return true;
            }
            if (isHeldExclusively()) {
                throw new IllegalMonitorStateException(Thread.currentThread() + " takes a second time: " + this);
            }
            return false;
        }

        @Override
        protected boolean tryRelease(int one) {
            if (!isHeldExclusively()) {
                throw new IllegalMonitorStateException(Thread.currentThread() + " does not hold " + this);
            }
            setExclusiveOwnerThread(null);
            setState(getState() - one);
            return true;
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
