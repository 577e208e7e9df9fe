package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls by handle at the moment at which the memory is closed, and after it. */
@Timeout(120)
class CloseByHandleRaceTest {
    private static final int ROUNDS = 600;
    private static final int LATE_ROUNDS = 40;
    private static final int LATE_CALLS = 500;

    private final ExecutorService executor = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        executor.shutdownNow();
    }

    /** An allocator goes on until it is told that the memory is closed; what it got before is no closed memory's. */
    @Test
    void aFrameIsNotHandedOutOfAMemoryThatIsClosed() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            PhysicalMemory memory = Memories.open(8);
            CyclicBarrier start = new CyclicBarrier(2);
            Future<?> allocator = executor.submit(() -> {
                start.await();
                allocateUntilClosed(memory);
                return null;
            });
            start.await();
            close(memory);
            allocator.get();
        }
    }

    private static void close(PhysicalMemory memory) {
        while (!memory.isClosed()) {
            try {
                memory.close();
            } catch (MisuseException e) {
                assertThat(e).hasMessageContaining("still out: ");
            }
        }
    }

    private static void allocateUntilClosed(PhysicalMemory memory) {
        FrameHandles handles = memory.handles();
        for (;;) {
            long handle;
            try {
                handle = handles.allocate();
            } catch (MemoryClosedException e) {
                return;
            }
            Words.setLong(Bridge.core(memory).frameAddress(FrameHandle.pfn(handle)), 1);
            assertThat(memory.isClosed()).as("closed while a frame is out").isFalse();
            handles.put(handle);
        }
    }

    /**
     * Threads give back what they do not hold, or take what is over, before the close, during it and long after it. Not
     * both at once: a release too many may end what a taker has for a moment.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void callsThatComeTooLateAreRefusedAndChangeNothing(boolean takes) throws Exception {
        for (int round = 0; round < LATE_ROUNDS; round++) {
            PhysicalMemory memory = Memories.open(8);
            FrameHandles handles = memory.handles();
            long over = handles.allocate();
            handles.put(over);
            long handle = handles.allocate(); // the same frame in its next life
            CyclicBarrier start = new CyclicBarrier(3);
            List<Future<?>> late = new ArrayList<>();
            late.add(executor.submit(() -> {
                start.await();
                handles.put(handle);
                untilLongClosed(memory, takes ? takes(handles, over) : releases(handles, handle, over));
                return null;
            }));
            late.add(executor.submit(() -> {
                start.await();
                untilLongClosed(memory, takes ? takes(handles, over) : releases(handles, over, over));
                return null;
            }));
            start.await();
            close(memory);
            for (Future<?> end : late) {
                end.get();
            }
        }
    }

    private static List<Runnable> takes(FrameHandles handles, long over) {
        return List.of(() -> assertThat(handles.tryGet(over)).isFalse(),
                () -> assertThat(handles.tryPin(over)).isEqualTo(FrameHandle.NONE),
                () -> assertThat(handles.tryFreeze(over)).isFalse());
    }

    private static List<Runnable> releases(FrameHandles handles, long handle, long over) {
        return List.of(() -> handles.put(handle), () -> handles.unpin(FrameHandle.toPin(handle)),
                () -> handles.free(over), () -> handles.unfreeze(over));
    }

    private static void untilLongClosed(PhysicalMemory memory, List<Runnable> calls) {
        int afterClose = 0;
        while (afterClose < LATE_CALLS) {
            boolean isClosed = memory.isClosed();
            for (Runnable call : calls) {
                try {
                    call.run();
                } catch (MemoryClosedException e) {
                    afterClose++;
                    continue;
                } catch (MisuseException e) {
                    // as it should be
                }
                assertThat(isClosed).as("through on a closed memory").isFalse();
            }
        }
    }
}
