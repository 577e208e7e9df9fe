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

    /** Right before the call: waits a moment for the other thread to be there, too. */
    void await() {
        int _ = arrived.incrementAndGet();
        long end = System.nanoTime() + PATIENCE;
        while (arrived.get() < 2 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    /** One of them ended the hold; whether it is the first. */
    boolean ends() {
        return ended.incrementAndGet() == 1;
    }
}
