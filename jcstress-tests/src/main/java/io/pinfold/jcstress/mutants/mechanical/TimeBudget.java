package io.pinfold.jcstress.mutants.mechanical;

import java.time.Duration;
import java.util.function.LongSupplier;

/** The time that a run may take in all. */
public final class TimeBudget {

    /** What a run of PIT needs at least: with less left, none is started. */
    private static final Duration LEAST = Duration.ofMinutes(2);

    private final LongSupplier nanoTime;
    private final long end;

    /** Starts now. */
    public TimeBudget(Duration all, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.end = nanoTime.getAsLong() + all.toNanos();
    }

    Duration left() {
        return Duration.ofNanos(end - nanoTime.getAsLong());
    }

    boolean isOver() {
        return left().compareTo(LEAST) < 0;
    }
}
