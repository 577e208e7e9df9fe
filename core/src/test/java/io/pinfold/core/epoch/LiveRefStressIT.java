package io.pinfold.core.epoch;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Kill against get and put, round after round: takers on several threads get on one stripe and put on another, some
 * before and some after the switch. Every round must end at exactly zero, released once, and no look-up may succeed
 * after the grace period.
 */
@Timeout(120)
class LiveRefStressIT {
    private static final int TAKERS = 3;
    private static final int ROUNDS = 400;
    /** References that a taker holds when the kill comes. */
    private static final int HELD = 300;

    private final Arena arena = Arena.ofAuto();
    private final WalkerSlots slots = new WalkerSlots(arena,
            new MemoryState(arena.allocate(128, 128).address(), "the memory"));
    private final long address = arena.allocate(LiveRef.BYTES, 128).address();
    private final long seed = Long.getLong("seed", System.nanoTime());
    private final AtomicInteger released = new AtomicInteger();
    private final CyclicBarrier barrier = new CyclicBarrier(TAKERS + 1);
    private final ExecutorService executor = Executors.newFixedThreadPool(TAKERS);
    private final List<Future<?>> takers = new ArrayList<>();
    private volatile boolean isGraceOver;

    @AfterEach
    void stop() throws InterruptedException {
        executor.shutdownNow();
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void everyKillEndsAtExactlyZero() throws Exception {
        System.out.println("LiveRefStressIT seed " + seed + " (replay with -Dseed=" + seed + ")");
        for (int i = 0; i < TAKERS; i++) {
            SplittableRandom random = new SplittableRandom(seed + i);
            takers.add(executor.submit(() -> {
                try {
                    take(random);
                } catch (Throwable e) {
                    barrier.reset(); // no thread waits for a round that will not end
                    throw e;
                }
                return null;
            }));
        }
        try {
            killRoundAfterRound(new SplittableRandom(seed + TAKERS));
        } catch (BrokenBarrierException e) {
            for (Future<?> taker : takers) {
                taker.get(60, TimeUnit.SECONDS); // says why
            }
            throw e;
        }
        for (Future<?> taker : takers) {
            taker.get(60, TimeUnit.SECONDS);
        }
    }

    private void killRoundAfterRound(SplittableRandom random) throws Exception {
        SharedSlot own = slots.open(0);
        for (int round = 0; round < ROUNDS; round++) {
            LiveRef ref = new LiveRef(address, slots, released::incrementAndGet);
            isGraceOver = false;
            barrier.await(60, TimeUnit.SECONDS);
            for (int spins = random.nextInt(2000); spins > 0; spins--) {
                Thread.onSpinWait();
            }
            own.enter();
            assertThat(LiveRef.tryGetLive(address, round)).isTrue(); // held over the kill
            own.exit();
            ref.kill();
            slots.awaitPassed(slots.advance());
            isGraceOver = true;
            for (int steps = random.nextInt(4); steps > 0; steps--) {
                assertThat(ref.step()).as("round %d: released while it is held", round).isFalse();
            }
            own.enter();
            LiveRef.put(address, round + 1);
            own.exit();
            while (!ref.step()) {
                if (takers.stream().anyMatch(Future::isDone)) {
                    throw new BrokenBarrierException("round " + round + ": a taker has failed, " + ref);
                }
                Thread.onSpinWait();
            }
            assertThat(released).as("round %d", round).hasValue(round + 1);
            assertThat(ref.references()).as("round %d", round).isZero();
            barrier.await(60, TimeUnit.SECONDS); // the takers have put everything: else the end came too early
            ref.exit();
        }
    }

    private void take(SplittableRandom random) throws Exception {
        SharedSlot slot = slots.open(0);
        for (int round = 0; round < ROUNDS; round++) {
            barrier.await(60, TimeUnit.SECONDS);
            int held = 0;
            boolean isLive = true;
            while (isLive || held > 0) {
                boolean mustFail = isGraceOver;
                slot.enter();
                if (isLive && (held < HELD || random.nextBoolean())) { // so that many puts fall into the switch
                    isLive = LiveRef.tryGetLive(address, random.nextInt());
                    held += isLive ? 1 : 0;
                    assertThat(mustFail && isLive).as("round %d: a look-up after the grace period", round).isFalse();
                } else {
                    LiveRef.put(address, random.nextInt());
                    held--;
                }
                slot.exit();
            }
            assertThat(released.get()).as("round %d: gone before the last put", round).isBetween(round, round + 1);
            barrier.await(60, TimeUnit.SECONDS);
        }
        slot.close();
    }
}
