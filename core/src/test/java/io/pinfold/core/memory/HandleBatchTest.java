package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.StaleHandleException;
import io.pinfold.core.gup.WrongKindException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import java.util.List;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pins by handle of several frames at once, and pins through which a frame was written. */
class HandleBatchTest {
    private final PhysicalMemory memory = Memories.open(8);
    private final FrameHandles handles = memory.handles();
    private final long one = handles.allocate();
    private final long two = handles.allocate();

    private boolean isDirty(long handle) {
        return (memory.page(FrameHandle.pfn(handle)).flags() & PageFlags.DIRTY) != 0;
    }

    private int refs(long handle) {
        return Memories.refs(memory, FrameHandle.pfn(handle));
    }

    private long outstanding() {
        return memory.vmStat().nrFollPinAcquired() - memory.vmStat().nrFollPinReleased();
    }

    private void end() {
        assertThat(outstanding()).isZero();
        handles.put(one);
        handles.put(two);
        Memories.closeIdle(memory);
    }

    @Test
    void eachFrameIsPinnedOrRefusedByItself() {
        long gone = handles.allocate();
        handles.put(gone);
        long[] pins = {1, 1, 1, 1, 1, 77};

        assertThat(handles.tryPinAll(new long[]{one, gone, two, FrameHandle.NONE, one}, pins)).isEqualTo(3);

        assertThat(pins).containsExactly(FrameHandle.toPin(one), FrameHandle.NONE, FrameHandle.toPin(two),
                FrameHandle.NONE, FrameHandle.toPin(one), 77);
        assertThat(refs(one)).isEqualTo(1 + 2 * PageRefs.PIN_BIAS);
        assertThat(refs(two)).isEqualTo(1 + PageRefs.PIN_BIAS);
        assertThat(outstanding()).isEqualTo(3);
        pins[5] = FrameHandle.NONE;
        assertThat(handles.unpinAll(pins)).isEqualTo(3);
        assertThat(pins).containsOnly(FrameHandle.NONE);
        assertThat(handles.unpinAll(pins)).isZero();
        assertThat(refs(one)).isOne();
        assertThat(refs(two)).isOne();
        end();
    }

    @Test
    void whatIsRefusedAsAWholePinsNothing() {
        long[] pins = {1, 1};
        assertThatThrownBy(() -> handles.tryPinAll(new long[]{one, FrameHandle.of(memory.frames(), 1)}, pins))
                .isInstanceOf(IndexOutOfBoundsException.class).hasMessageContaining("" + memory.frames());
        assertThatThrownBy(() -> handles.tryPinAll(new long[]{one, two, one}, pins))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("3 handles")
                .hasMessageContaining("2");
        assertThat(pins).containsExactly(1, 1);
        assertThat(refs(one)).isOne();
        assertThat(handles.tryPinAll(new long[0], pins)).isZero();
        end();
    }

    @Test
    void anUnpinThatIsRefusedLeavesTheRestInTheArray() {
        long[] pins = new long[2];
        assertThat(handles.tryPinAll(new long[]{one, two}, pins)).isEqualTo(2);
        long[] mixed = {pins[0], two, pins[1]};

        assertThatThrownBy(() -> handles.unpinAll(mixed)).isInstanceOf(WrongKindException.class);

        assertThat(mixed).containsExactly(FrameHandle.NONE, two, pins[1]);
        mixed[1] = FrameHandle.NONE;
        assertThat(handles.unpinAll(mixed)).isOne();
        end();
    }

    @Test
    void unpinDirtyMarksThisFrameAlone() {
        long[] pins = new long[2];
        assertThat(handles.tryPinAll(new long[]{one, two}, pins)).isEqualTo(2);

        handles.unpin(pins[1]);
        assertThat(isDirty(one)).isFalse();
        handles.unpinDirty(pins[0]);

        assertThat(isDirty(one)).isTrue();
        assertThat(isDirty(two)).isFalse();
        assertThat(refs(one)).isOne();
        assertThat(memory.page(FrameHandle.pfn(one)).flags() & PageFlags.LOCKED).isZero();
        end();
    }

