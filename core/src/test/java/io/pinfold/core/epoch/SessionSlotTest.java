package io.pinfold.core.epoch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.words.HeavyFence;
import java.lang.foreign.Arena;
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

/** Whose a session's slot is, and what it does against a scan and a close; in the form that this JVM has. */
@Timeout(60)
class SessionSlotTest {
    private final Arena arena = Arena.ofAuto();
    private final MemoryState state = new MemoryState(arena.allocate(128, 128).address(), "the memory");
    private final WalkerSlots slots = new WalkerSlots(arena, state);
    private final ExecutorService other = Executors.newSingleThreadExecutor();
    private final SessionSlot slot = slots.openForThread();

    @AfterEach
    void stop() {
        other.shutdownNow();
    }

    /** Runs a call on another thread, which lives on. */
    private <T> T elsewhere(Callable<T> call) throws Exception {
        try {
            return other.submit(call).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private boolean walk() {
        slot.enter();
        boolean isSeen = slot.isActive() && !slots.passed(slots.advance());
        slot.exit();
        return isSeen;
    }

    @Test
    void aWalkIsSeenUntilItEnds() {
        assertThat(walk()).isTrue();
        assertThat(slot.isActive()).isFalse();
        assertThat(slots.passed(slots.advance())).isTrue();
        assertThat(walk()).as("again").isTrue();
    }

    @Test
    void anotherThreadIsRefusedWhateverItCalls() throws Exception {
        assertThatThrownBy(() -> elsewhere(this::walk)).isInstanceOf(MisuseException.class)
                .hasMessageContaining("belongs to " + Thread.currentThread()).hasMessageContaining("attach()");
        assertThatThrownBy(() -> elsewhere(() -> {
            slot.requireMine();
            return null;
        })).isInstanceOf(MisuseException.class);
        assertThatThrownBy(() -> elsewhere(() -> {
            slot.detach();
            return null;
        })).isInstanceOf(MisuseException.class);
        assertThatThrownBy(() -> elsewhere(() -> {
            slot.attach();
            return null;
        })).isInstanceOf(MisuseException.class);
        assertThatThrownBy(() -> elsewhere(() -> {
            slot.close();
            return null;
        })).isInstanceOf(MisuseException.class);
        assertThat(walk()).as("and the owner goes on").isTrue();
    }

    @Test
    void itIsHandedOverByDetachAndAttach() throws Exception {
        slot.attach();
        slot.detach();
        assertThatThrownBy(this::walk).isInstanceOf(MisuseException.class)
                .hasMessageContaining("attached to no thread");
        assertThatThrownBy(slot::detach).isInstanceOf(MisuseException.class);
        assertThat(elsewhere(() -> {
            slot.attach();
            return walk();
        })).isTrue();
        assertThatThrownBy(this::walk).hasMessageContaining("belongs to");
        elsewhere(() -> {
            slot.detach();
            return null;
        });
        slot.attach();
        assertThat(walk()).isTrue();
    }

    @Test
    void aThreadThatHasEndedOwnsNothing() throws Exception {
        SessionSlot[] left = new SessionSlot[2];
        Thread thread = Thread.ofPlatform().start(() -> {
            left[0] = slots.openForThread();
            left[1] = slots.openForThread();
            left[1].enter(); // and never leaves
        });
        thread.join();
        left[0].attach();
        left[0].enter();
        left[0].exit();
        left[0].close();
        assertThat(slots.passed(slots.advance())).isFalse();
        left[1].close();
        assertThat(slots.passed(slots.advance())).isTrue();
        assertThat(slots.inUse()).isOne();
    }

    @Test
    void aWalkThatGoesOnCannotBeEnteredHandedOverOrClosed() {
        slot.enter();
        assertThatThrownBy(slot::enter).isInstanceOf(MisuseException.class).hasMessageContaining("walking at epoch");
        assertThatThrownBy(slot::detach).isInstanceOf(MisuseException.class).hasMessageContaining("handed over");
        assertThatThrownBy(slot::close).isInstanceOf(MisuseException.class).hasMessageContaining("cannot be closed");
        slot.exit();
        assertThat(walk()).isTrue();
    }

    @Test
    void aClosedSlotIsNobodysAndCloseIsDoneOnce() throws Exception {
        slot.close();
        slot.close();
        assertThat(slots.inUse()).isZero();
        SessionSlot next = slots.openForThread();
        assertThat(next.word()).as("the same block").isEqualTo(slot.word());
        for (Runnable call : new Runnable[]{slot::enter, slot::requireMine, slot::detach, slot::attach}) {
            assertThatThrownBy(call::run).isInstanceOf(MisuseException.class).hasMessageContaining("is closed");
        }
        slot.lend();
        assertThatThrownBy(slot::enter).hasMessageContaining("is closed");
        slot.close();
        elsewhere(() -> {
            slot.close();
            return null;
        });
        assertThat(slots.inUse()).as("the next owner's").isOne();
        next.enter();
        next.exit();
        next.close();
    }

    @Test
    void aDetachedSlotIsClosedByAnyThread() throws Exception {
        slot.detach();
        elsewhere(() -> {
            slot.close();
            return null;
        });
        assertThat(slots.inUse()).isZero();
    }

    @Test
    void aWalkWaitsForACloseAndGoesOnOrIsTold() throws Exception {
        slot.detach();
        state.set(MemoryState.CLOSING);
        slots.awaitIdle();
        Future<Boolean> refused = other.submit(() -> {
            slot.attach();
            boolean isSeen = walk();
            slot.detach();
            return isSeen;
        });
        assertThatThrownBy(() -> refused.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        state.set(MemoryState.OPEN);
        assertThat(refused.get()).isTrue();
        state.set(MemoryState.CLOSING);
        Future<Boolean> told = other.submit(() -> {
            slot.attach();
            return walk();
        });
        state.set(MemoryState.CLOSED);
        assertThatThrownBy(told::get).hasCauseInstanceOf(MemoryClosedException.class);
        assertThat(slot.isActive()).isFalse();
        elsewhere(() -> {
            slot.close();
            return null;
        });
        assertThatThrownBy(slots::openForThread).isInstanceOf(MemoryClosedException.class);
    }

    @Test
    void closeWaitsForTheWalkGoingOn() throws Exception {
        slot.enter();
        state.set(MemoryState.CLOSING);
        Future<?> closing = other.submit(slots::awaitIdle);
        assertThatThrownBy(() -> closing.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        slot.exit();
        closing.get();
    }

    /** One fence serves all that was unlinked before it, and nothing that came after. */
    @Test
    void aHeavyFenceIsIssuedOnceForAnEpochAndAlwaysForAClose() {
        long each = HeavyFence.isAsymmetric() ? 1 : 0;
        assertThat(slots.heavyFences()).isZero();
        long first = slots.advance();
        long second = slots.advance();
        assertThat(slots.passed(second)).isTrue();
        assertThat(slots.heavyFences()).isEqualTo(each);
        assertThat(slots.passed(first)).isTrue();
        slots.awaitPassed(second);
        assertThat(slots.heavyFences()).as("the same fence").isEqualTo(each);
        slots.awaitPassed(slots.advance());
        assertThat(slots.heavyFences()).as("a later epoch").isEqualTo(2 * each);
        slots.awaitPassed(slots.advance(), 17);
        assertThat(slots.heavyFences()).as("CPUs alone").isEqualTo(2 * each);
        slots.awaitIdle();
        assertThat(slots.heavyFences()).as("close").isEqualTo(3 * each);
        slots.awaitIdle();
        assertThat(slots.heavyFences()).as("every close").isEqualTo(4 * each);
    }
}
