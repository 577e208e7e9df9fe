package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Few sessions for many threads. */
class GupSessionPoolTest {

    private static final int PAGES = 8;

    @Test
    void manyVirtualThreadsShareAFewSessions() throws Exception {
        try (Machine machine = Machine.open(); GupSessionPool pool = GupSession.pool(machine.memory, 3)) {
            long address = machine.mapPresent(PAGES);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Integer>> results = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    results.add(threads.submit(() -> pinAndUnpin(machine, pool, address)));
                }
                for (Future<Integer> result : results) {
                    assertThat(result.get()).isEqualTo(4 * 50 * PAGES);
                }
            }
            assertThat(machine.pinsOutstanding()).isZero();
        }
    }

    private static int pinAndUnpin(Machine machine, GupSessionPool pool, long address) {
        int pages = 0;
        try (PageBatch<?> batch = machine.batch(PAGES)) {
            for (int i = 0; i < 50; i++) {
                pages += pool.pinUserPagesFast(machine.space, address, PAGES, GupOptions.READ, Kinds.pins(batch));
                machine.memory.unpinUserPages(Kinds.pins(batch));
                pages += pool.getUserPagesFast(machine.space, address, PAGES, GupOptions.READ, Kinds.gets(batch));
                machine.memory.putPages(Kinds.gets(batch));
                pages += pool.pinUserPagesFastOnly(machine.space, address, PAGES, GupOptions.READ, Kinds.pins(batch));
                machine.memory.unpinUserPages(Kinds.pins(batch));
                pages += pool.getUserPagesFastOnly(machine.space, address, PAGES, GupOptions.READ, Kinds.gets(batch));
                machine.memory.putPages(Kinds.gets(batch));
            }
        }
        return pages;
    }

    @Test
    void aFullPoolHas64Sessions() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(1);
                GupSessionPool pool = GupSession.pool(machine.memory, 64)) {
            assertThat(pool.pinUserPagesFast(machine.space, machine.mapPresent(1), 1, GupOptions.READ, batch)).isOne();
            machine.memory.unpinUserPages(batch);
        }
    }

    @Test
    void aClosedPoolSaysSo() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(1)) {
            GupSessionPool pool = GupSession.pool(machine.memory, 2);
            pool.close();
            pool.close();
            assertThatThrownBy(() -> pool.pinUserPagesFast(machine.space, 4096, 1, GupOptions.READ, batch))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        }
    }

    @Test
    void sizesOutOfRangeAreRefused() {
        try (Machine machine = Machine.open()) {
            for (int n : new int[]{0, -1, 65}) {
                assertThatThrownBy(() -> GupSession.pool(machine.memory, n))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(Integer.toString(n));
            }
        }
    }

    @Test
    void closingASecondTimeDoesNothing() {
        try (Machine machine = Machine.open()) {
            GupSessionPool pool = GupSession.pool(machine.memory, 2);
            pool.close();
            pool.close();
            assertThat(Bridge.core(machine.memory).slots().inUse()).isEqualTo(2); // the machine's own
        }
    }

    /** Of a pool whose k-th session finds no slot none stays open, and a pool that fits can be had at once. */
    @Test
    void aPoolWithoutRoomKeepsNoSlot() {
        try (Machine machine = Machine.open()) {
            WalkerSlots slots = Bridge.core(machine.memory).slots();
            Deque<SharedSlot> others = new ArrayDeque<>();
            for (int i = slots.inUse(); i < 65_536; i++) {
                others.push(slots.open(0));
            }
            for (int left = 0; left < 4; left++) {
                int inUse = slots.inUse();
                assertThatThrownBy(() -> GupSession.pool(machine.memory, 4)).as("%d left", left)
                        .isInstanceOf(IllegalStateException.class).hasMessageContaining("all in use");
                assertThat(slots.inUse()).as("%d left", left).isEqualTo(inUse);
                others.pop().close();
            }
            GupSession.pool(machine.memory, 4).close();
            others.forEach(SharedSlot::close);
        }
    }
}
