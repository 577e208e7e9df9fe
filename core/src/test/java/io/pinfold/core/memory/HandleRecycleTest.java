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
import io.pinfold.core.page.LifeEnd;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.words.Words;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A new life of a frame in place: what ends with the old one, what begins, and when nothing happens. */
class HandleRecycleTest {
    private static final long NO = -7;

    private final PhysicalMemory memory = Memories.open(8);
    private final MemoryCore core = Bridge.core(memory);
    private final FrameHandles handles = memory.handles();
    private final long handle = handles.allocate();
    private final long pfn = FrameHandle.pfn(handle);

    private void write(long hold, long value) {
        long stamp = handles.beginWrite(hold);
        assertThat(stamp).isNotZero();
        Words.setLong(core.frameAddress(pfn), value);
        handles.endWrite(hold, stamp);
    }

    private void endsWith(long last) {
        assertThat(MemoryAudit.check(memory)).isEmpty();
        handles.put(last);
        Memories.closeIdle(memory);
    }

    @Test
    void theOldHandleLeadsNowhereAndTheNewOneIsLikeAFreshOne() {
        write(handle, 5);
        PageFlags.markDirty(core.recordAddress(pfn));

        long next = handles.tryRecycle(handle);

        assertThat(FrameHandle.pfn(next)).isEqualTo(pfn);
        assertThat(next).isNotEqualTo(handle).isEqualTo(handles.handleOf(pfn));
        assertThat(handles.tryGet(handle)).isFalse();
        assertThat(handles.tryPin(handle)).isEqualTo(FrameHandle.NONE);
        assertThat(handles.readLong(handle, 0, NO)).isEqualTo(NO);
        assertThat(handles.tryRead(handle)).isZero();
        assertThatThrownBy(() -> handles.put(handle)).isInstanceOf(StaleHandleException.class);
        assertThatThrownBy(() -> handles.tryRecycle(handle)).isInstanceOf(StaleHandleException.class);
        assertThat(Memories.refs(memory, pfn)).isOne();
        assertThat(memory.page(pfn).flags() & PageFlags.DIRTY).isZero();
        assertThat(handles.readLong(next, 0, NO)).as("the data stays").isEqualTo(5);
        write(next, 6);
        assertThat(handles.readLong(next, 0, NO)).isEqualTo(6);
        long pin = handles.tryPin(next);
        assertThat(pin).isEqualTo(FrameHandle.toPin(next));
        handles.unpin(pin);
        assertThat(handles.tryFreeze(next)).isTrue();
        handles.unfreeze(next);
        endsWith(next);
    }

    @Test
    void aReadThatTheNewLifeOvertookIsNotValid() {
        long stamp = handles.tryRead(handle);
        assertThat(stamp).isNotZero();

        long next = handles.tryRecycle(handle);

        assertThat(handles.validate(handle, stamp)).isFalse();
        assertThat(handles.tryRead(next)).isNotZero();
        endsWith(next);
    }

    @Test
    void aFrameIsRecycledAgainAndAgain() {
        long last = handle;
        for (int i = 0; i < 100; i++) {
            long next = handles.tryRecycle(last);
            assertThat(FrameHandle.pfn(next)).isEqualTo(pfn);
            assertThat(FrameHandle.generation(next)).isEqualTo(FrameHandle.generation(last) + 1);
            last = next;
        }
        endsWith(last);
    }

    @Test
    void nothingHappensWhileOthersHoldOrWriteIt() {
        assertThat(handles.tryGet(handle)).isTrue();
        assertThat(handles.tryRecycle(handle)).as("a get").isEqualTo(FrameHandle.NONE);
        handles.put(handle);
        long pin = handles.tryPin(handle);
        assertThat(handles.tryRecycle(handle)).as("a pin").isEqualTo(FrameHandle.NONE);
        handles.unpin(pin);
        long stamp = handles.beginWrite(handle);
        assertThat(handles.tryRecycle(handle)).as("a write").isEqualTo(FrameHandle.NONE);
        handles.endWrite(handle, stamp);

        assertThat(handles.handleOf(pfn)).isEqualTo(handle);
        assertThat(Memories.refs(memory, pfn)).isOne();
        assertThat(handles.readLong(handle, 0, NO)).isZero();
        long next = handles.tryRecycle(handle);
        assertThat(next).as("once they are gone").isNotEqualTo(FrameHandle.NONE);
        endsWith(next);
    }

    @Test
    void aFrozenFrameIsRefusedAndStaysFrozen() {
        assertThat(handles.tryFreeze(handle)).isTrue();

        assertThatThrownBy(() -> handles.tryRecycle(handle)).isInstanceOf(DoubleReleaseException.class)
                .hasMessageContaining("frozen");

        assertThat(handles.tryGet(handle)).isFalse();
        handles.unfreeze(handle);
        endsWith(handle);
    }

    @Test
    @Tag("unchecked") // plants a generation
    void aFrameWithoutAnotherLifeKeepsItsLast() {
        Memories.setGeneration(memory, (int) pfn, LifeEnd.LAST_GENERATION - 1);
        long last = handles.handleOf(pfn);

        assertThat(handles.tryRecycle(last)).isEqualTo(FrameHandle.NONE);

        assertThat(handles.handleOf(pfn)).isEqualTo(last);
        assertThat(Memories.refs(memory, pfn)).isOne();
        handles.put(last);
        Memories.closeIdle(memory);
    }

    @Test
    void aBrokenFrameKeepsItsLife() {
        long _ = PageFlags.set(core.recordAddress(pfn), PageFlags.HWPOISON);

        assertThat(handles.tryRecycle(handle)).isEqualTo(FrameHandle.NONE);

        assertThat(handles.handleOf(pfn)).isEqualTo(handle);
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @Test
    void aFrameOfOtherOwnersIsRefused() {
        long other = Memories.allocate(memory, 0);
        long guest = handles.handleOf(other);

        assertThatThrownBy(() -> handles.tryRecycle(guest)).isInstanceOf(MisuseException.class)
                .hasMessageContaining("not allocated by handle");

        assertThat(Memories.refs(memory, other)).isOne();
        Memories.put(memory, other, 1);
        endsWith(handle);
    }

    @Test
    void closeFindsTheNewLife() {
        long next = handles.tryRecycle(handle);
        assertThatThrownBy(memory::close).isInstanceOf(IllegalStateException.class);

        handles.put(next);
        memory.close();

        assertThatThrownBy(() -> handles.tryRecycle(next)).isInstanceOf(MemoryClosedException.class);
    }
}
