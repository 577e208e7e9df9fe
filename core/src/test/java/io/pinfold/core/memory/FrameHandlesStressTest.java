package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.handle.HandleGrab;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Takers by handle against owners that free, freeze and allocate the same few frames over and over, and against close,
 * which unmaps frames and records: a mistake there kills the JVM.
 */
@Timeout(120)
class FrameHandlesStressTest {
    private static final int CELLS = 2;
    private static final int STEPS = 60_000;
    private static final int CLOSES = 150;

    private final AtomicLongArray cells = new AtomicLongArray(CELLS);
    private volatile boolean over;
    /** Owners go on until a taker had something: on a loaded machine they might be done before a taker first runs. */
    private volatile boolean someTaken;

    /** Every life of a frame is stamped with its handle, so a hold that is on another life sees another stamp. */
    @RepeatedTest(3)
    void aHoldIsOnTheLifeOfItsHandle(RepetitionInfo repetition) throws Exception {
        long seed = repetition.getCurrentRepetition() < 3 ? repetition.getCurrentRepetition() : System.nanoTime();
        System.out.println("FrameHandlesStressTest seed " + seed);
        PhysicalMemory memory = Memories.open(8);
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            List<Future<?>> owners = new ArrayList<>();
            List<Future<Long>> takers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int number = i;
                owners.add(executor.submit(() -> own(memory, new Random(seed + number), number)));
                takers.add(executor.submit(() -> take(memory, new Random(~seed - number))));
            }
            try {
                for (Future<?> owner : owners) {
                    owner.get();
                }
            } finally {
                over = true;
            }
            long taken = 0;
            for (Future<Long> taker : takers) {
                taken += taker.get();
            }
            System.out.println("FrameHandlesStressTest taken " + taken + ", rolled back "
                    + memory.vmStat().rollBacks());
            assertThat(taken).isPositive();
        }
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo(memory.vmStat().nrFollPinReleased());
        Memories.closeIdle(memory);
    }

    private void own(PhysicalMemory memory, Random random, int cell) {
        FrameHandles handles = memory.handles();
        for (int step = 0; step < STEPS || !someTaken; step++) {
            long handle = handles.allocate();
            long frame = Bridge.core(memory).frameAddress(FrameHandle.pfn(handle));
            Words.setLong(frame, handle);
            cells.set(cell, handle);
            boolean leave = random.nextBoolean();
            if (leave) {
                handles.put(handle); // other holders keep the frame, and the last put frees it
                continue;
            }
            while (!handles.tryFreeze(handle)) {
                if (over) {
                    return; // a taker has failed and keeps what it holds
                }
            }
            assertThat(PageRefs.refCount(Bridge.core(memory).recordAddress(FrameHandle.pfn(handle)))).isZero();
            if (random.nextInt(4) == 0) {
                handles.unfreeze(handle);
                handles.put(handle);
            } else {
                Words.setLong(frame, -1); // the owner's alone: no holder may see this
                handles.free(handle);
            }
        }
    }

    private long take(PhysicalMemory memory, Random random) {
        FrameHandles handles = memory.handles();
        long taken = 0;
        long old = FrameHandle.NONE;
        try (SessionSlot slot = Bridge.core(memory).slots().openForThread()) {
            HandleGrab grab = new HandleGrab(Bridge.core(memory), slot);
            while (!over) {
                long handle = random.nextInt(3) == 0 ? old : cells.get(random.nextInt(CELLS));
                boolean pin = random.nextBoolean();
                if (pin ? grab.tryPin(handle) != FrameHandle.NONE : grab.tryGet(handle)) {
                    long stamp = Words.getLong(Bridge.core(memory).frameAddress(FrameHandle.pfn(handle)));
                    assertThat(stamp).isEqualTo(handle);
                    taken++;
                    someTaken = true;
                    if (pin) {
                        handles.unpin(FrameHandle.toPin(handle));
                    } else {
                        handles.put(handle);
                    }
                }
                old = handle;
            }
        } finally {
            over = true;
        }
        return taken;
    }

    @Test
    void closeFindsEveryHoldOrNobodyGetsOne() throws Exception {
        long refused = 0;
        try (ExecutorService executor = Executors.newCachedThreadPool()) {
            for (int round = 0; round < CLOSES; round++) {
                refused += closeUnderTakers(executor);
            }
        }
        assertThat(refused).as("close met a hold at least once").isPositive();
    }

    private long closeUnderTakers(ExecutorService executor) throws Exception {
        PhysicalMemory memory = Memories.open(8);
        FrameHandles handles = memory.handles();
        long kept = handles.allocate();
        cells.set(0, handles.allocate());
        long first = cells.get(0);
        AtomicBoolean dropped = new AtomicBoolean();
        List<Future<String>> ends = new ArrayList<>();
        SessionSlot slot = Bridge.core(memory).slots().openForThread();
        HandleGrab grab = new HandleGrab(Bridge.core(memory), slot);
        slot.detach();
        ends.add(executor.submit(() -> untilClosed(() -> {
            slot.attach();
            long handle = cells.get(0);
            long pin = grab.tryPin(handle);
            if (pin != FrameHandle.NONE) {
                Words.setLong(Bridge.core(memory).frameAddress(FrameHandle.pfn(handle)), 1);
                handles.unpin(pin);
            }
        })));
        ends.add(executor.submit(() -> untilClosed(() -> {
            if (dropped.compareAndSet(false, true)) {
                handles.put(first);
            }
            long handle = handles.allocate();
            cells.set(0, handle);
            handles.put(handle);
        })));
        ends.add(executor.submit(() -> untilClosed(() -> {
            try {
                handles.put(kept); // the only hold: once rightly, then too often, also while nothing else is held
            } catch (MemoryClosedException e) {
                throw e;
            } catch (MisuseException e) {
                // as it should be
            }
        })));
        long refused = 0;
        while (!over && !memory.isClosed()) {
            try {
                memory.close();
            } catch (IllegalStateException e) {
                refused++;
                assertThat(e).hasMessageContaining("still out: "); // also a frame that is just being allocated
            }
        }
        for (Future<String> end : ends) {
            assertThat(end.get()).isEqualTo(Bridge.core(memory) + " is closed");
        }
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo(memory.vmStat().nrFollPinReleased());
        return refused;
    }

    private String untilClosed(Runnable call) {
        while (!over) {
            try {
                call.run();
            } catch (IllegalStateException e) {
                if (!(e instanceof MemoryClosedException)) {
                    over = true; // what it held stays held: the memory would never close
                }
                return String.valueOf(e.getMessage());
            }
        }
        return "another thread failed";
    }
}
