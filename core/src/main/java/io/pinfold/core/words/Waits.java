package io.pinfold.core.words;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one place where Pinfold waits: a thread parks while a word in native memory equals a value, as with a futex.
 * Waiters hash to a fixed number of buckets, so a word needs no room for a queue.
 *
 * <h2>Protocol: wait against wake</h2>
 *
 * <pre>
 * Waiter                                  Waker
 * WAIT1 enter the bucket, under its lock  WAKE1 store the word, release
 * WAIT2 load the word                     WAKE2 take the same lock, unpark all in the bucket
 * WAIT3 it still equals: park, again WAIT2
 * </pre>
 *
 * <p><b>Why no wake-up is lost.</b> If WAIT1 comes after the unlock of WAKE2, the lock orders WAKE1 before WAIT2 and
 * the waiter reads the new value. If WAIT1 comes before WAKE2, the waiter is unparked, and its next WAIT2 reads the new
 * value. So WAKE1 needs no more than release.
 *
 * <p>To avoid the bucket lock, a waker keeps a waiter bit in its word, set by the waiter before it waits. The word must
 * stay in live memory while any thread waits on it. The blocker that thread dumps show has name, word and value of what
 * the thread waits for.
 *
 * <p>Interrupts do not end a wait: the interrupt status is cleared while the thread waits, because parking returns at
 * once with it, and set again afterwards. Neither does a full heap: without room for a blocker of its own a thread
 * polls.
 */
public final class Waits {
    private static final int BUCKET_BITS = 8;
    private static final Bucket[] BUCKETS = new Bucket[1 << BUCKET_BITS];

    private static final int SPINS = 64;
    private static final int YIELDS = 64;
    private static final long POLL_NANOS = 50_000;
    private static final int BRIEF_POLLS = 100;
    private static final String FULL_HEAP = "a word, and the heap has no room to say which";

    static {
        for (int index = 0; index < BUCKETS.length; index++) {
            BUCKETS[index] = new Bucket();
        }
    }

    /** Fewer than eight are worse than none where the two threads run on cores of their own. */
    private static final int FIRST_PAUSES = 8;
    private static final int MOST_PAUSES = 64;

    private Waits() {
    }

    /**
     * Returns once the int at {@code address} differs from {@code value}; a thread that changes it calls
     * {@link #wakeAll}.
     *
     * @param what the word, as the blocker names it
     */
    public static void whileEqualsInt(long address, int value, String what) {
        park(address, value, false, what);
    }

    /**
     * Returns once the long at {@code address} differs from {@code value}; a thread that changes it calls
     * {@link #wakeAll}.
     *
     * @param what the word, as the blocker names it
     */
    public static void whileEqualsLong(long address, long value, String what) {
        park(address, value, true, what);
    }

    private static void park(long address, long value, boolean isLong, String what) {
        if (!isStill(address, value, isLong)) {
            return;
        }
        Waiter waiter = waiter(address, value, what);
        if (waiter == null) {
            poll(address, value, isLong, FULL_HEAP);
            return;
        }
        Bucket bucket = bucket(address);
        boolean isInterrupted = false;
        bucket.enter(waiter); // WAIT1
        try {
            while (isStill(address, value, isLong)) { // WAIT2
                LockSupport.park(waiter); // WAIT3
                isInterrupted |= Thread.interrupted();
            }
        } finally {
            bucket.leave(waiter);
            restore(isInterrupted);
        }
    }

    private static boolean isStill(long address, long value, boolean isLong) {
        return isLong ? Words.getLongVolatile(address) == value : Words.getIntVolatile(address) == (int) value;
    }

    /** Null if the heap has no room for one: an Error here would leave the locks held that the caller has. */
    private static @Nullable Waiter waiter(long address, long value, String what) {
        try {
            return new Waiter(what, address, value);
        } catch (OutOfMemoryError e) {
            return null;
        }
    }

    /** Wakes all threads that wait on the word at {@code address}; the word has been stored before. */
    public static void wakeAll(long address) {
        bucket(address).unparkAll(); // WAKE2
    }

