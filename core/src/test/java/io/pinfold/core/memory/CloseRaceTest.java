package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.memory.Memories.allocate;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.batch.PageList;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Close against everything: walkers that pin, a thread that releases what others pinned, users that allocate,
 * inspectors and readers of statistics, until the memory is closed under them. Frames and records are zeros at that
 * moment, so a mistake finds a frame without type and count; all must end with the one exception.
 */
@Timeout(120)
class CloseRaceTest {
    private static final int ROUNDS = 60;

    private interface Call {
        void run() throws Exception;
    }

    private int refused;
    /**
     * From some refusal on everybody still calls, but hands nothing over and keeps nothing open for long, and the frame
     * that is walked to is freed.
     */
    private volatile boolean calm;

    @Test
    void closeEndsEverybodyWithTheSameSentence() throws Exception {
        try (ExecutorService executor = Executors.newCachedThreadPool()) {
            for (int round = 0; round < ROUNDS; round++) {
                race(executor, round);
            }
        }
        assertThat(refused).as("close met a holder at least once").isPositive();
    }

    private void race(ExecutorService executor, int round) throws Exception {
        calm = false;
        int refusedBefore = refused;
        PhysicalMemory memory = Memories.open(8);
        long pfn = allocate(memory, round & 1);
        BlockingQueue<PageBatch<Hold.Pin>> pinned = new ArrayBlockingQueue<>(4);
        CountDownLatch warm = new CountDownLatch(5);
        List<Future<String>> ends = new ArrayList<>();
        SharedSlot idle = Bridge.core(memory).slots().open(0);
        ends.add(executor.submit(() -> untilClosed(warm, walker(memory, pfn, pinned, true))));
        ends.add(executor.submit(() -> untilClosed(warm, walker(memory, pfn, pinned, false))));
        ends.add(executor.submit(() -> untilClosed(warm, releaser(memory, pinned))));
        ends.add(executor.submit(() -> untilClosed(warm, user(memory))));
        ends.add(executor.submit(() -> untilClosed(warm, inspector(memory, pfn))));
        warm.await();
        while (!memory.isClosed()) {
            try {
                memory.close();
            } catch (IllegalStateException e) {
                refused++;
                if (!calm && refused - refusedBefore > round % 8) {
                    calm = true;
                    Memories.put(memory, pfn, 1);
                }
                assertThat(e).hasMessageContaining("still out: ");
            }
        }
        for (Future<String> end : ends) {
            assertThat(end.get(30, TimeUnit.SECONDS)).isEqualTo(Bridge.core(memory) + " is closed");
        }
        assertThat(untilClosed(warm, idle::enter)).isEqualTo(Bridge.core(memory) + " is closed");
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo(memory.vmStat().nrFollPinReleased());
    }

    private static String untilClosed(CountDownLatch warm, Call call) throws Exception {
        for (int calls = 0;; calls++) {
            try {
                call.run();
            } catch (IllegalStateException e) {
                return String.valueOf(e.getMessage());
            }
            if (calls == 20) {
                warm.countDown();
            }
        }
    }

    private Call walker(PhysicalMemory memory, long pfn, BlockingQueue<PageBatch<Hold.Pin>> pinned, boolean handOver) {
        SharedSlot slot = Bridge.core(memory).slots().open(0);
        PageBatch<Hold.Pin> own = memory.newPageBatch(1);
        return () -> {
            PageBatch<Hold.Pin> batch = handOver ? memory.newPageBatch(1) : own;
            slot.enter();
            int[] pfns = ((PageList) Bridge.held(batch)).beginFillEntries();
            long token = Grab.trySpeculative(Bridge.core(memory), pfn, 1, FOLL_PIN, Bridge.held(batch).deferred());
            if (token <= 0) {
                slot.exit();
                Bridge.held(batch).abandon();
                if (handOver) {
                    batch.close();
                }
                assertThat(calm).as("the frame is free").isTrue();
                return;
            }
            pfns[0] = (int) pfn;
            Bridge.held(batch).countAcquired(0, 1);
            slot.exit();
            Bridge.held(batch).deferred().drain();
            ((PageList) Bridge.held(batch)).filled(1);
            Bridge.held(batch).commit(true, 0, 0);
            if (!handOver || calm || !pinned.offer(batch)) {
                memory.unpinUserPages(batch);
                if (handOver) {
                    batch.close();
                }
            }
        };
    }

    private Call releaser(PhysicalMemory memory, BlockingQueue<PageBatch<Hold.Pin>> pinned) {
        return () -> {
            PageBatch<Hold.Pin> batch = pinned.poll(1, TimeUnit.MILLISECONDS);
            if (batch != null) {
                memory.unpinUserPages(batch);
                batch.close();
            } else if (memory.isClosed()) {
                throw new MemoryClosedException(Bridge.core(memory) + " is closed");
            }
        };
    }

    private Call user(PhysicalMemory memory) {
        return () -> {
            if (calm) {
                memory.use("a short user").close();
                Thread.yield();
                return;
            }
            try (MemoryLease use = memory.use("a user")) {
                assertThat(use).hasToString("a user");
                long frame = Bridge.core(memory).blocks().allocate(1, Blocks.NORMAL);
                Words.fill(Bridge.core(memory).frameAddress(frame), 8192, (byte) 1);
                Memories.put(memory, frame, 1);
                long table = Bridge.core(memory).blocks().allocateTable(1, 0, 0);
                if (table > 0) { // a walker that is not running holds all retired ones up
                    Bridge.core(memory).retired().retire(Bridge.core(memory).retired().link(table, 0));
                }
                Bridge.core(memory).retired().step();
            }
        };
    }

    private Call inspector(PhysicalMemory memory, long pfn) {
        return () -> {
            memory.vmStat();
            assertThat(memory.page(pfn).head()).isEqualTo(pfn);
        };
    }
}
