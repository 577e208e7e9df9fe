package io.pinfold.core.words;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one place where Pinfold waits: a thread parks while a word in native memory equals a value, as with a futex. Waiters
 * hash to a fixed number of buckets, so a word needs no room for a queue.
 *
 * <p><b>Why no wake-up is lost.</b> Waiter: W1 take the bucket lock, W2 load the word, W3 if it still equals, wait, which gives
 * the lock up. Waker: K1 store the word, K2 {@link #wakeAll} takes the same bucket lock and signals. If W1 comes after K2's
 * unlock, the lock orders K1 before W2 and the waiter sees the new value. If W1 comes before K2, the waiter either saw the
 * new value or is waiting when K2 signals. So K1 needs no more than release.
 *
 * <p>A waker that wants to save the bucket lock keeps a waiter bit in its word, set by the waiter before it waits.
 * Interrupts are kept for the caller but do not end a wait. The word must stay in live memory while anybody waits on it.
 */
public final class Waits {
    private static final int BUCKET_BITS = 8;
    private static final Bucket[] BUCKETS = new Bucket[1 << BUCKET_BITS];

    private static final int SPINS = 64;
    private static final int YIELDS = 64;
    private static final long POLL_NANOS = 50_000;

    static {
        for (int index = 0; index < BUCKETS.length; index++) {
            BUCKETS[index] = new Bucket();
        }
    }

    private Waits() {
    }

    /** Returns once the int at {@code address} differs from {@code value}; whoever changes it calls {@link #wakeAll}. */
    public static void whileEqualsInt(long address, int value) {
        if (Words.getIntVolatile(address) != value) {
            return;
        }
        Bucket bucket = bucket(address);
        bucket.lock.lock(); // W1
        try {
            while (Words.getIntVolatile(address) == value) { // W2
                bucket.changed.awaitUninterruptibly(); // W3
            }
        } finally {
            bucket.lock.unlock();
        }
    }

    /** Returns once the long at {@code address} differs from {@code value}; whoever changes it calls {@link #wakeAll}. */
    public static void whileEqualsLong(long address, long value) {
        if (Words.getLongVolatile(address) != value) {
            return;
        }
        Bucket bucket = bucket(address);
        bucket.lock.lock(); // W1
        try {
            while (Words.getLongVolatile(address) == value) { // W2
                bucket.changed.awaitUninterruptibly(); // W3
            }
        } finally {
            bucket.lock.unlock();
        }
    }

    /** Wakes everybody who waits on the word at {@code address}; the word has been stored before. */
    public static void wakeAll(long address) {
        Bucket bucket = bucket(address);
        bucket.lock.lock(); // K2
        try {
            bucket.changed.signalAll();
        } finally {
            bucket.lock.unlock();
        }
    }

    /**
     * Returns once the long at {@code address} differs from {@code value}, without any wake-up: spins, yields, then looks
     * every 50 microseconds. For words whose writer must not pay for a wake-up, such as the one store that ends a walk.
     */
    public static void pollWhileEqualsLong(long address, long value) {
        for (int round = 0; Words.getLongVolatile(address) == value; round++) {
            if (round < SPINS) {
                Thread.onSpinWait();
            } else if (round < SPINS + YIELDS) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    private static Bucket bucket(long address) {
        // Fibonacci hashing of the word number; words that are waited for lie far apart
        long hash = (address >>> 2) * 0x9E37_79B9_7F4A_7C15L;
        return BUCKETS[(int) (hash >>> (Long.SIZE - BUCKET_BITS))];
    }

    private static final class Bucket {
        final ReentrantLock lock = new ReentrantLock();
        final Condition changed = lock.newCondition();
    }
}
