package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.gup.WrongKindException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Gets and pins by handle without a session. */
@Timeout(60)
class TakeByHandleTest {
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(64 * Memories.MIB).withNodes(2));
    private final FrameHandles handles = memory.handles();

    @AfterEach
    void asManyPinsWereGivenBackAsTaken() {
        assertThat(memory.vmStat().nrFollPinReleased()).isEqualTo(memory.vmStat().nrFollPinAcquired());
        Memories.closeIdle(memory);
    }

    @Test
    void aPinIsTheHandleWithAMark() {
        long handle = handles.allocate();
        long pin = handles.tryPin(handle);
        assertThat(FrameHandle.isPin(pin)).isTrue();
        assertThat(FrameHandle.ofPin(pin)).isEqualTo(handle);
        assertThat(handles.tryPin(pin)).as("by its handle").isEqualTo(pin);
        assertThat(handles.tryGet(pin)).isTrue();
        assertThatThrownBy(() -> handles.put(pin)).isExactlyInstanceOf(WrongKindException.class);
        assertThatThrownBy(() -> handles.unpin(handle)).isExactlyInstanceOf(WrongKindException.class);
        assertThat(Memories.refs(memory, FrameHandle.pfn(handle))).isEqualTo(2 + 2 * 1024);
        handles.put(handle);
        handles.unpin(pin);
        handles.unpin(pin);
        handles.put(handle);
    }

    @Test
    void anotherLifeIsRefusedAndCounted() {
        long old = handles.allocate();
        handles.put(old);
        long handle = handles.allocate();
        assertThat(FrameHandle.pfn(handle)).as("free lists are stacks").isEqualTo(FrameHandle.pfn(old));
        assertThat(handles.tryGet(old)).isFalse();
        assertThat(handles.tryPin(old)).isEqualTo(FrameHandle.NONE);
        assertThat(memory.vmStat().rollBacks()).containsEntry(RollBack.RECYCLED, 2L);
        assertThat(memory.vmStat().nrFollPinAcquired()).isZero();
        assertThat(Memories.refs(memory, FrameHandle.pfn(handle))).isOne();
        handles.put(handle);
    }

    @Test
    void pinsCountOnTheNodeOfTheirFrame() {
        long here = handles.allocate(1, 0);
        long there = handles.allocate(1, 1);
        List<Long> pins = List.of(handles.tryPin(here), handles.tryPin(there), handles.tryPin(there));
        assertThat(memory.vmStat().nodes()).extracting(VmStat.Node::nrFollPinAcquired).containsExactly(1L, 2L);
        assertThat(memory.vmStat().nodes()).extracting(VmStat.Node::nrFollPinReleased).containsExactly(0L, 0L);
        pins.forEach(handles::unpin);
        assertThat(memory.vmStat().nodes()).extracting(VmStat.Node::nrFollPinReleased).containsExactly(1L, 2L);
        handles.put(here);
        handles.put(there);
    }

    @Test
    void noPinIsLostOfThreadsThatCountInOneStripe() throws Exception {
        int pinsEach = 200_000;
        long frame = handles.allocate();
        List<Thread> threads = new ArrayList<>();
        while (threads.size() < 3) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < pinsEach; i++) {
                    handles.unpin(handles.tryPin(frame));
                }
            });
            if (thread.threadId() % 64 == 0) {
                threads.add(thread);
            }
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo((long) threads.size() * pinsEach);
        handles.put(frame);
    }

    /** More threads than there are stripes. */
    @Test
    void noPinOfManyVirtualThreadsIsLost() throws Exception {
        int threads = 200;
        int pinsEach = 500;
        long[] frames = {handles.allocate(), handles.allocate(), handles.allocate()};
        List<Callable<Integer>> pinners = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            int me = thread;
            pinners.add(() -> {
                for (int i = 0; i < pinsEach; i++) {
                    long pin = handles.tryPin(frames[(me + i) % frames.length]);
                    if (i % 16 == 0) {
                        Thread.yield(); // the carrier changes while the frame is held
                    }
                    handles.unpin(pin);
                }
                return pinsEach;
            });
        }
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> pinner : executor.invokeAll(pinners)) {
                assertThat(pinner.get()).isEqualTo(pinsEach);
            }
        }
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo((long) threads * pinsEach);
        for (long frame : frames) {
            assertThat(Memories.refs(memory, FrameHandle.pfn(frame))).isOne();
            handles.put(frame);
        }
    }
}
