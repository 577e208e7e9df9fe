package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.FrameVersion;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads without a hold: what they answer, what they refuse, and that they change nothing. */
class ValidatedReadTest {
    private static final long NO = -77;
    private static final int LAST = 4096 - Long.BYTES;
    private static final int CALLS = 100_000;
    private static final int ROUNDS = 10;

    private final PhysicalMemory memory = Memories.open(8);
    private final MemoryCore core = Bridge.core(memory);
    private final FrameHandles handles = memory.handles();

    private long address(long handle) {
        return core.frameAddress(FrameHandle.pfn(handle));
    }

    private void write(long handle, long offset, long value) {
        long stamp = handles.beginWrite(handle);
        assertThat(stamp).isNotZero();
        Words.setLong(address(handle) + offset, value);
        handles.endWrite(handle, stamp);
    }

    private long version(long handle) {
        return FrameVersion.of(core.recordAddress(FrameHandle.pfn(handle)));
    }

    private void isRefused(long handle) {
        assertThat(handles.readLong(handle, 0, NO)).isEqualTo(NO);
        assertThat(handles.readLong(handle, LAST, NO - 1)).isEqualTo(NO - 1);
        assertThat(handles.copyOut(handle, 0, MemorySegment.ofArray(new byte[4096]))).isFalse();
        assertThat(handles.copyOut(handle, 4096, MemorySegment.ofArray(new byte[0]))).isFalse();
        assertThat(handles.tryRead(handle)).isZero();
    }

    private void isRead(long handle, long offset, long value) {
        assertThat(handles.readLong(handle, offset, NO)).isEqualTo(value);
        long[] copy = {NO};
        assertThat(handles.copyOut(handle, offset, MemorySegment.ofArray(copy))).isTrue();
        assertThat(copy).containsExactly(value);
        long stamp = handles.tryRead(handle);
        assertThat(stamp).isNotZero();
        assertThat(handles.peekLong(handle, offset)).isEqualTo(value);
        assertThat(handles.validate(handle, stamp)).isTrue();
    }

    /** The next life of a frame that was given up, with the same data and as many writes. */
    private long recycle(long handle) {
        long next = handles.allocate();
        assertThat(FrameHandle.pfn(next)).as("the same frame").isEqualTo(FrameHandle.pfn(handle));
        return next;
    }

    @Test
    void neighboursAreNotMixedUp() {
        List<Long> frames = List.of(handles.allocate(), handles.allocate(), handles.allocate());
        for (long offset : new long[]{0, 8, 2048, LAST}) {
            for (long frame : frames) {
                isRead(frame, offset, 0);
                write(frame, offset, frame + offset);
            }
        }
        for (long frame : frames) {
            for (long offset : new long[]{0, 8, 2048, LAST}) {
                isRead(frame, offset, frame + offset);
                isRead(FrameHandle.toPin(frame), offset, frame + offset);
            }
            assertThat(Memories.refs(memory, FrameHandle.pfn(frame))).isOne();
        }
        handles.put(frames.get(1));
        isRefused(frames.get(1));
        isRead(frames.get(0), LAST, frames.get(0) + LAST);
        isRead(frames.get(2), 0, frames.get(2));
        handles.put(frames.get(0));
        handles.put(frames.get(2));
        Memories.closeIdle(memory);
    }

