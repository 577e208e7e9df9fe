package io.pinfold.hwmodel.fuzz;

import java.util.concurrent.atomic.AtomicInteger;

/** Two threads that end the one hold on a frame at the same moment: one of them must be refused. */
final class Duel {
    private static final long PATIENCE = 300_000; // nanoseconds

    final Call call;
    final Object target;
    final Long handle;
    private final AtomicInteger arrived = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    Duel(Call call, Object target, Long handle) {
        this.call = call;
        this.target = target;
        this.handle = handle;
    }

    /** Waits a moment, right before the call, until the other thread has arrived. */
    void await() {
        int _ = arrived.incrementAndGet();
        long end = System.nanoTime() + PATIENCE;
        while (arrived.get() < 2 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    /** Notes that a thread ended the hold; returns whether it is the first. */
    boolean ends() {
        return ended.incrementAndGet() == 1;
    }
}
