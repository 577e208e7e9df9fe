package io.pinfold.core.epoch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.words.HeavyFence;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The read scope of a session's slot: what sees it, what does not wait for it, and how it ends. */
@Timeout(60)
class ReadScopeTest {
    private static final long NONE = Long.MAX_VALUE;

    private final Arena arena = Arena.ofAuto();
    private final MemoryState state = new MemoryState(arena.allocate(128, 128).address(), "the memory");
    private final WalkerSlots slots = new WalkerSlots(arena, state);
    private final ExecutorService other = Executors.newSingleThreadExecutor();
    private final SessionSlot slot = slots.openForThread();
    private final ReadScope scope = new ReadScope(slot);

    @AfterEach
    void stop() {
        other.shutdownNow();
    }

    private <T> T elsewhere(Callable<T> call) throws Exception {
        try {
            return other.submit(call).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private long oldest() {
        return slots.oldestScope(slots.advance());
    }

    @Test
    void aScopeIsSeenWithItsEpochUntilItEnds() {
        assertThat(oldest()).isEqualTo(NONE);
        long epoch = slots.advance() + 1;
        scope.begin();
        assertThat(oldest()).isEqualTo(epoch);
        assertThat(oldest()).as("it does not move").isEqualTo(epoch);
        scope.end();
        assertThat(oldest()).isEqualTo(NONE);
    }

    @Test
    void theOldestOfSeveralCounts() throws Exception {
        ReadScope second = elsewhere(() -> {
            ReadScope made = new ReadScope(slots.openForThread());
            made.begin();
            return made;
        });
        long first = oldest();
        scope.begin();
        assertThat(oldest()).isEqualTo(first);
        elsewhere(() -> {
            second.end();
            return null;
        });
        assertThat(oldest()).isGreaterThan(first).isLessThan(NONE);
        scope.end();
    }

    @Test
    void itKeepsWhatIsRetiredFromItsBeginOn() {
        long before = slots.advance();
        scope.begin();
        long after = slots.advance();
        assertThat(scope.since()).isEqualTo(before + 1).isEqualTo(after);
        scope.renew();
        assertThat(scope.since()).isEqualTo(after + 1);
        assertThat(oldest()).isEqualTo(after + 1);
        scope.end();
    }

    @Test
    void scopesAreNotNestedAndNotEndedTwice() {
        assertThatThrownBy(scope::end).isInstanceOf(MisuseException.class).hasMessageContaining("in no read scope");
        assertThatThrownBy(scope::renew).isInstanceOf(MisuseException.class);
        assertThatThrownBy(scope::requireOpen).isInstanceOf(MisuseException.class);
        scope.begin();
        long epoch = oldest();
        assertThatThrownBy(scope::begin).isInstanceOf(MisuseException.class)
                .hasMessageContaining("inside a read scope of epoch " + epoch).hasMessageContaining("not nested");
        assertThat(oldest()).as("the scope goes on").isEqualTo(epoch);
        scope.requireOpen();
        scope.end();
        assertThatThrownBy(scope::end).isInstanceOf(MisuseException.class);
    }

    @Test
    void anotherThreadIsRefusedWhateverItCalls() throws Exception {
        for (Runnable call : List.<Runnable>of(scope::begin, scope::end, scope::renew, scope::requireOpen)) {
            assertThatThrownBy(() -> elsewhere(() -> {
                call.run();
                return null;
            })).isInstanceOf(MisuseException.class).hasMessageContaining("belongs to " + Thread.currentThread());
        }
        assertThat(oldest()).isEqualTo(NONE);
    }

    @Test
    void walksGoOnInsideAScopeAndNobodyWaitsForIt() {
        scope.begin();
        slot.enter();
        assertThat(slots.passed(slots.advance())).as("the walk").isFalse();
        slot.exit();
        long epoch = slots.advance();
        assertThat(slots.passed(epoch)).as("tables").isTrue();
        slots.awaitPassed(epoch);
        slots.awaitIdle();
        slot.enter();
        assertThat(slots.openScopes()).as("inside a walk").hasSize(1);
        slot.exit();
        scope.end();
    }

    @Test
    void aSessionInsideAScopeIsNeitherHandedOverNorClosed() {
        scope.begin();
        assertThatThrownBy(slot::detach).isInstanceOf(MisuseException.class)
                .hasMessageContaining("inside a read scope of epoch").hasMessageContaining("handed over");
        assertThatThrownBy(slot::close).isInstanceOf(MisuseException.class)
                .hasMessageContaining("inside a read scope of epoch").hasMessageContaining("be closed");
        slot.requireMine();
        scope.end();
        slot.close();
        assertThatThrownBy(scope::begin).isInstanceOf(MisuseException.class).hasMessageContaining("is closed");
    }

    @Test
    void theScopeOfAThreadThatHasEndedIsTheNextOwners() throws Exception {
        SessionSlot[] left = new SessionSlot[2];
        ReadScope[] scopes = new ReadScope[2];
        Thread thread = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 2; i++) {
                left[i] = slots.openForThread();
                scopes[i] = new ReadScope(left[i]);
                scopes[i].begin();
            }
        });
        thread.join();
        assertThat(slots.openScopes()).hasSize(2).allMatch(text -> text.contains("#" + thread.threadId()));
        left[0].attach();
        scopes[0].requireOpen();
        scopes[0].end();
        left[1].close();
        assertThat(oldest()).as("close has ended the other").isEqualTo(NONE);
        SessionSlot next = slots.openForThread();
        assertThat(next.word()).as("the same block").isEqualTo(left[1].word());
        new ReadScope(next).begin();
    }

    @Test
    void aSessionThatIsDroppedInsideItsScopeIsInNoneAnyMore() throws InterruptedException {
        beginAndDrop();
        assertThat(slots.inUse()).isEqualTo(2);
        while (slots.inUse() != 1) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(slots.openScopes()).isEmpty();
        assertThat(oldest()).isEqualTo(NONE);
    }

    private void beginAndDrop() {
        new ReadScope(slots.openForThread()).begin();
    }

    @Test
    void closeListsScopesTheOldestFirst() throws Exception {
        long early = slots.advance() + 1;
        scope.begin();
        long late = slots.advance() + 1;
        long thread = elsewhere(() -> {
            new ReadScope(slots.openForThread()).begin();
            return Thread.currentThread().threadId();
        });
        assertThat(slots.openScopes()).containsExactly(
                "a read scope of walker slot 1, begun by thread #" + Thread.currentThread().threadId() + " in epoch "
                        + early + " of " + late,
                "a read scope of walker slot 2, begun by thread #" + thread + " in epoch " + late + " of " + late);
    }

    @Test
    void aScopeWaitsForACloseAndBeginsOrIsTold() throws Exception {
        slot.detach();
        state.set(MemoryState.CLOSING);
        Future<Long> waits = other.submit(() -> {
            slot.attach();
            scope.begin();
            return oldest();
        });
        assertThatThrownBy(() -> waits.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThat(slots.openScopes()).as("taken back").isEmpty();
        state.set(MemoryState.OPEN);
        assertThat(waits.get()).isLessThan(NONE);
        state.set(MemoryState.COUNTING);
        Future<?> renews = other.submit(scope::renew);
        assertThatThrownBy(() -> renews.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        state.set(MemoryState.CLOSED);
        assertThatThrownBy(renews::get).hasCauseInstanceOf(MemoryClosedException.class);
        assertThat(slots.openScopes()).isEmpty();
    }

    @Test
    void oneHeavyFenceServesAllThatWasRetiredBeforeIt() {
        long each = HeavyFence.isAsymmetric() ? 1 : 0;
        long first = slots.advance();
        long second = slots.advance();
        assertThat(slots.oldestScope(second)).isEqualTo(NONE);
        assertThat(slots.oldestScope(first)).isEqualTo(NONE);
        assertThat(slots.passed(second)).as("tables too").isTrue();
        assertThat(slots.heavyFences()).isEqualTo(each);
        assertThat(oldest()).isEqualTo(NONE);
        assertThat(slots.heavyFences()).isEqualTo(2 * each);
    }
}
