package io.pinfold.fastpath;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Two threads that wrongly share one session until one of them was told so. */
final class ConcurrentUse {

    private static final int ROUNDS_MAX = 5_000_000;

    private final Machine machine;
    private final long address;
    private final AtomicInteger detected = new AtomicInteger();
    private final List<Throwable> others = new CopyOnWriteArrayList<>();

    ConcurrentUse(Machine machine, long address) {
        this.machine = machine;
        this.address = address;
    }

    void run() throws InterruptedException {
        Thread one = new Thread(this::hammer);
        Thread two = new Thread(this::hammer);
        one.start();
        two.start();
        one.join();
        two.join();
    }

    private void hammer() {
        try (PageBatch<Hold.Pin> batch = machine.batch(512)) {
            for (int i = 0; i < ROUNDS_MAX && detected.get() == 0 && others.isEmpty(); i++) {
                try {
                    int n = machine.session.pinUserPagesFast(machine.space, address, 512, GupOptions.READ, batch);
                    machine.memory.unpinUserPages(batch);
                    if (n != 512) {
                        throw new AssertionError("pinned " + n);
                    }
                } catch (IllegalStateException e) {
                    if (!e.getMessage().contains("two threads")) {
                        throw e;
                    }
                    detected.incrementAndGet();
                }
            }
        } catch (RuntimeException | Error e) {
            others.add(e);
        }
    }

    int detected() {
        return detected.get();
    }

    List<Throwable> otherFailures() {
        return others;
    }
}