    @Test
    void aCopyHasTheBytesAskedForAndNoOthers() {
        long handle = handles.allocate();
        for (int at = 0; at < 4096; at += Long.BYTES) {
            write(handle, at, at * 0x0101_0101_0101_0101L + 1);
        }
        byte[] all = new byte[4096];
        assertThat(handles.copyOut(handle, 0, MemorySegment.ofArray(all))).isTrue();
        for (int length : new int[]{0, 1, 7, 9, 4095}) {
            for (int offset : new int[]{0, 1, 4096 - length}) {
                byte[] part = new byte[length + 2];
                MemorySegment target = MemorySegment.ofArray(part).asSlice(1, length);
                assertThat(handles.copyOut(handle, offset, target)).isTrue();
                assertThat(part).startsWith(0).endsWith(0);
                assertThat(target.mismatch(MemorySegment.ofArray(all).asSlice(offset, length))).isEqualTo(-1);
            }
        }
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @ParameterizedTest
    @ValueSource(longs = {-8, -1, 4089, 4096, 1L << 31, 1L << 32, (1L << 32) + 8, Long.MAX_VALUE - 7, Long.MIN_VALUE})
    void noByteOutsideTheFrameIsRead(long offset) {
        long handle = handles.allocate();
        String text = "8 bytes at offset " + offset;
        assertThatThrownBy(() -> handles.readLong(handle, offset, NO)).isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining(text);
        assertThatThrownBy(() -> handles.peekLong(handle, offset)).isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining(text);
        assertThatThrownBy(() -> handles.copyOut(handle, offset, MemorySegment.ofArray(new long[1])))
                .isInstanceOf(IndexOutOfBoundsException.class).hasMessageContaining(text);
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @Test
    @SuppressWarnings("restricted")
    void argumentsAreChecked() {
        long handle = handles.allocate();
        assertThatThrownBy(() -> handles.readLong(handle, 4, NO)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("offset = 4");
        assertThatThrownBy(() -> handles.peekLong(handle, 1)).isInstanceOf(IllegalArgumentException.class);
        MemorySegment large = MemorySegment.NULL.reinterpret(1L << 32); // never touched
        assertThatThrownBy(() -> handles.copyOut(handle, 0, large)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> handles.copyOut(handle, 1, MemorySegment.ofArray(new byte[4096])))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> handles.copyOut(handle, 0, MemorySegment.ofArray(new byte[8]).asReadOnly()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("read-only");
        Arena arena = Arena.ofConfined();
        MemorySegment closed = arena.allocate(8);
        arena.close();
        assertThatThrownBy(() -> handles.copyOut(handle, 0, closed)).isInstanceOf(IllegalStateException.class);
        long beyond = FrameHandle.of(memory.frames(), 0);
        for (Callable<?> call : List.<Callable<?>>of(() -> handles.readLong(beyond, 0, NO),
                () -> handles.tryRead(beyond), () -> handles.validate(beyond, 2), () -> handles.peekLong(beyond, 0),
                () -> handles.copyOut(beyond, 0, MemorySegment.NULL), () -> handles.beginWrite(beyond))) {
            assertThatThrownBy(call::call).isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("pfn " + memory.frames());
        }
        isRead(handle, 0, 0);
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    /** The frame, the data and the number of writes are the same: the generation alone tells the lives apart. */
    @Test
    void theNextLifeIsNotReadByAHandleOfTheLast() {
        long first = handles.allocate();
        write(first, 0, 5);
        long stamp = handles.tryRead(first);
        handles.put(first);
        isRefused(first);
        assertThat(handles.validate(first, stamp)).as("free").isFalse();
        long next = recycle(first);
        write(next, 0, 5);
        assertThat(handles.tryRead(next)).as("as many writes as in the last life").isEqualTo(stamp);
        isRefused(first);
        assertThat(handles.validate(first, stamp)).isFalse();
        isRead(next, 0, 5);
        handles.put(next);
        Memories.closeIdle(memory);
    }

    /**
     * A cache that took the generation from the object it had found, after that object had been recycled, and compared
     * it with itself (opensearch-storage-encryption#176).
     */
    @Test
    void noStampIsHandedOutForALifeThatIsOver() {
        long first = handles.allocate();
        handles.put(first);
        long next = recycle(first);
        assertThat(handles.tryRead(first)).isZero();
        assertThat(handles.validate(first, handles.tryRead(first))).isFalse();
        assertThat(handles.validate(first, handles.tryRead(next))).isFalse();
        handles.put(next);
        Memories.closeIdle(memory);
    }

    /** A reader in the middle of a page that is evicted and freed (kuzu#5547). */
    @Test
    void aReadThatIsOvertakenByAFreeIsHarmlessAndInvalid() {
        long handle = handles.allocate();
        write(handle, 8, 3);
        long stamp = handles.tryRead(handle);
        assertThat(handles.peekLong(handle, 8)).isEqualTo(3);
        assertThat(handles.tryFreeze(handle)).isTrue();
        handles.free(handle);
        long _ = handles.peekLong(handle, 8);
        assertThat(handles.validate(handle, stamp)).isFalse();
        long table = core.blocks().allocateTable(1, 0, 0); // and a life that no handle is of
        long _ = handles.peekLong(handle, 8);
        assertThat(handles.validate(handle, stamp)).isFalse();
        core.blocks().freeTable(table);
        memory.close();
        assertThatThrownBy(() -> handles.peekLong(handle, 8)).isInstanceOf(MemoryClosedException.class);
        assertThatThrownBy(() -> handles.validate(handle, stamp)).isInstanceOf(MemoryClosedException.class);
    }

    /** A block was pinned, found to be another page, and unpinned when that had set its count (percona-server#1415). */
    @Test
    void aReaderOfAnotherLifeChangesNothingInThisOne() {
        long first = handles.allocate();
        long stamp = handles.tryRead(first);
        handles.put(first);
        long next = recycle(first);
        long version = version(next);
        isRefused(first);
        assertThat(handles.validate(first, stamp)).isFalse();
        assertThatThrownBy(() -> handles.beginWrite(first)).isInstanceOf(MisuseException.class);
        assertThat(Memories.refs(memory, FrameHandle.pfn(next))).isOne();
        assertThat(version(next)).isEqualTo(version);
        assertThat(memory.vmStat().rollBacks()).isEmpty();
        handles.put(next);
        Memories.closeIdle(memory);
    }

    @Test
    void aWriteInBetweenIsNoticed() {
        long handle = handles.allocate();
        long stamp = handles.tryRead(handle);
        assertThat(handles.validate(handle, stamp)).isTrue();
        long write = handles.beginWrite(handle);
        assertThat(handles.validate(handle, stamp)).as("begun").isFalse();
        assertThat(handles.tryRead(handle)).isZero();
        assertThat(handles.validate(handle, write)).as("the writer's own stamp is none of a reader").isFalse();
        assertThat(handles.validate(handle, 0)).isFalse();
        handles.endWrite(handle, write);
        assertThat(handles.validate(handle, stamp)).as("ended").isFalse();
        assertThat(handles.tryRead(handle)).isGreaterThan(stamp);
        isRead(handle, 0, 0);
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @Test
    void aFreezeRefusesReadersAndItsEndIsNoOldVersion() {
        long handle = handles.allocate();
        long stamp = handles.tryRead(handle);
        for (int round = 1; round < 4; round++) {
            assertThat(handles.tryFreeze(handle)).isTrue();
            isRefused(handle);
            assertThat(handles.validate(handle, stamp)).isFalse();
            Words.setLong(address(handle), round);
            handles.unfreeze(handle);
            assertThat(handles.validate(handle, stamp)).as("what was read then is not what is there now").isFalse();
            isRead(handle, 0, round);
            assertThat(handles.tryRead(handle)).isEqualTo(stamp + 2);
            stamp += 2;
        }
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @Test
    void aFrameIsNotReadBeforeItIsFilled() {
        long pfn = core.blocks().allocateByHandle(Blocks.NORMAL, 0, false);
        long handle = FrameHandle.of(pfn, Memories.generation(memory, pfn));
        isRefused(handle);
        FrameVersion.end(core.recordAddress(pfn));
        isRead(handle, 0, Words.getLong(address(handle)));
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @Test
    void whatIsNoFrameByHandleIsRefused() {
        isRefused(FrameHandle.NONE);
        isRefused(FrameHandle.of(memory.zeroPfn(), 0));
        List<Long> block = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            block.add(handles.allocate());
        }
        for (long handle : block) {
            handles.put(handle);
        }
        for (long handle : block) { // the head of the free block has its order where versions are
            isRefused(FrameHandle.of(FrameHandle.pfn(handle), FrameHandle.generation(handle) + 1));
        }
        long table = core.blocks().allocateTable(1, 0, 0);
        isRefused(FrameHandle.of(table, Memories.generation(memory, table)));
        core.blocks().freeTable(table);
        Memories.closeIdle(memory);
    }

    @Test
    void aFrameOfOtherOwnersHasNoVersion() {
        long pfn = Memories.allocate(memory, 0);
        long handle = handles.handleOf(pfn);
        for (int holds = 0; holds < 3; holds++) { // which are counted where versions are
            for (Callable<?> call : List.<Callable<?>>of(() -> handles.readLong(handle, 0, NO),
                    () -> handles.tryRead(handle), () -> handles.copyOut(handle, 0, MemorySegment.ofArray(new byte[1])),
                    () -> handles.beginWrite(handle))) {
                assertThatThrownBy(call::call).isInstanceOf(MisuseException.class)
                        .hasMessageContaining("frame " + pfn + " of generation 0")
                        .hasMessageContaining("not allocated by handle");
            }
            assertThat(handles.tryGet(handle)).isTrue();
        }
        for (int holds = 0; holds < 3; holds++) {
            handles.put(handle);
        }
        Memories.put(memory, pfn, 1);
        isRefused(handle);
        Memories.closeIdle(memory);
    }

    @Test
    void aClosedMemoryIsToldOf() {
        long handle = handles.allocate(); // of generation 0, as are the zeros of a closed memory
        long stamp = handles.tryRead(handle);
        handles.put(handle);
        memory.close();
        for (Callable<?> call : List.<Callable<?>>of(() -> handles.readLong(handle, 0, NO),
                () -> handles.tryRead(handle), () -> handles.validate(handle, stamp), () -> handles.validate(handle, 0),
                () -> handles.peekLong(handle, 0),
                () -> handles.copyOut(handle, 0, MemorySegment.ofArray(new byte[1])),
                () -> handles.beginWrite(handle))) {
            assertThatThrownBy(call::call).isInstanceOf(MemoryClosedException.class);
        }
        assertThatThrownBy(() -> handles.endWrite(handle, stamp)).isInstanceOf(MemoryClosedException.class);
    }

    @Test
    void virtualThreadsReadWithoutASession() throws Exception {
        long handle = handles.allocate();
        write(handle, 16, 9);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> values = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                values.add(executor.submit(() -> handles.readLong(handle, 16, NO)));
            }
            for (Future<Long> value : values) {
                assertThat(value.get()).isEqualTo(9);
            }
        }
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @Test
    @Tag("unchecked") // where each access is looked up in maps
    void readsAndWritesAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long old = handles.allocate();
        handles.put(old);
        long handle = handles.allocate();
        MemorySegment target = MemorySegment.ofArray(new long[2]);
        run(handle, old, target);
        threads.getCurrentThreadAllocatedBytes(); // the bean's own first calls allocate
        List<Long> rounds = new ArrayList<>();
        do {
            long before = threads.getCurrentThreadAllocatedBytes();
            int done = run(handle, old, target);
            long after = threads.getCurrentThreadAllocatedBytes();
            assertThat(done).isEqualTo(7 * CALLS);
            rounds.add(after - before);
        } while (rounds.getLast() != 0 && rounds.size() < ROUNDS);
        assertThat(rounds).as("bytes allocated by %d reads, refusals and writes, by round", CALLS).contains(0L);
        long write = handles.beginWrite(handle);
        long before = threads.getCurrentThreadAllocatedBytes();
        long value = handles.readLong(handle, 0, NO);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).as("bytes allocated by a wait").isZero();
        assertThat(value).isEqualTo(NO);
        handles.endWrite(handle, write);
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    private int run(long handle, long old, MemorySegment target) {
        int done = 0;
        for (int i = 0; i < CALLS; i++) {
            done += handles.readLong(handle, 8, NO) == 0 ? 1 : 0;
            done += handles.readLong(old, 8, NO) == NO ? 1 : 0;
            done += handles.copyOut(handle, 0, target) ? 1 : 0;
            done += handles.copyOut(old, 0, target) ? 0 : 1;
            long stamp = handles.tryRead(handle);
            done += handles.peekLong(handle, 0) == 0 && handles.validate(handle, stamp) ? 1 : 0;
            done += handles.tryRead(old) == 0 ? 1 : 0;
            long write = handles.beginWrite(handle);
            handles.endWrite(handle, write);
            done += handles.validate(handle, stamp) ? 0 : 1;
        }
        return done;
    }

    /** The view is the way to write; it is the frame that is read. */
    @Test
    void whatIsWrittenThroughAViewIsRead() {
        long handle = handles.allocate();
        long pin = handles.tryPin(handle);
        try (Arena arena = Arena.ofConfined()) {
            long write = handles.beginWrite(pin);
            handles.view(pin, arena).set(ValueLayout.JAVA_LONG, 24, 11);
            handles.endWrite(handle, write);
        }
        handles.put(handle);
        isRead(handle, 24, 11); // the pin keeps the life going
        handles.unpin(pin);
        isRefused(handle);
        Memories.closeIdle(memory);
    }
}
