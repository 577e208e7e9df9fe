package io.pinfold.core.words;

import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import io.pinfold.jcstress.explore.search.AccessGate;
import io.pinfold.jcstress.explore.search.WakeWords;
import java.util.concurrent.locks.LockSupport;

/**
 * The form of {@code Waits} that replaces core's in the explorer. It never spins: a waiter that finds the old value
 * sleeps until a wake-up after its check, as behind core's bucket lock. So if no strand can go on there is a deadlock,
 * and a missing or early wake-up causes one. Polling continues as soon as the word has another value.
 */
public final class Waits {
    private Waits() {
    }

    public static void whileEqualsInt(long address, int value, String what) {
        whileEquals(Integer.BYTES, address, value);
    }

    public static void whileEqualsLong(long address, long value, String what) {
        whileEquals(Long.BYTES, address, value);
    }

    private static void whileEquals(int bytes, long address, long value) {
        long wakeUps = WakeWords.of(address);
        while (true) {
            long before = AccessGate.access(Kind.LOAD, Mode.VOLATILE, Long.BYTES, wakeUps, 0, 0); // WAIT1
            if (AccessGate.access(Kind.LOAD, Mode.VOLATILE, bytes, address, 0, 0) != value) { // WAIT2
                return;
            }
            AccessGate.access(Kind.WAIT, Mode.VOLATILE, Long.BYTES, wakeUps, before, 0); // WAIT3
        }
    }

    public static void wakeAll(long address) {
        AccessGate.access(Kind.ADD, Mode.VOLATILE, Long.BYTES, WakeWords.of(address), 1, 0); // WAKE2
    }

    public static void pollWhileEqualsLong(long address, long value, String what) {
        AccessGate.access(Kind.WAIT, Mode.VOLATILE, Long.BYTES, address, value, 0);
    }

    /** The writer is expected to come: a scenario whose writer does not is a deadlock. */
    public static boolean pollBrieflyWhileEqualsLong(long address, long value, String what) {
        AccessGate.access(Kind.WAIT, Mode.VOLATILE, Long.BYTES, address, value, 0);
        return true;
    }

    /** The search tries the other thread's next steps anyway. */
    public static void backOff(int beaten) {
    }

    /** Waits for a condition without a word, which the explorer does not schedule. */
    public static void pause(Object blocker, long nanos) {
        LockSupport.parkNanos(blocker, nanos);
    }
}
