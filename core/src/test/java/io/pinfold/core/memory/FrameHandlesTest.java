package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.handle.HandleGrab;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames held by handle: taking, giving back, eviction, each misuse, the statistics, and what close says. */
class FrameHandlesTest {
    private final PhysicalMemory memory = Memories.open(8);
    private final MemoryCore core = Bridge.core(memory);
    private final FrameHandles handles = memory.handles();
    private final SessionSlot slot = core.slots().openForThread();
    private final HandleGrab grab = new HandleGrab(core, slot);

    private static int pfn(long handle) {
        return (int) FrameHandle.pfn(handle);
    }

    private int refs(long handle) {
        return Memories.refs(memory, FrameHandle.pfn(handle));
    }

    private void end() {
        Memories.closeIdle(memory);
    }

    private long outstanding() {
        return memory.vmStat().nrFollPinAcquired() - memory.vmStat().nrFollPinReleased();
    }

    private void recycle(long handle) {
        handles.put(handle);
        long next = handles.allocate();
        assertThat(pfn(next)).as("the same frame comes back").isEqualTo(pfn(handle));
        handles.put(next);
    }

    @Test
    void anAllocatedFrameIsZeroAndHeldOnce() {
        long used = handles.allocate();
        Words.setLong(core.frameAddress(pfn(used)) + 8, 77);
        handles.put(used);
        long handle = handles.allocate();
        assertThat(pfn(handle)).isEqualTo(pfn(used));
        assertThat(handle).isNotEqualTo(used);
        assertThat(handles.handleOf(pfn(handle))).isEqualTo(handle);
        assertThat(refs(handle)).isOne();
        assertThat(Words.getLong(core.frameAddress(pfn(handle)) + 8)).isZero();
        handles.put(handle);
        assertThat(handles.handleOf(pfn(handle))).as("free").isEqualTo(FrameHandle.NONE);
        end();
    }

    @Test
    void getsAndPinsCountAndComeBack() {
        long handle = handles.allocate();
        assertThat(grab.tryGet(handle)).isTrue();
        long pin = grab.tryPin(handle);
        assertThat(pin).isEqualTo(FrameHandle.toPin(handle));
        assertThat(refs(handle)).isEqualTo(2 + PageRefs.PIN_BIAS);
        assertThat(outstanding()).isOne();
        handles.put(handle);
        handles.put(handle);
        assertThat(refs(handle)).as("the owner is gone, the pin holds it").isEqualTo(PageRefs.PIN_BIAS);
        assertThat(MemoryAudit.check(memory)).isEmpty();
        handles.unpin(pin);
        assertThat(outstanding()).isZero();
        assertThat(memory.vmStat().nrFollPinAcquired()).isOne();
        end();
    }

    @ParameterizedTest
    @ValueSource(ints = {FOLL_GET, FOLL_PIN})
    void aFreeFrameAndARecycledOneAreRefused(int flags) {
        long handle = handles.allocate();
        handles.put(handle);
        assertThat(take(handle, flags)).as("free").isFalse();
        long next = handles.allocate();
        assertThat(pfn(next)).isEqualTo(pfn(handle));
        assertThat(take(handle, flags)).as("another life").isFalse();
        assertThat(refs(next)).as("undone exactly").isOne();
        assertThat(outstanding()).isZero();
        assertThat(memory.vmStat().rollBacks()).containsEntry(RollBack.RECYCLED, 1L);
        assertThat(take(next, flags)).isTrue();
        if (flags == FOLL_PIN) {
            handles.unpin(FrameHandle.toPin(next));
        } else {
            handles.put(next);
        }
        handles.put(next);
        end();
    }

    @Test
    @Tag("unchecked") // plants a generation
    void generationsBeyondTheSignBitAreHandlesToo() {
        long first = handles.allocate();
        handles.put(first);
        Memories.setGeneration(memory, pfn(first), 0x8000_0000);
        long handle = handles.allocate();
        assertThat(handle).isNegative();
        handles.unpin(grab.tryPin(handle));
        handles.put(handle);
        end();
    }

    @Test
    void onlyUserFramesHaveHandles() {
        long table = core.blocks().allocateTable(7, 0, 0);
        assertThat(handles.handleOf(table)).isEqualTo(FrameHandle.NONE);
        assertThat(handles.handleOf(memory.zeroPfn())).isEqualTo(FrameHandle.NONE);
        assertThat(grab.tryPin(FrameHandle.NONE)).isEqualTo(FrameHandle.NONE);
        assertThat(grab.tryPin(FrameHandle.of(memory.zeroPfn(), 0))).isEqualTo(FrameHandle.NONE);
        assertThat(grab.tryGet(FrameHandle.of(table, Memories.generation(memory, table)))).isFalse();
        assertThat(Memories.refs(memory, table)).isOne();
        assertThatThrownBy(() -> grab.tryGet(FrameHandle.of(memory.frames(), 0))).isInstanceOf(
                IndexOutOfBoundsException.class).hasMessageContaining("pfn " + memory.frames());
        assertThat(slot.isActive()).isFalse();
        core.blocks().freeTable(table);
        end();
    }

