package io.pinfold.core.epoch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WalkerSlotsTest {
    private final Arena arena = Arena.ofAuto();
    private final MemoryState state = new MemoryState(arena.allocate(128, 128).address(), "the memory");
    private final WalkerSlots slots = new WalkerSlots(arena, state);
    private final ExecutorService executor = Executors.newSingleThreadExecutor();

    @AfterEach
    void stop() throws InterruptedException {
        executor.shutdownNow();
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aWalkHoldsItsEpochUntilItEnds() {
        SharedSlot slot = slots.open(0);
        slot.enter();
        long during = slots.advance();
        assertThat(slots.passed(during)).isFalse();
        assertThat(slots.passed(during - 1)).isTrue();
        slot.exit();
        assertThat(slots.passed(during)).isTrue();
        slot.enter(); // began after: saw nothing of what was unlinked before
        assertThat(slots.passed(during)).isTrue();
        assertThat(slots.passed(slots.advance())).isFalse();
        slot.exit();
        assertThat(slots.advances()).isEqualTo(2);
        slot.close();
    }

    @Test
    void anIdleOrAbandonedSlotBlocksNobody() {
        SharedSlot idle = slots.open(0);
        idle.enter();
        idle.exit();
        assertThat(slots.passed(slots.advance())).isTrue();
        assertThatCode(() -> slots.awaitPassed(slots.advance())).doesNotThrowAnyException();
        assertThat(slots.inUse()).isEqualTo(1);
    }

    @Test
    void concurrentUseIsDetected() throws Exception {
        SharedSlot slot = slots.open(0);
        slot.enter();
        Future<?> other = executor.submit(slot::enter);
        assertThatThrownBy(other::get).hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("used by two threads at once");
        assertThatThrownBy(slot::enter).hasMessageContaining("used by two threads at once");
        assertThatThrownBy(slot::close).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot be closed");
        assertThat(slot.isActive()).isTrue();
        slot.exit();
        executor.submit(() -> {
            slot.enter();
            slot.exit();
        }).get(); // handing over is fine
        slot.close();
    }

    @Test
    void aClosedSlotCannotBeEnteredAndClosesAgainSilently() {
        SharedSlot slot = slots.open(0);
        slot.close();
        slot.close();
        assertThat(slots.inUse()).isZero();
        assertThatThrownBy(slot::enter).isInstanceOf(IllegalStateException.class).hasMessageContaining("is closed");
    }

    @Test
    void theOldOwnerCannotEnterNorCloseASlotThatWasHandedOutAgain() {
        SharedSlot old = slots.open(0);
        old.close();
        SharedSlot fresh = slots.open(0);
        assertThat(slots.inUse()).as("the same block").isEqualTo(1);
        assertThatThrownBy(old::enter).hasMessageContaining("is closed");
        fresh.enter();
        assertThatThrownBy(old::enter).hasMessageContaining("is closed");
        old.close();
        assertThat(slots.passed(slots.advance())).as("still walking").isFalse();
        fresh.exit();
        old.close();
        fresh.enter();
        fresh.exit();
        fresh.close();
    }

    /** The collector may find the old owner at any time: when its slot is idle or walking for the next. */
    @Test
    void aDroppedOwnerLeavesASlotAloneThatWasHandedOutAgain() {
        SharedSlot old = slots.open(0);
        DroppedSlot dropped = new DroppedSlot(slots, old.word() - SlotLayout.WORD, old.stripe());
        old.close();
        SharedSlot fresh = slots.open(0);
        assertThat(fresh.word()).as("the same block").isEqualTo(old.word());
        dropped.run();
        fresh.enter();
        dropped.run();
        assertThat(slots.passed(slots.advance())).as("still walking").isFalse();
        fresh.exit();
        dropped.run();
        assertThat(slots.inUse()).isOne();
        fresh.enter();
        fresh.exit();
        fresh.close();
        dropped.run();
        assertThat(slots.inUse()).isZero();
    }

    /** One slot in use for each chunk in turn, at another place in each: nothing else tells the chunks apart. */
    @Test
    void aWalkIsSeenInWhicheverChunkItIs() {
        List<SharedSlot> many = new ArrayList<>();
        for (int i = 0; i < 3 * SlotTable.CHUNK_SLOTS; i++) {
            many.add(slots.open(0));
        }
        List<SharedSlot> kept = List.of(many.get(3), many.get(SlotTable.CHUNK_SLOTS + 5),
                many.get(2 * SlotTable.CHUNK_SLOTS + 7));
        many.stream().filter(slot -> !kept.contains(slot)).forEach(SharedSlot::close);
        assertThat(slots.inUse()).isEqualTo(kept.size());
        for (SharedSlot slot : kept) {
            slot.enter();
            assertThat(slots.passed(slots.advance())).as("%s", slot).isFalse();
            slot.exit();
            assertThat(slots.passed(slots.advance())).as("%s", slot).isTrue();
        }
        kept.forEach(SharedSlot::close);
        assertThat(slots.inUse()).isZero();
    }

    /** Chunks in which no slot is in use hide none behind them. */
    @Test
    void aWalkBehindEmptyChunksIsSeen() throws Exception {
        List<SharedSlot> many = new ArrayList<>();
        for (int i = 0; i <= 2 * SlotTable.CHUNK_SLOTS; i++) {
            many.add(slots.open(7));
        }
        SharedSlot last = many.removeLast();
        many.forEach(SharedSlot::close);
        assertThat(slots.inUse()).isOne();
        assertThat(slots.inUse(7)).isOne();
        last.count(3, 5);
        assertThat(slots.sum(3)).isEqualTo(5);
        List<LongConsumer> waits = List.of(slots::awaitPassed, epoch -> slots.awaitPassed(epoch, 7),
                epoch -> slots.awaitIdle());
        for (LongConsumer wait : waits) {
            last.enter();
            long epoch = slots.advance();
            assertThat(slots.passed(epoch)).isFalse();
            Future<?> waiting = executor.submit(() -> wait.accept(epoch));
            assertThatThrownBy(() -> waiting.get(20, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            last.exit();
            waiting.get();
        }
        last.close();
    }

    @Test
    void manySlotsAreScannedWhereverTheyLie() {
        List<SharedSlot> many = new ArrayList<>();
        for (int i = 0; i < 3 * SlotTable.CHUNK_SLOTS + 5; i++) {
            many.add(slots.open(i));
        }
        for (int i = 0; i < many.size(); i += 2) {
            many.get(i).close();
        }
        for (int i = 1; i < many.size(); i += 2) {
            many.get(i).enter();
            assertThat(slots.passed(slots.advance())).as("slot %d", i).isFalse();
            many.get(i).exit();
            assertThat(slots.passed(slots.advance())).isTrue();
        }
        int before = slots.inUse();
        SharedSlot again = slots.open(0);
        assertThat(slots.inUse()).isEqualTo(before + 1);
        again.close();
    }

    @Test
    void awaitPassedWaitsForTheWalksOfOneSpaceOnly() throws Exception {
        SharedSlot session = slots.open(0);
        SharedSlot cpu = slots.open(7);
        SharedSlot otherCpu = slots.open(8);
        session.enter();
        otherCpu.enter();
        cpu.enter();
        long epoch = slots.advance();
        Future<?> waiting = executor.submit(() -> slots.awaitPassed(epoch, 7));
        assertThatThrownBy(() -> waiting.get(50, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        cpu.exit();
        waiting.get();
        session.exit();
        otherCpu.exit();
    }

    @Test
    void awaitPassedOfAllWaitsForEachKindOfWalk() throws Exception {
        for (SharedSlot walker : List.of(slots.open(0), slots.open(7))) {
            walker.enter();
            long epoch = slots.advance();
            Future<?> waiting = executor.submit(() -> slots.awaitPassed(epoch));
            assertThatThrownBy(() -> waiting.get(50, TimeUnit.MILLISECONDS)).as("%s", walker)
                    .isInstanceOf(TimeoutException.class);
            walker.exit();
            waiting.get();
            walker.close();
        }
    }

    @Test
    void countersAreSummedOverTheLivingAndTheDead() {
        SharedSlot first = slots.open(0);
        SharedSlot second = slots.open(0);
        first.count(0, 5);
        first.count(47, 1);
        second.count(0, 2);
        assertThat(slots.sum(0)).isEqualTo(7);
        first.close();
        assertThat(slots.sum(0)).isEqualTo(7);
        assertThat(slots.sum(47)).isEqualTo(1);
        SharedSlot third = slots.open(0); // gets first's block, with counters at 0
        third.count(0, 1);
        assertThat(slots.sum(0)).isEqualTo(8);
    }

    @Test
    void walksWaitForACloseAndGoOnWhenItIsRefused() throws Exception {
        SharedSlot slot = slots.open(0);
        state.set(MemoryState.CLOSING);
        slots.awaitIdle();
        Future<?> walker = executor.submit(() -> {
            slot.enter();
            slot.exit();
            slots.open(0).close();
        });
        assertThatThrownBy(() -> walker.get(50, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        state.set(MemoryState.OPEN);
        walker.get();
    }

    @Test
    void walksBehindACloseSayThatTheMemoryIsClosed() throws Exception {
        SharedSlot slot = slots.open(0);
        state.set(MemoryState.CLOSING);
        slots.awaitIdle();
        Future<?> walker = executor.submit(slot::enter);
        state.set(MemoryState.CLOSED);
        assertThatThrownBy(walker::get).hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("memory is closed");
        assertThatThrownBy(slot::enter).hasMessageContaining("memory is closed");
        assertThatThrownBy(() -> slots.open(0)).hasMessageContaining("memory is closed");
        slot.close();
    }

    @Test
    void closeWaitsForTheWalkGoingOn() throws Exception {
        SharedSlot slot = slots.open(0);
        slot.enter();
        state.set(MemoryState.CLOSING);
        Future<?> closing = executor.submit(slots::awaitIdle);
        assertThatThrownBy(() -> closing.get(50, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        slot.exit();
        closing.get();
    }

    /**
     * O8 with bare words: the writer unlinks a cell, waits for the walkers, and poisons what it unlinked. A walker that
     * sees poison was missed by the scan.
     */
    @Test
    void nothingIsReusedUnderAWalk() throws Exception {
        long link = arena.allocate(128, 128).address();
        long cells = arena.allocate(2 * 128, 128).address();
        Words.setLongVolatile(cells, 1);
        Words.setLongVolatile(link, cells);
        int rounds = 300_000;
        SharedSlot slot = slots.open(0);
        Future<Long> walker = executor.submit(() -> {
            long poisoned = 0;
            while (Words.getLongVolatile(link) != 0) {
                slot.enter();
                long cell = Words.getLongVolatile(link);
                for (int look = 0; look < 32 && cell != 0; look++) {
                    if (Words.getLongVolatile(cell) != 1) {
                        poisoned++;
                    }
                }
                slot.exit();
            }
            return poisoned;
        });
        for (int round = 0; round < rounds; round++) {
            long next = cells + (round & 1 ^ 1) * 128L;
            Words.setLongVolatile(next, 1);
            long unlinked = Words.getAndSetLong(link, next);
            slots.awaitPassed(slots.advance());
            Words.setLongVolatile(unlinked, -1);
        }
        Words.setLongVolatile(link, 0);
        assertThat(walker.get()).isZero();
        slot.close();
    }

    /** Or the one thread that gives dropped slots back would wait for the walk, too, and never come to a slot of it. */
    @Test
    void aSlotIsGivenBackWhileACloseWaitsForAWalk() throws Exception {
        SharedSlot walking = slots.open(0);
        SharedSlot other = slots.open(0);
        walking.enter();
        state.set(MemoryState.CLOSING);
        Thread closer = Thread.ofPlatform().start(slots::awaitIdle);
        while (closer.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        try {
            executor.submit(other::close).get(30, TimeUnit.SECONDS);
        } finally {
            walking.exit();
            closer.join();
        }
        assertThat(slots.inUse()).isOne();
        state.set(MemoryState.OPEN);
    }
}
