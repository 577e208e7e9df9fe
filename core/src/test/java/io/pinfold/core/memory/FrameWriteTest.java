package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.StaleHandleException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.words.Words;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Writes that readers without a hold notice: one at a time, each ended once, and one that is never ended. */
class FrameWriteTest {
    private static final long NO = -77;

    private final PhysicalMemory memory = Memories.open(8);
    private final FrameHandles handles = memory.handles();

    private long refs(long handle) {
        return Memories.refs(memory, FrameHandle.pfn(handle));
    }

    @Test
    void onlyOneThreadWritesAFrame() {
        long one = handles.allocate();
        long other = handles.allocate();
        long write = handles.beginWrite(one);
        assertThat(write).isNotZero();
        assertThat(handles.beginWrite(one)).isZero();
        long second = handles.beginWrite(other);
        assertThat(second).as("another frame").isNotZero();
        handles.endWrite(one, write);
        write = handles.beginWrite(one);
        assertThat(write).isNotZero().isNotEqualTo(second);
        handles.endWrite(one, write);
        handles.endWrite(other, second);
        handles.put(one);
        handles.put(other);
        Memories.closeIdle(memory);
    }

    @Test
    void aWriteIsEndedOnceAndByItsStamp() {
        long handle = handles.allocate();
        long generation = FrameHandle.generation(handle);
        for (long stamp : new long[]{0, 1, -1, handle, handles.tryRead(handle)}) {
            assertThatThrownBy(() -> handles.endWrite(handle, stamp)).isInstanceOf(MisuseException.class)
                    .hasMessageContaining("0x" + Long.toHexString(stamp) + " is no stamp of a write")
                    .hasMessageContaining("of generation " + generation);
        }
        long first = handles.beginWrite(handle);
        handles.endWrite(handle, first);
        assertThatThrownBy(() -> handles.endWrite(handle, first)).isInstanceOf(MisuseException.class)
                .hasMessageContaining("its version is 4 and that of the write was 3");
        long second = handles.beginWrite(handle);
        assertThatThrownBy(() -> handles.endWrite(handle, first)).as("another's write goes on")
                .isInstanceOf(MisuseException.class).hasMessageContaining("its version is 5");
        assertThat(handles.tryRead(handle)).as("it was not ended").isZero();
        handles.endWrite(handle, second);
        assertThat(handles.readLong(handle, 0, NO)).isZero();
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @Test
    void aWriteDoesNotReachIntoAnotherLife() {
        long first = handles.allocate();
        long write = handles.beginWrite(first);
        handles.put(first);
        assertThatThrownBy(() -> handles.endWrite(first, write)).isInstanceOf(StaleHandleException.class);
        long next = handles.allocate();
        assertThat(FrameHandle.pfn(next)).isEqualTo(FrameHandle.pfn(first));
        long same = handles.beginWrite(next);
        assertThat(same).isEqualTo(write);
        assertThatThrownBy(() -> handles.endWrite(first, write)).isInstanceOf(StaleHandleException.class);
        assertThatThrownBy(() -> handles.beginWrite(first)).isInstanceOf(StaleHandleException.class);
        assertThat(handles.tryRead(next)).isZero();
        handles.endWrite(next, same);
        handles.put(next);
        Memories.closeIdle(memory);
    }

    @Test
    void aFrozenFrameIsItsOwnersAlone() {
        long handle = handles.allocate();
        long write = handles.beginWrite(handle);
        handles.endWrite(handle, write);
        assertThat(handles.tryFreeze(handle)).isTrue();
        assertThatThrownBy(() -> handles.beginWrite(handle)).isInstanceOf(DoubleReleaseException.class)
                .hasMessageContaining("frozen");
        assertThatThrownBy(() -> handles.endWrite(handle, write + 2)).as("the version of the freeze")
                .isInstanceOf(DoubleReleaseException.class);
        handles.unfreeze(handle);
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @Test
    void aFreezeDoesNotEndAWrite() {
        long handle = handles.allocate();
        long write = handles.beginWrite(handle);
        assertThat(handles.tryFreeze(handle)).isFalse();
        assertThat(refs(handle)).isOne();
        long pin = handles.tryPin(handle);
        assertThat(pin).as("takers are not kept away").isNotEqualTo(FrameHandle.NONE);
        handles.unpin(pin);
        assertThatThrownBy(() -> handles.unfreeze(handle)).isInstanceOf(MisuseException.class);
        Words.setLong(Bridge.core(memory).frameAddress(FrameHandle.pfn(handle)), 8);
        handles.endWrite(handle, write);
        assertThat(handles.readLong(handle, 0, NO)).isEqualTo(8);
        assertThat(handles.tryFreeze(handle)).isTrue();
        handles.free(handle);
        Memories.closeIdle(memory);
    }

    /** Its writer has died: readers get an answer, and so does the owner. */
    @Test
    void aWriteThatNeverEndsIsNotWaitedForAndTheFrameComesBack() {
        long handle = handles.allocate();
        long pin = handles.tryPin(handle);
        assertThat(handles.beginWrite(pin)).isNotZero();
        handles.unpin(pin);
        assertThat(handles.readLong(handle, 0, NO)).isEqualTo(NO);
        assertThat(handles.copyOut(handle, 0, MemorySegment.ofArray(new byte[8]))).isFalse();
        assertThat(handles.tryRead(handle)).isZero();
        assertThat(handles.tryFreeze(handle)).isFalse();
        handles.put(handle);
        assertThat(handles.readLong(handle, 0, NO)).isEqualTo(NO);
        long next = handles.allocate();
        assertThat(FrameHandle.pfn(next)).isEqualTo(FrameHandle.pfn(handle));
        assertThat(handles.readLong(next, 0, NO)).as("the next life is not the write's").isZero();
        handles.put(next);
        Memories.closeIdle(memory);
    }

    /** The interrupt of a reader that waits stays with its thread. */
    @Test
    void aReaderThatWaitsKeepsItsInterrupt() {
        long handle = handles.allocate();
        long write = handles.beginWrite(handle);
        Thread.currentThread().interrupt();
        assertThat(handles.readLong(handle, 0, NO)).isEqualTo(NO);
        assertThat(Thread.interrupted()).isTrue();
        handles.endWrite(handle, write);
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @Test
    void aReaderWaitsForTheEndOfAWrite() throws Exception {
        long handle = handles.allocate();
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            for (int round = 1; round <= 100; round++) {
                long write = handles.beginWrite(handle);
                Future<Long> read = executor.submit(() -> {
                    long found = NO;
                    while (found == NO) { // the other thread may be away for longer than a read waits
                        found = handles.readLong(handle, 0, NO);
                    }
                    return found;
                });
                Words.setLong(Bridge.core(memory).frameAddress(FrameHandle.pfn(handle)), round);
                handles.endWrite(handle, write);
                assertThat(read.get()).isEqualTo(round);
            }
        }
        handles.put(handle);
        Memories.closeIdle(memory);
    }
}
