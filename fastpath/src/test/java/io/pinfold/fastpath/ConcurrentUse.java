package io.pinfold.fastpath;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A thread that owns a session and pins without a pause, and another that wrongly uses the session, too. */
final class ConcurrentUse {

    static final int CALLS = 10_000;

    private final Machine machine;
    private final long address;
    private final AtomicInteger refused = new AtomicInteger();
    private final List<Throwable> others = new CopyOnWriteArrayList<>();

    ConcurrentUse(Machine machine, long address) {
        this.machine = machine;
        this.address = address;
    }

    void run() throws InterruptedException {
        machine.session.detach();
        machine.session.attach();
        Thread stranger = new Thread(this::intrude);
        stranger.start();
        do {
            pinAll();
        } while (stranger.isAlive());
        stranger.join();
    }

    private void pinAll() {
        try (PageBatch<Hold.Pin> batch = machine.batch(512)) {
            int n = machine.session.pinUserPagesFast(machine.space, address, 512, GupOptions.READ, batch);
            machine.memory.unpinUserPages(batch);
            if (n != 512) {
                others.add(new AssertionError("pinned " + n));
            }
        }
    }

    private void intrude() {
        try {
            for (int i = 0; i < CALLS; i++) {
                try {
                    pinAll();
                } catch (MisuseException e) {
                    if (!e.getMessage().contains("belongs to")) {
                        throw e;
                    }
                    refused.incrementAndGet();
                }
            }
        } catch (RuntimeException | Error e) {
            others.add(e);
        }
    }

    /** Calls of the stranger that were refused. */
    int refused() {
        return refused.get();
    }

    List<Throwable> otherFailures() {
        return others;
    }
}
