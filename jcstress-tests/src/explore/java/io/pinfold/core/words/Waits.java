package io.pinfold.core.words;

import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import io.pinfold.jcstress.explore.search.Gate;

/**
 * The form of {@code Waits} that the explorer puts in front of core's: waiting is one access, which goes on only when the word
 * has another value. So nobody spins, and "nobody can go on" is a deadlock. Waking is nothing: a wake-up that is missing
 * cannot be found here.
 */
public final class Waits {
    private Waits() {
    }

    public static void whileEqualsInt(long address, int value) {
        Gate.access(Kind.WAIT, Mode.VOLATILE, Integer.BYTES, address, value, 0);
    }

    public static void whileEqualsLong(long address, long value) {
        Gate.access(Kind.WAIT, Mode.VOLATILE, Long.BYTES, address, value, 0);
    }

    public static void wakeAll(long address) {
        // Waiters are asked anew at every step.
    }

    public static void pollWhileEqualsLong(long address, long value) {
        Gate.access(Kind.WAIT, Mode.VOLATILE, Long.BYTES, address, value, 0);
    }
}
