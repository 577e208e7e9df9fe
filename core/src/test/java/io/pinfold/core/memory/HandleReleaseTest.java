package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.handle.HandleGrab;
import io.pinfold.core.memory.handle.HandleHolds;
import io.pinfold.core.memory.handle.HandleRelease;
import io.pinfold.core.page.PageRefs;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What another thread does between HOLDER2 and HOLDER3 of a release: the pin that the release looked for is given back
 * there, when the release has looked at the count and counts itself.
 */
@Tag("unchecked") // where the ledger of holds refuses the second release before it comes to HOLDER3
class HandleReleaseTest {
    private final PhysicalMemory memory = Memories.open(8);
    private final MemoryCore core = Bridge.core(memory);
    private final FrameHandles handles = memory.handles();
    private final WalkerSlot slot = core.slots().open(0);
    private final HandleGrab grab = new HandleGrab(core, Bridge.holds(memory), slot);
    private final long bystander = handles.allocate(); // keeps the memory open for the release that is told
    private long handle;

    /** Counts for {@link #handles}, and runs the other thread's part before the first pin is counted. */
    private final class Between extends HandleHolds {
        private final Runnable other;
        private boolean isOver;

        Between(Arena arena, Runnable other) {
            super(arena);
            this.other = other;
        }

        @Override
        public void countReleased(int node, int n) {
            if (!isOver) {
                isOver = true;
                other.run();
            }
            Bridge.holds(memory).countReleased(node, n);
        }
    }

    /** A frame whose one reference is a pin by handle. */
    @BeforeEach
    void pinAlone() {
        handle = pinnedAlone();
    }

    private long pinnedAlone() {
        long made = handles.allocate();
        assertThat(grab.tryPin(made)).isTrue();
        handles.put(made);
        return made;
    }

    @AfterEach
    void asManyPinsWereGivenBackAsTaken() {
        handles.put(bystander);
        assertThat(memory.vmStat().nrFollPinReleased()).isEqualTo(memory.vmStat().nrFollPinAcquired());
        Memories.closeIdle(memory);
    }

    private void refused(Runnable other, String why) {
        try (Arena arena = Arena.ofConfined()) {
            HandleHolds holds = new Between(arena, other);
            assertThatThrownBy(() -> HandleRelease.drop(core, holds, handle, "unpin", true))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining(why);
        }
    }

    @Test
    void aReleaseThatComesTooLateIsNotCounted() {
        refused(() -> handles.unpin(handle), "it has 0 references and no pin");
    }

    @Test
    void theNextOwnersPinIsNotTaken() {
        long[] next = new long[1];
        refused(() -> {
            handles.unpin(handle);
            next[0] = pinnedAlone();
        }, "it has 0 references and no pin");
        long pfn = FrameHandle.pfn(next[0]);
        assertThat(pfn).as("free lists are stacks").isEqualTo(FrameHandle.pfn(handle));
        assertThat(next[0]).isNotEqualTo(handle);
        assertThat(Memories.refs(memory, pfn)).isEqualTo(PageRefs.PIN_BIAS);
        handles.unpin(next[0]);
    }
}
