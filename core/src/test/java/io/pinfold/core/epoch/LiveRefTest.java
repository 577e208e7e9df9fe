package io.pinfold.core.epoch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LiveRefTest {
    private final Arena arena = Arena.ofAuto();
    private final WalkerSlots slots = new WalkerSlots(arena,
            new MemoryState(arena.allocate(128, 128).address(), "the memory"));
    private final SharedSlot slot = slots.open(0);
    private final long address = arena.allocate(LiveRef.BYTES, 128).address();
    private int released;
    private LiveRef ref = new LiveRef(address, slots, () -> released++);

    @Test
    void liveThenKilledThenReleasedThenGone() {
        assertThat(LiveRef.isLive(address)).isTrue();
        assertThat(ref.step()).as("nothing to do").isFalse();
        ref.kill();
        assertThat(LiveRef.isLive(address)).isFalse();
        assertThat(released).isZero();
        assertThat(ref.step()).isTrue();
        assertThat(ref.step()).as("still so").isTrue();
        assertThat(released).as("once").isEqualTo(1);
        ref.exit();
        assertThat(ref.toString()).contains("exited");
        ref = new LiveRef(address, slots, () -> released++);
        assertThat(inSlot(LiveRef::tryGetLive, 3)).as("a new life").isTrue();
        assertThat(ref.references()).isEqualTo(2);
    }

    @Test
    void aNewLifeKeepsNothingOfAnyStripe() {
        for (int life = 1; life <= 3; life++) {
            for (int i = 0; i < life * LiveRef.STRIPES; i++) {
                assertThat(inSlot(LiveRef::tryGetLive, i)).isTrue();
            }
            ref.kill();
            assertThat(ref.step()).as("held").isFalse();
            for (int i = 0; i < life * LiveRef.STRIPES; i++) {
                put(i); // on the count: the stripes keep what was got
            }
            assertThat(ref.step()).isTrue();
            assertThat(released).isEqualTo(life);
            ref.exit();
            ref = new LiveRef(address, life, slots, () -> released++);
            assertThat(ref.references()).isOne();
        }
        ref.kill();
        assertThat(ref.step()).isTrue();
    }

    @Test
    void whatIsPutNeedNotBePutWhereItWasTaken() {
        for (int i = 0; i < 3 * LiveRef.STRIPES; i++) {
            assertThat(inSlot(LiveRef::tryGetLive, i)).isTrue();
        }
        for (int i = 0; i < 3 * LiveRef.STRIPES; i++) {
            put(0); // that stripe becomes negative
        }
        assertThat(ref.references()).isEqualTo(1);
        ref.kill();
        assertThat(ref.step()).isTrue();
    }

    @Test
    void referencesTakenWhileLiveHoldItAfterTheSwitch() {
        assertThat(inSlot(LiveRef::tryGetLive, 5)).isTrue();
        assertThat(inSlot(LiveRef::tryGetLive, -1)).isTrue();
        ref.kill();
        put(7); // dying: on the count, although its get is on a stripe
        assertThat(ref.step()).isFalse();
        assertThat(ref.references()).isEqualTo(1);
        assertThat(released).isZero();
        put(1);
        assertThat(released).as("a put runs no callback").isZero();
        assertThat(ref.step()).isTrue();
        assertThat(released).isEqualTo(1);
    }

    @Test
    void aDyingCountRefusesTryGetLiveAndGivesTryGetUntilItIsZero() {
        ref.kill();
        assertThat(inSlot(LiveRef::tryGetLive, 0)).isFalse();
        assertThat(inSlot(LiveRef::tryGet, 0)).isTrue();
        assertThat(ref.step()).as("switched, held").isFalse();
        assertThat(inSlot(LiveRef::tryGet, 0)).isTrue();
        put(0);
        put(0);
        assertThat(inSlot(LiveRef::tryGet, 0)).as("zero is never left").isFalse();
        assertThat(ref.step()).isTrue();
    }

    /**
     * A walk that began before the kill may still be between LIVE1 and LIVE2, so nothing is summed up before it has
     * ended.
     */
    @Test
    void theSwitchWaitsForTheWalksThatMayHaveSeenItLive() {
        slot.enter();
        assertThat(LiveRef.tryGetLive(address, slot.stripe())).isTrue();
        ref.kill();
        assertThat(ref.step()).isFalse();
        assertThat(ref.toString()).contains("dying");
        slot.exit();
        assertThat(ref.step()).isFalse();
        assertThat(ref.toString()).contains("atomic, 1 references");
        SharedSlot later = slots.open(0);
        later.enter();
        assertThat(LiveRef.tryGetLive(address, later.stripe())).as("after the grace period, for certain").isFalse();
        LiveRef.put(address, later.stripe());
        later.exit();
        assertThat(ref.step()).isTrue();
    }

    @Test
    void misuseIsSaid() {
        assertThatThrownBy(ref::exit).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("still referenced");
        assertThatThrownBy(ref::awaitReleased).hasMessageContaining("was not killed");
        ref.kill();
        assertThatThrownBy(ref::kill).isInstanceOf(IllegalStateException.class).hasMessageContaining("killed twice");
        ref.awaitReleased();
        assertThatThrownBy(ref::kill).hasMessageContaining("killed twice");
        assertThatThrownBy(() -> put(0)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("put of 1 references on a live reference that has 0");
        assertThat(released).isEqualTo(1);
        ref.exit();
    }

    /** What a devmap walk that forgot its get once did to the kernel: the count was not above zero after the switch. */
    @Test
    void morePutsThanGetsAreFoundWhenItIsSummedUp() {
        put(2);
        ref.kill();
        assertThatThrownBy(ref::step).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("more puts than gets");
    }

    private interface Getter {
        boolean get(long address, int stripe);
    }

    private boolean inSlot(Getter getter, int stripe) {
        slot.enter();
        boolean got = getter.get(address, stripe);
        slot.exit();
        return got;
    }

    private void put(int stripe) {
        slot.enter();
        try {
            LiveRef.put(address, stripe);
        } finally {
            slot.exit();
        }
    }

    @Test
    void aRefusedPutChangesNothing() {
        ref.kill();
        assertThat(ref.step()).isTrue();
        assertThatThrownBy(() -> LiveRef.putAtomic(address, 1)).isInstanceOf(IllegalStateException.class);
        assertThat(ref.references()).isZero();
        assertThat(ref.isReleased()).isTrue();
        LiveRef.getAtomic(address, 2);
        assertThatThrownBy(() -> LiveRef.putAtomic(address, 3)).hasMessageContaining("that has 2");
        assertThat(ref.references()).isEqualTo(2);
        LiveRef.putAtomic(address, 2);
        ref.exit();
    }
}
