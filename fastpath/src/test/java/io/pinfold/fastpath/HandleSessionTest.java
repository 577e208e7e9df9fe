package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Frame handles with and without a session: mapped pages have handles too, and a million warm calls allocate not a
 * single byte.
 */
class HandleSessionTest {

    private static final int CALLS = 1_000_000;
    private static final int ROUNDS = 5;

    @Test
    void aMappedPageIsHeldByHandleBeyondItsMapping() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(1)) {
            FrameHandles handles = machine.memory.handles();
            long address = machine.mapPresent(1);
            assertThat(machine.session.pinUserPagesFast(machine.space, address, 1, GupOptions.READ, batch)).isOne();
            long pfn = batch.pfn(0);
            long handle = handles.handleOf(pfn);
            machine.memory.unpinUserPages(batch);
            assertThat(machine.session.tryGet(handle)).isTrue();
            machine.space.munmap(address, Machine.PAGE);
            assertThat(machine.refs(pfn)).isOne();
            handles.put(handle);
            assertThat(machine.session.tryGet(handle)).isFalse();
        }
    }

    @Test
    @Tag("unchecked") // which keeps every hold
    void warmCallsAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Machine machine = Machine.open()) {
            FrameHandles handles = machine.memory.handles();
            long old = handles.allocate();
            handles.put(old);
            long handle = handles.allocate();
            run(machine.session, handles, handle, old, CALLS / 2);
            // The bean's own first calls allocate.
            threads.getCurrentThreadAllocatedBytes();
            List<Long> rounds = new ArrayList<>();
            do {
                long before = threads.getCurrentThreadAllocatedBytes();
                int done = run(machine.session, handles, handle, old, CALLS);
                long after = threads.getCurrentThreadAllocatedBytes();
                assertThat(done).isEqualTo(4 * CALLS);
                rounds.add(after - before);
            } while (rounds.getLast() != 0 && rounds.size() < ROUNDS);
            assertThat(rounds).as("bytes allocated by %d get+put, pin+unpin and refusals, by round", CALLS)
                    .contains(0L);
            handles.put(handle);
        }
    }

    private static int run(GupSession session, FrameHandles handles, long handle, long old, int calls) {
        int taken = 0;
        for (int i = 0; i < calls; i++) {
            if (session.tryGet(handle)) {
                taken++;
                handles.put(handle);
            }
            long pin = session.tryPin(handle);
            if (pin != FrameHandle.NONE && session.tryPin(old) == FrameHandle.NONE) {
                taken++;
                handles.unpin(pin);
            }
            if (handles.tryGet(handle)) {
                taken++;
                handles.put(handle);
            }
            pin = handles.tryPin(handle);
            if (pin != FrameHandle.NONE && handles.tryPin(old) == FrameHandle.NONE) {
                taken++;
                handles.unpin(pin);
            }
        }
        return taken;
    }
}
