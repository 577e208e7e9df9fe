package io.pinfold.core.words;

import java.io.Serial;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An access that breaks a rule of checked memory. The message says where in words (memory, frame, offset, field) and
 * what; the causes say who freed the frame or closed the memory, and who had allocated it.
 *
 * <p>Every error is also kept in a list, so that one that was swallowed on its way (by a catch, or with a thread whose
 * end is not awaited) still fails its test class.
 */
public final class CheckedError extends AssertionError {
    @Serial
    private static final long serialVersionUID = 1L;
    private static final int KEPT_MAX = 100;
    private static final ConcurrentLinkedQueue<CheckedError> KEPT = new ConcurrentLinkedQueue<>();
    private static final AtomicLong COUNT = new AtomicLong();
    private static volatile boolean isAnnounced = true;

    CheckedError(String message, @Nullable Throwable cause) {
        super(message, cause);
        FlushLedger.giveUp();
        if (COUNT.getAndIncrement() < KEPT_MAX) {
            KEPT.add(this);
            if (isAnnounced) {
                printStackTrace(); // at once: thrown while a lock is held, it may leave a test that waits for ever
            }
        }
    }

    /** Whether errors are printed; not while they are what a test expects. */
    static void announce(boolean announced) {
        isAnnounced = announced;
    }

    /** Whether it is still untaken. */
    boolean isKept() {
        return KEPT.contains(this);
    }

    /** Takes the errors there were since the last call, at most 100. */
    static List<CheckedError> takeAll() {
        List<CheckedError> all = List.copyOf(KEPT);
        KEPT.clear();
        COUNT.set(0);
        return all;
    }

    /** Where something happened that an error may have to name later: a stack trace, never thrown. */
    static final class Site extends Throwable {
        @Serial
        private static final long serialVersionUID = 1L;

        Site(String what, @Nullable Throwable before) {
            super(what + " by thread " + Thread.currentThread().getName(), before);
        }
    }
}
