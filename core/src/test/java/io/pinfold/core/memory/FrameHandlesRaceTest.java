package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.handle.HandleGrab;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two threads end one hold at the same moment: one of them succeeds, the other is told, nothing is lost. The race tests
 * of jcstress-tests play the same with more samples; here every round ends with a look at the frame.
 */
@Timeout(120)
class FrameHandlesRaceTest {
    private static final int ROUNDS = 3_000;

    private final PhysicalMemory memory = Memories.open(8);
    private final FrameHandles handles = memory.handles();
    private final SessionSlot slot = Bridge.core(memory).slots().openForThread();
    private final HandleGrab grab = new HandleGrab(Bridge.core(memory), slot);
    private final long bystander = handles.allocate(); // what a release too many would take its hold from
    private final ExecutorService other = Executors.newSingleThreadExecutor();
    private final CyclicBarrier start = new CyclicBarrier(2);

    @AfterEach
    void nothingIsLost() {
        other.shutdown();
        assertThat(memory.vmStat().allocatedFrames()).isOne();
        handles.put(bystander);
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo(memory.vmStat().nrFollPinReleased());
        Memories.closeIdle(memory);
    }

    /** How many of two calls at the same moment succeed; the others have thrown IllegalStateException. */
    private int together(LongConsumer first, LongConsumer second, long handle) throws Exception {
        Future<Boolean> there = other.submit(() -> attempt(first, handle));
        boolean here = attempt(second, handle);
        try {
            return (here ? 1 : 0) + (there.get() ? 1 : 0);
        } catch (ExecutionException e) {
            throw new AssertionError("the other thread failed", e.getCause());
        }
    }

    private boolean attempt(LongConsumer call, long handle) throws BrokenBarrierException, InterruptedException {
        start.await();
        try {
            call.accept(handle);
            return true;
        } catch (IllegalStateException told) {
            assertThat(told).hasMessageContaining("cannot ").hasMessageContaining(" of generation ");
            return false;
        }
    }

    @Test
    void ofTwoFreesOneSucceeds() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            long handle = handles.allocate();
            assertThat(handles.tryFreeze(handle)).isTrue();
            assertThat(together(handles::free, handles::free, handle)).as("round %d", round).isOne();
        }
    }

    @Test
    void ofTwoPutsOneSucceeds() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            assertThat(together(handles::put, handles::put, handles.allocate())).as("round %d", round).isOne();
        }
    }

    @Test
    void ofTwoUnpinsOneSucceeds() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            long handle = handles.allocate();
            long pin = grab.tryPin(handle);
            handles.put(handle);
            assertThat(together(handles::unpin, handles::unpin, pin)).as("round %d", round).isOne();
        }
    }

    @Test
    void ofTwoPutsOfAFrameOfOthersOneSucceeds() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            long pfn = Memories.allocate(memory, 0);
            long handle = handles.handleOf(pfn);
            assertThat(grab.tryGet(handle)).isTrue();
            assertThat(together(handles::put, handles::put, handle)).as("round %d", round).isOne();
            assertThat(Memories.refs(memory, pfn)).isOne();
            Memories.put(memory, pfn, 1);
        }
    }

    @Test
    void unfreezeAndFreeExcludeEachOther() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            long handle = handles.allocate();
            assertThat(handles.tryFreeze(handle)).isTrue();
            assertThat(together(handles::free, handles::unfreeze, handle)).as("round %d", round).isOne();
            if (handles.handleOf(FrameHandle.pfn(handle)) == handle) {
                handles.put(handle);
            }
        }
    }

    /** The owner's one hold is put by one thread and frozen by another. */
    @Test
    void putAndFreezeExcludeEachOther() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            long handle = handles.allocate();
            boolean[] frozen = new boolean[1];
            int done = together(handles::put, held -> frozen[0] = handles.tryFreeze(held), handle);
            assertThat(done).as("round %d", round).isBetween(1, 2);
            if (frozen[0]) {
                assertThat(done).as("the put was refused").isOne();
                handles.free(handle);
            }
        }
    }
}
