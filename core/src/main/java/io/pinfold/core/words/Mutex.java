package io.pinfold.core.words;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The coarse lock of Pinfold (zone, lifecycle, retired tables): mutual exclusion, not interruptible. Nothing may rely on it
 * being re-entrant: an explored run replaces it by a single word.
 */
public final class Mutex {
    private final ReentrantLock lock = new ReentrantLock();

    /** Creates a free lock. */
    public Mutex() {
    }

    /** Takes the lock, waiting as long as it takes. */
    public void lock() {
        lock.lock();
    }

    /**
     * Gives the lock back.
     *
     * @throws IllegalMonitorStateException if the calling thread does not hold it
     */
    public void unlock() {
        lock.unlock();
    }

    /** Whether the calling thread holds the lock; for assertions. */
    public boolean heldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }
}
