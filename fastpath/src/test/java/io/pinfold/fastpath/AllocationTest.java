package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pinfold.core.memory.PageBatch;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A million warm calls, each with its release, allocate not a single byte. */
class AllocationTest {

    private static final int CALLS = 1_000_000;
    private static final int PAGES = 4;
    private static final int ROUNDS = 5;

    @Test
    void warmCallsAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Machine machine = Machine.open(); PageBatch batch = machine.batch(PAGES)) {
            long address = machine.mapPresent(PAGES);
            run(machine, address, batch, CALLS / 2);
            // The bean's own first calls allocate.
            threads.getCurrentThreadAllocatedBytes();
            // A compilation that is thrown away materialises, once, objects it had optimised away. A call that allocates
            // does so in every round.
            List<Long> rounds = new ArrayList<>();
            do {
                long before = threads.getCurrentThreadAllocatedBytes();
                long done = run(machine, address, batch, CALLS);
                long after = threads.getCurrentThreadAllocatedBytes();
                assertThat(done).isEqualTo(2L * PAGES * CALLS);
                rounds.add(after - before);
            } while (rounds.getLast() != 0 && rounds.size() < ROUNDS);
            assertThat(rounds).as("bytes allocated by %d get+put and %d pin+unpin, by round", CALLS, CALLS)
                    .contains(0L);
        }
    }

    private static long run(Machine machine, long address, PageBatch batch, int calls) {
        long pages = 0;
        for (int i = 0; i < calls; i++) {
            pages += machine.session.getUserPagesFast(machine.space, address, PAGES, 0, batch);
            machine.memory.putPages(batch);
            pages += machine.session.pinUserPagesFast(machine.space, address, PAGES, 1, batch);
            machine.memory.unpinUserPages(batch);
        }
        return pages;
    }
}