    @Test
    void aTailIsTakenOnItsHead() {
        long head = Memories.allocate(memory, 2);
        long tail = handles.handleOf(head + 3);
        long pin = grab.tryPin(tail);
        assertThat(grab.tryGet(tail)).isTrue();
        assertThat(Memories.refs(memory, head)).isEqualTo(3);
        assertThat(Memories.pins(memory, head)).isOne();
        handles.unpin(pin);
        assertThatThrownBy(() -> handles.unpin(pin)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("0 pins of it were taken by handle");
        Memories.put(memory, head, 1);
        handles.put(tail);
        assertThat(Memories.generation(memory, head)).isOne();
        end();
    }

    @Test
    void freezeRefusesTakersUntilUnfrozen() {
        long handle = handles.allocate();
        assertThat(grab.tryGet(handle)).isTrue();
        assertThat(handles.tryFreeze(handle)).as("another holder has it").isFalse();
        handles.put(handle);
        assertThat(handles.tryFreeze(handle)).isTrue();
        assertThat(grab.tryGet(handle)).isFalse();
        assertThat(grab.tryPin(handle)).isEqualTo(FrameHandle.NONE);
        handles.unfreeze(handle);
        handles.unpin(grab.tryPin(handle));
        assertThat(handles.tryFreeze(handle)).isTrue();
        handles.free(handle);
        assertThat(Memories.generation(memory, pfn(handle))).isEqualTo(FrameHandle.generation(handle) + 1);
        end();
    }

    @Test
    void misuseOfFreezeThrowsAndChangesNothing() {
        long handle = handles.allocate();
        String frame = "frame " + pfn(handle) + " of generation 0: ";
        assertThatThrownBy(() -> handles.unfreeze(handle)).isInstanceOf(IllegalStateException.class)
                .hasMessage("cannot unfreeze " + frame + "it has 1 references and is not frozen");
        assertThatThrownBy(() -> handles.free(handle)).isInstanceOf(IllegalStateException.class)
                .hasMessage("cannot free " + frame + "it has 1 references and is not frozen");
        assertThat(refs(handle)).isOne();
        assertThat(handles.tryFreeze(handle)).isTrue();
        assertThatThrownBy(() -> handles.tryFreeze(handle)).isInstanceOf(IllegalStateException.class)
                .hasMessage("cannot freeze " + frame + "it has no reference: frozen or freed before");
        assertThatThrownBy(() -> handles.put(handle)).isInstanceOf(IllegalStateException.class)
                .hasMessage("cannot put " + frame + "it has 0 references");
        handles.free(handle);
        end();
    }

    @Test
    void misuseOfAnEarlierLifeThrowsAndChangesNothing() {
        long other = handles.allocate();
        long handle = handles.allocate();
        recycle(handle);
        long next = handles.allocate();
        List<Runnable> calls = List.of(() -> handles.put(handle), () -> handles.unpin(FrameHandle.toPin(handle)),
                () -> handles.tryFreeze(handle), () -> handles.unfreeze(handle), () -> handles.free(handle),
                () -> handles.view(handle, Arena.global()));
        for (Runnable call : calls) {
            assertThatThrownBy(call::run).isInstanceOf(IllegalStateException.class).hasMessageContaining(
                    "frame " + pfn(handle) + " of generation 0: the frame is in generation 2");
        }
        assertThat(refs(next)).isOne();
        assertThat(outstanding()).isZero();
        handles.put(next);
        assertThatThrownBy(() -> handles.put(next)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is in generation 3");
        handles.put(other);
        end();
    }

    @Test
    void oneReleaseTooManyThrows() {
        long handle = handles.allocate();
        assertThatThrownBy(() -> handles.unpin(FrameHandle.toPin(handle))).isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith("it has 1 references and no pin");
        assertThat(outstanding()).as("nothing counted").isZero();
        assertThat(refs(handle)).isOne();
        handles.put(handle);
        assertThatThrownBy(() -> handles.put(handle)).isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith("the frame is in generation 1");
        end();
        assertThatThrownBy(() -> handles.put(handle)).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        assertThatThrownBy(() -> grab.tryPin(handle)).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        assertThatThrownBy(handles::allocate).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        assertThatThrownBy(() -> handles.handleOf(2)).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
    }

    @Test
    void closeListsWhatIsHeldAndSucceedsAfterwards() {
        long handle = handles.allocate();
        long pin = grab.tryPin(handle);
        assertThatThrownBy(memory::close).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("still out: 1 frames held by handle: " + pfn(handle) + " (1025 references)");
        handles.put(handle);
        assertThatThrownBy(memory::close).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("still out: 1 frames held by handle: " + pfn(handle) + " (1024 references)");
        assertThat(grab.tryGet(handle)).as("open again").isTrue();
        handles.put(handle);
        handles.unpin(pin);
        long frozen = handles.allocate();
        assertThat(handles.tryFreeze(frozen)).isTrue();
        assertThatThrownBy(memory::close).hasMessageContaining("1 frames held by handle");
        handles.free(frozen);
        end();
    }

    @Test
    void aFullMemoryHasNoHandle() {
        List<Long> all = new ArrayList<>();
        for (long handle; (handle = handles.allocate(Blocks.MOVABLE_FIRST, 0)) != FrameHandle.NONE;) {
            all.add(handle);
        }
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(all.size());
        assertThatThrownBy(() -> handles.allocate(9, 0)).isInstanceOf(IllegalArgumentException.class);
        all.forEach(handles::put);
        end();
    }

    @Test
    void aViewEndsWithItsArena() {
        long handle = handles.allocate();
        MemorySegment view;
        try (Arena arena = Arena.ofConfined()) {
            view = handles.view(handle, arena);
            assertThat(view.byteSize()).isEqualTo(4096);
            view.set(ValueLayout.JAVA_LONG, 0, 42);
            assertThat(Words.getLong(core.frameAddress(pfn(handle)))).isEqualTo(42);
        }
        assertThatThrownBy(() -> view.get(ValueLayout.JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
        handles.put(handle);
        end();
    }

    private boolean take(long handle, int flags) {
        return (flags & FOLL_PIN) != 0 ? grab.tryPin(handle) != FrameHandle.NONE : grab.tryGet(handle);
    }
}