    @Test
    void anUnpinDirtyThatIsRefusedMarksNothing() {
        assertThatThrownBy(() -> handles.unpinDirty(one)).isInstanceOf(WrongKindException.class);
        assertThatThrownBy(() -> handles.unpinDirty(FrameHandle.toPin(one))).isInstanceOf(WrongKindException.class);
        long gone = handles.allocate();
        handles.put(gone);
        assertThatThrownBy(() -> handles.unpinDirty(FrameHandle.toPin(gone))).isInstanceOf(StaleHandleException.class);

        assertThat(isDirty(one)).isFalse();
        assertThat(isDirty(gone)).isFalse();
        assertThat(refs(one)).isOne();
        end();
    }

    @Test
    void theLastUnpinOfADirtyFrameFreesIt() {
        long handle = handles.allocate();
        long pin = handles.tryPin(handle);
        handles.put(handle);

        handles.unpinDirty(pin);

        assertThat(handles.handleOf(FrameHandle.pfn(handle))).isEqualTo(FrameHandle.NONE);
        assertThat(isDirty(handle)).as("the next life begins clean").isFalse();
        end();
    }

    /** The pin is neither there for a second unpin nor a reference that a freeze could take for the owner's. */
    @Test
    @Timeout(60)
    void aPinWhoseFrameIsBeingMarkedBelongsToTheOneWhoMarks() throws InterruptedException {
        long handle = handles.allocate();
        long pin = handles.tryPin(handle);
        handles.put(handle);
        long record = Bridge.core(memory).recordAddress(FrameHandle.pfn(handle));
        PageFlags.lock(record);
        Thread marks = new Thread(() -> handles.unpinDirty(pin));
        marks.start();
        while (refs(handle) == PageRefs.PIN_BIAS && marks.isAlive()) {
            Thread.yield(); // until it waits for the lock of the folio
        }

        assertThatThrownBy(() -> handles.unpin(pin)).isInstanceOf(WrongKindException.class);
        assertThatThrownBy(() -> handles.unpinDirty(pin)).isInstanceOf(WrongKindException.class);
        assertThat(handles.tryFreeze(handle)).isFalse();
        assertThat(handles.tryPin(handle)).isEqualTo(pin);
        assertThat(marks.isAlive()).isTrue();
        PageFlags.unlock(record);
        marks.join();

        assertThat(isDirty(handle)).isTrue();
        assertThat(refs(handle)).isEqualTo(PageRefs.PIN_BIAS);
        handles.unpin(pin);
        end();
    }

    @Test
    void whatOnlyAnOwnerDoesRefusesAPin() {
        long pin = handles.tryPin(one);
        handles.put(one);
        for (LongConsumer call : List.<LongConsumer>of(handles::tryFreeze, handles::unfreeze, handles::free,
                handles::tryRecycle)) {
            assertThatThrownBy(() -> call.accept(pin)).isExactlyInstanceOf(WrongKindException.class)
                    .hasMessageContaining("it is a pin");
        }
        assertThat(refs(one)).isEqualTo(PageRefs.PIN_BIAS);
        assertThat(handles.tryGet(one)).isTrue();
        handles.unpin(pin);
        assertThat(handles.tryFreeze(one)).isTrue();
        assertThatThrownBy(() -> handles.unfreeze(pin)).isExactlyInstanceOf(WrongKindException.class);
        assertThatThrownBy(() -> handles.free(pin)).isExactlyInstanceOf(WrongKindException.class);
        handles.unfreeze(one);
        end();
    }

    @Test
    void aFrameOfOtherOwnersIsMarkedToo() {
        long pfn = Memories.allocate(memory, 0);
        long pin = handles.tryPin(handles.handleOf(pfn));
        assertThat(pin).isNotEqualTo(FrameHandle.NONE);

        handles.unpinDirty(pin);

        assertThat(memory.page(pfn).flags() & PageFlags.DIRTY).isNotZero();
        assertThat(Memories.refs(memory, pfn)).isOne();
        assertThatThrownBy(() -> handles.unpinDirty(pin)).isInstanceOf(DoubleReleaseException.class);
        Memories.put(memory, pfn, 1);
        end();
    }
}