    /**
     * Returns once the long at {@code address} differs from {@code value}, without any wake-up: spins, yields, then
     * looks every 50 microseconds. For words whose writer must not be slowed by a wake-up, such as the one store that
     * ends a walk.
     *
     * @param what the word, as the blocker names it
     */
    public static void pollWhileEqualsLong(long address, long value, String what) {
        for (int round = 0; Words.getLongVolatile(address) == value; round++) {
            if (round < SPINS) {
                Thread.onSpinWait();
            } else if (round < SPINS + YIELDS) {
                Thread.yield();
            } else {
                pollSlowly(address, value, what);
            }
        }
    }

    /**
     * {@link #pollWhileEqualsLong} with an end: gives up after some 10 milliseconds. For words whose writer may never
     * come. Allocates nothing.
     *
     * @param what the word, as the blocker names it
     * @return whether the word differs
     */
    public static boolean pollBrieflyWhileEqualsLong(long address, long value, String what) {
        for (int round = 0; Words.getLongVolatile(address) == value; round++) {
            if (round < SPINS) {
                Thread.onSpinWait();
            } else if (round < SPINS + YIELDS) {
                Thread.yield();
            } else if (round < SPINS + YIELDS + BRIEF_POLLS) {
                pause(what, POLL_NANOS);
            } else {
                return false;
            }
        }
        return true;
    }

    /**
     * Pauses for a moment before a compare-and-set is tried again that another thread has beaten: the more often it was
     * beaten, the longer. So a word that several threads change stays with each for several changes.
     *
     * @param beaten how often so far, from 0
     */
    public static void backOff(int beaten) {
        for (int pauses = beaten < 3 ? FIRST_PAUSES << beaten : MOST_PAUSES; pauses > 0; pauses--) {
            Thread.onSpinWait();
        }
    }

    private static void pollSlowly(long address, long value, String what) {
        Waiter waiter = waiter(address, value, what);
        poll(address, value, true, waiter == null ? FULL_HEAP : waiter);
    }

    private static void poll(long address, long value, boolean isLong, Object blocker) {
        boolean isInterrupted = Thread.interrupted();
        try {
            while (isStill(address, value, isLong)) {
                LockSupport.parkNanos(blocker, POLL_NANOS);
                isInterrupted |= Thread.interrupted();
            }
        } finally {
            restore(isInterrupted);
        }
    }

    /**
     * Waits for {@code nanos} nanoseconds at most, with {@code blocker} as what thread dumps show: for waits that have
     * no word.
     */
    public static void pause(Object blocker, long nanos) {
        boolean isInterrupted = Thread.interrupted();
        LockSupport.parkNanos(blocker, nanos);
        restore(isInterrupted || Thread.interrupted());
    }

    private static void restore(boolean isInterrupted) {
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Bucket bucket(long address) {
        // Fibonacci hashing of the word number; words that are waited for lie far apart
        long hash = (address >>> 2) * 0x9E37_79B9_7F4A_7C15L;
        return BUCKETS[(int) (hash >>> (Long.SIZE - BUCKET_BITS))];
    }

    /** The threads that wait for words of one hash. */
    private static final class Bucket {
        private final Mutex mutex = new Mutex("a bucket of waiters");
        private @Nullable Waiter first; // guarded by mutex

        void enter(Waiter waiter) {
            mutex.lock();
            try {
                waiter.next = first;
                first = waiter;
            } finally {
                mutex.unlock();
            }
        }

        void leave(Waiter waiter) {
            mutex.lock();
            try {
                if (first == waiter) {
                    first = waiter.next;
                }
                for (Waiter at = first; at != null; at = at.next) {
                    if (at.next == waiter) {
                        at.next = waiter.next;
                    }
                }
            } finally {
                mutex.unlock();
            }
        }

        void unparkAll() {
            mutex.lock();
            try {
                for (Waiter at = first; at != null; at = at.next) {
                    LockSupport.unpark(at.thread);
                }
            } finally {
                mutex.unlock();
            }
        }
    }
}
