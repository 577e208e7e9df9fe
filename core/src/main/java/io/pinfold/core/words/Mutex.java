package io.pinfold.core.words;

import java.util.concurrent.locks.AbstractQueuedSynchronizer;

/**
 * The coarse lock of Pinfold (zone, lifecycle, retired tables): mutual exclusion, not interruptible. Nothing may rely
 * on it being re-entrant: an explored run replaces it by a single word. Thread dumps show its name as what a thread
 * waits for.
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

    /** Takes the lock; waits without a limit. */
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
