package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.StaleHandleException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.MemoryCore;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a close finds out by handle, and what calls by handle find after it. */
@Timeout(60)
class CloseByHandleTest {
    private final PhysicalMemory memory = Memories.open(16);
    private final MemoryCore core = Bridge.core(memory);
    private final FrameHandles handles = memory.handles();

    private void refused(String out) {
        assertThatThrownBy(memory::close).isExactlyInstanceOf(MisuseException.class)
                .hasMessage(Bridge.core(memory) + " cannot be closed, still out: " + out);
        assertThat(memory.isClosed()).isFalse();
    }

    @Test
    void aFrameIsOutUntilItsLastHoldIsGivenBack() {
        long handle = handles.allocate();
        long pfn = FrameHandle.pfn(handle);
        long pin = handles.tryPin(handle);
        assertThat(handles.tryGet(handle)).isTrue();
        refused("1 frames held by handle: " + pfn + " (1026 references)");
        handles.put(handle);
        handles.put(handle);
        refused("1 frames held by handle: " + pfn + " (1024 references)");
        handles.unpin(pin);
        Memories.closeIdle(memory);
    }

    @Test
    void aFrozenFrameIsOutUntilItIsFreed() {
        long handle = handles.allocate();
        assertThat(handles.tryFreeze(handle)).isTrue();
        refused("1 frames held by handle: " + FrameHandle.pfn(handle) + " (0 references)");
        handles.free(handle);
        Memories.closeIdle(memory);
    }

    @Test
    void ofManyFramesTheFirstAreNamed() {
        long[] all = LongStream.range(0, 9).map(_ -> handles.allocate()).toArray();
        assertThatThrownBy(memory::close).hasMessageContaining("9 frames held by handle: ")
                .hasMessageEndingWith(" (1 references), ...");
        LongStream.of(all).forEach(handles::put);
        Memories.closeIdle(memory);
    }

    @Test
    void aPageOfOthersIsOutWhileItIsHeldByHandle() {
        long head = Memories.allocate(memory, 2);
        long tail = handles.handleOf(head + 1);
        long pin = handles.tryPin(tail);
        Memories.put(memory, head, 1);
        refused("1 frames held by handle: " + (head + 1) + " (0 references)");
        handles.unpin(pin);
        Memories.closeIdle(memory);
    }

    @Test
    void aFrameThatNobodyNamesIsOutToo() {
        long pfn = Memories.allocate(memory, 1);
        refused("2 frames that were allocated and not freed");
        Memories.put(memory, pfn, 1);
        Memories.closeIdle(memory);
    }

    /** Other holders are listed, and their frames are not counted again. */
    @Test
    void framesOfAnOpenUseAreTheUses() {
        try (MemoryLease _ = memory.use("a cache")) {
            long pfn = Memories.allocate(memory, 0);
            refused("a cache");
            Memories.put(memory, pfn, 1);
        }
        Memories.closeIdle(memory);
    }

    @Test
    void theIdleHugeZeroPageIsNotOut() {
        try (MemoryLease _ = memory.use("a space")) {
            assertThat(core.hugeZero().use()).isPositive();
            core.hugeZero().unuse();
        }
        assertThat(memory.vmStat().allocatedFrames()).isPositive();
        memory.close();
        assertThat(memory.isClosed()).isTrue();
    }

    /** The calls of owners, holders and takers that come too late, with every number that a caller may have kept. */
    @Test
    void aCallThatComesTooLateIsTold() {
        long handle = handles.allocate();
        long pin = handles.tryPin(handle);
        handles.unpin(pin);
        handles.put(handle);
        assertThatThrownBy(() -> handles.put(handle)).isExactlyInstanceOf(StaleHandleException.class);
        memory.close();
        long never = FrameHandle.of(memory.ramFrames() - 1, 0);
        for (long number : new long[]{handle, pin, FrameHandle.NONE, never, FrameHandle.toPin(never)}) {
            List<Runnable> calls = List.of(() -> handles.tryGet(number), () -> handles.tryPin(number),
                    () -> handles.put(number), () -> handles.unpin(number),
                    () -> handles.put(FrameHandle.ofPin(number)), () -> handles.unpin(FrameHandle.toPin(number)),
                    () -> handles.tryFreeze(number), () -> handles.unfreeze(number), () -> handles.free(number),
                    () -> handles.view(number, Arena.global()), () -> handles.handleOf(FrameHandle.pfn(number)),
                    handles::allocate);
            for (Runnable call : calls) {
                assertThatThrownBy(call::run).isExactlyInstanceOf(MemoryClosedException.class)
                        .hasMessage(Bridge.core(memory) + " is closed");
            }
        }
        assertThat(memory.vmStat().nrFollPinReleased()).isOne();
    }

    @Test
    void aReleaseTooManyIsToldBeforeTheClose() {
        long handle = handles.allocate();
        assertThat(handles.tryFreeze(handle)).isTrue();
        assertThatThrownBy(() -> handles.put(handle)).isExactlyInstanceOf(DoubleReleaseException.class);
        handles.unfreeze(handle);
        handles.put(handle);
        assertThatThrownBy(() -> handles.put(handle)).isExactlyInstanceOf(StaleHandleException.class);
        Memories.closeIdle(memory);
    }
}
