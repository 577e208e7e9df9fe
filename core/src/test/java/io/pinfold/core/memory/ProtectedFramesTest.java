package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.StaleHandleException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.handle.ScopedRead;
import io.pinfold.core.page.LifeEnd;
import io.pinfold.core.words.HeavyFence;
import io.pinfold.core.words.Words;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Protected frames: every free of one waits for the scopes that may read it, and no call waits for a scope. */
@Timeout(60)
class ProtectedFramesTest {
    private static final long OLD = 0x01D;
    private static final int LAST = 4096 - Long.BYTES;

    private final PhysicalMemory memory = Memories.open(8);
    private final MemoryCore core = Bridge.core(memory);
    private final FrameHandles handles = memory.handles();
    private final SessionSlot slot = core.slots().openForThread();
    private final ScopedRead session = new ScopedRead(core, slot);
    private final ExecutorService other = Executors.newSingleThreadExecutor();

    @AfterEach
    void stop() {
        other.shutdownNow();
    }

    private <T> T elsewhere(Callable<T> call) throws Exception {
        return other.submit(call).get();
    }

    private long written(long value) {
        long handle = handles.allocateProtected();
        Words.setLong(address(handle), value);
        Words.setLong(address(handle) + LAST, value + 1);
        return handle;
    }

    private long address(long handle) {
        return core.frameAddress(FrameHandle.pfn(handle));
    }

    private void begin() {
        session.scope().begin();
    }

    private void end() {
        session.scope().end();
    }

    /** The frame is in no hands: the next allocation finds another one until the scope has ended. */
    private void isKept(long handle, long value) {
        int _ = handles.reclaim();
        assertThat(handles.waiting()).isPositive();
        List<Long> others = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            others.add(handles.allocate());
        }
        assertThat(others).noneMatch(next -> FrameHandle.pfn(next) == FrameHandle.pfn(handle));
        others.forEach(handles::put);
        isRead(handle, value);
    }

    private void isRead(long handle, long value) {
        assertThat(session.readLong(handle, 0)).isEqualTo(value);
        assertThat(session.readLong(handle, LAST)).isEqualTo(value + 1);
        long[] copy = new long[512];
        session.copyOut(handle, 0, MemorySegment.ofArray(copy));
        assertThat(copy).startsWith(value).endsWith(value + 1);
    }

    private void isRefused(long handle) {
        assertThat(session.isReadable(handle)).isFalse();
        assertThatThrownBy(() -> session.readLong(handle, 0)).isInstanceOf(StaleHandleException.class);
        assertThatThrownBy(() -> session.copyOut(handle, 0, MemorySegment.ofArray(new byte[8])))
                .isInstanceOf(StaleHandleException.class);
    }

    /** In whatever way the last hold goes, on whatever thread. kuzu#5547 read a page that was freed meanwhile. */
    @Test
    void statisticsTellWhatWaitsAndForWhom() throws Exception {
        assertThat(memory.vmStat().openScopes()).isEmpty();
        begin();
        long handle = written(OLD);
        assertThat(session.isReadable(handle)).isTrue();
        SessionSlot younger = elsewhere(() -> {
            SessionSlot another = core.slots().openForThread();
            long _ = core.slots().advance();
            new ScopedRead(core, another).scope().begin();
            return another;
        });
        handles.put(handle);

        VmStat stat = memory.vmStat();
        assertThat(stat.waitingFrames()).isOne();
        assertThat(stat.openScopes()).hasSize(2);
        assertThat(stat.openScopes().getFirst()).as("the oldest").contains("walker slot")
                .contains("thread #" + Thread.currentThread().threadId() + " ");

        end();
        elsewhere(() -> {
            new ScopedRead(core, younger).scope().end();
            younger.close();
            return null;
        });
        assertThat(memory.vmStat().openScopes()).isEmpty();
        assertThat(handles.reclaim()).isOne();
        assertThat(memory.vmStat().waitingFrames()).isZero();
        slot.close();
        Memories.closeIdle(memory);
    }

    @Test
    @Tag("unchecked") // gives back what another thread took
    void everyFreeWaitsForTheScope() throws Exception {
        List<LongConsumer> frees = List.of(handles::put, handle -> {
            assertThat(handles.tryFreeze(handle)).isTrue();
            handles.free(handle);
        }, handle -> {
            long pin = handles.tryPin(handle);
            handles.put(handle);
            handles.unpin(pin);
        }, handle -> {
            assertThat(handles.tryGet(handle)).isTrue();
            handles.put(handle);
            handles.put(handle);
        });
        for (LongConsumer free : frees) {
            long handle = written(OLD);
            begin();
            assertThat(session.isReadable(handle)).isTrue();
            elsewhere(() -> {
                free.accept(handle);
                return null;
            });
            assertThat(session.isReadable(handle)).as("for those who come later").isFalse();
            isKept(handle, OLD);
            assertThat(handles.tryGet(handle)).isFalse();
            assertThatThrownBy(() -> handles.put(handle)).isInstanceOf(StaleHandleException.class);
            assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
            end();
            assertThat(handles.reclaim()).isOne();
            assertThat(handles.waiting()).isZero();
        }
        close();
    }

    /** The same holds of a release of many that ends up with one: a batch frees what it deferred. */
    @Test
    void framesOfOneChainWaitTogetherAndOneByOne() {
        long first = written(OLD);
        handles.put(written(7)); // before the scope
        int _ = handles.reclaim();
        begin();
        assertThat(session.isReadable(first)).isTrue();
        long second = written(OLD + 10);
        handles.put(first);
        handles.put(second);
        isRead(first, OLD);
        isRead(second, OLD + 10); // retired in this scope too
        assertThat(handles.waiting()).isEqualTo(2);
        session.scope().renew();
        assertThat(handles.reclaim()).isEqualTo(2);
        isRefused(first);
        isRefused(second);
        end();
        close();
    }

    /** opensearch-storage-encryption#176: a frame that was used again passed the check of its old handle. */
    @Test
    void aFrameThatAScopeMayReadGetsNoNewLifeInPlace() {
        long handle = written(OLD);
        begin();
        assertThat(session.isReadable(handle)).isTrue();

        assertThat(handles.tryRecycle(handle)).isEqualTo(FrameHandle.NONE);

        assertThat(session.isReadable(handle)).isTrue();
        isRead(handle, OLD);
        end();
        handles.put(handle);
        close();
    }

    @Test
    void aRecycledFrameDoesNotPassForItsOldHandle() {
        long old = written(OLD);
        handles.put(old);
        int _ = handles.reclaim();
        long next = written(2 * OLD);
        assertThat(FrameHandle.pfn(next)).as("the same frame").isEqualTo(FrameHandle.pfn(old));
        begin();
        isRefused(old);
        isRead(next, 2 * OLD);
        handles.put(next);
        isRead(next, 2 * OLD);
        isRefused(old); // two generations behind, and the frame waits for this scope
        end();
        close();
    }

    @Test
    void aFrameThatWasRetiredBeforeTheScopeIsNotReadThoughItWaitsForAnother() throws Exception {
        long handle = written(OLD);
        ScopedRead reader = elsewhere(() -> {
            ScopedRead opened = new ScopedRead(core, core.slots().openForThread());
            opened.scope().begin();
            assertThat(opened.isReadable(handle)).isTrue();
            return opened;
        });
        handles.put(handle);
        begin();
        assertThat(handles.reclaim()).isZero();
        isRefused(handle);
        elsewhere(() -> {
            assertThat(reader.readLong(handle, 0)).isEqualTo(OLD);
            reader.scope().end();
            return null;
        });
        assertThat(handles.reclaim()).as("the second scope does not keep it").isOne();
        end();
        close();
    }

    @Test
    void nothingIsReadOutsideAScope() {
        long handle = written(OLD);
        for (Runnable call : List.<Runnable>of(() -> session.isReadable(handle), () -> session.readLong(handle, 0),
                () -> session.copyOut(handle, 0, MemorySegment.ofArray(new byte[1])))) {
            assertThatThrownBy(call::run).isInstanceOf(MisuseException.class).hasMessageContaining("no read scope");
        }
        begin();
        isRead(handle, OLD);
        isRead(FrameHandle.toPin(handle), OLD);
        end();
        assertThatThrownBy(() -> session.readLong(handle, 0)).isInstanceOf(MisuseException.class);
        handles.put(handle);
        close();
    }

    @Test
    void frameOffsetAndTargetAreChecked() {
        long handle = written(OLD);
        begin();
        for (long bad : new long[]{-8, 4096, LAST + 8, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> session.readLong(handle, bad)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> session.copyOut(handle, bad, MemorySegment.ofArray(new byte[8])))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> session.readLong(handle, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> session.copyOut(handle, 1, MemorySegment.ofArray(new byte[4096])))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> session.copyOut(handle, 0, MemorySegment.ofArray(new byte[8]).asReadOnly()))
                .isInstanceOf(IllegalArgumentException.class);
        session.copyOut(handle, 4096, MemorySegment.ofArray(new byte[0]));
        long none = FrameHandle.of(memory.frames(), 0);
        assertThatThrownBy(() -> session.isReadable(none)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> session.readLong(none, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        end();
        handles.put(handle);
        close();
    }

    @Test
    void aFrameThatIsNotProtectedIsRefusedAndFreedAtOnce() {
        long handle = handles.allocate();
        begin();
        assertThatThrownBy(() -> session.isReadable(handle)).isInstanceOf(MisuseException.class)
                .hasMessageContaining("not allocated as a protected frame");
        assertThatThrownBy(() -> session.readLong(handle, 0)).isInstanceOf(MisuseException.class);
        handles.put(handle);
        assertThat(handles.waiting()).isZero();
        isRefused(handle);
        long free = FrameHandle.of(FrameHandle.pfn(handle), FrameHandle.generation(handle) + 1);
        isRefused(free); // no life has it yet
        end();
        close();
    }

    @Test
    void pinsWalksWritesAndPutsWorkInsideAScope() {
        long handle = written(OLD);
        begin();
        slot.enter();
        isRead(handle, OLD);
        slot.exit();
        long pin = handles.tryPin(handle);
        long write = handles.beginWrite(pin);
        Words.setLong(address(handle), OLD);
        handles.endWrite(pin, write);
        assertThat(handles.readLong(handle, 0, -1)).as("a read without a scope").isEqualTo(OLD);
        handles.put(handle);
        handles.unpin(pin); // retires, and its own scope does not hold it up
        isKept(handle, OLD);
        end();
        close();
    }

    @Test
    void anAllocationThatFindsNoFrameTriesThoseThatWait() {
        long handle = written(OLD);
        begin();
        assertThat(session.isReadable(handle)).isTrue();
        handles.put(handle);
        List<Long> all = new ArrayList<>();
        for (long next = handles.allocate(); next != FrameHandle.NONE; next = handles.allocate()) {
            all.add(next);
        }
        isRead(handle, OLD);
        assertThat(core.blocks().allocate(0, Blocks.NORMAL)).as("also for others").isNegative();
        end();
        assertThat(handles.waiting()).isOne();
        long last = handles.allocate();
        assertThat(FrameHandle.pfn(last)).isEqualTo(FrameHandle.pfn(handle));
        assertThat(handles.readLong(last, 0, -1)).as("zeros").isZero();
        handles.put(last);
        all.forEach(handles::put);
        close();
    }

    @Test
    void framesAreTriedWhenSixtyFourMoreWaitByOneFence() {
        int due = HeavyFence.isAsymmetric() ? 64 : 1;
        for (int i = 1; i < due; i++) {
            handles.put(written(i));
            assertThat(handles.waiting()).isEqualTo(i);
        }
        long fences = core.slots().heavyFences();
        handles.put(written(due));
        assertThat(handles.waiting()).isZero();
        begin();
        for (int i = 1; i <= 3 * due; i++) {
            handles.put(written(i));
        }
        assertThat(handles.waiting()).isEqualTo(3L * due);
        long each = HeavyFence.isAsymmetric() ? 1 : 0;
        assertThat(core.slots().heavyFences() - fences).isEqualTo(4 * each);
        end();
        close();
    }

    @Test
    void noMoreThanAnEighthOfMemoryWaits() {
        long most = memory.ramFrames() / 8;
        begin();
        List<Long> kept = new ArrayList<>();
        for (long i = 0; i < most; i++) {
            long handle = written(i);
            kept.add(handle);
            assertThat(session.isReadable(handle)).isTrue();
            handles.put(handle);
        }
        assertThat(handles.waiting()).isEqualTo(most);
        assertThat(handles.allocateProtected()).isEqualTo(FrameHandle.NONE);
        assertThat(handles.allocateProtected(Blocks.MOVABLE_FIRST, 0)).isEqualTo(FrameHandle.NONE);
        long plain = handles.allocate();
        assertThat(plain).isNotEqualTo(FrameHandle.NONE);
        handles.put(plain);
        for (int i = 0; i < kept.size(); i++) {
            isRead(kept.get(i), i);
        }
        end();
        long next = handles.allocateProtected();
        assertThat(next).as("those that wait are tried first").isNotEqualTo(FrameHandle.NONE);
        assertThat(handles.waiting()).isZero();
        handles.put(next);
        close();
    }

    /** Close lists a scope, waits for none, and frees what waits when there is none. */
    @Test
    void closeInsideOnesOwnScopeIsRefusedAndNamesIt() throws Exception {
        long handle = written(OLD);
        begin();
        assertThat(session.isReadable(handle)).isTrue();
        handles.put(handle);
        assertThatThrownBy(memory::close).isInstanceOf(MisuseException.class)
                .hasMessageContaining("still out: a read scope of walker slot 1, begun by thread #"
                        + Thread.currentThread().threadId() + " in epoch ");
        assertThatThrownBy(() -> elsewhere(() -> {
            memory.close();
            return null;
        })).hasCauseInstanceOf(MisuseException.class);
        isKept(handle, OLD);
        end();
        handles.put(written(3));
        assertThat(handles.waiting() > 0).as("where a look costs a fence").isEqualTo(HeavyFence.isAsymmetric());
        memory.close();
        assertThat(handles.waiting()).isZero();
        assertThatThrownBy(handles::reclaim).isInstanceOf(MemoryClosedException.class);
        assertThatThrownBy(this::begin).isInstanceOf(MemoryClosedException.class);
        assertThatThrownBy(() -> session.isReadable(handle)).isInstanceOf(MemoryClosedException.class);
        assertThatThrownBy(this::end).isInstanceOf(MemoryClosedException.class);
    }

    @Test
    void manyScopesAreCountedInTheTextOfClose() throws Exception {
        List<ScopedRead> open = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ScopedRead one = new ScopedRead(core, core.slots().openForThread());
            one.scope().begin();
            open.add(one);
        }
        assertThatThrownBy(memory::close).hasMessageContaining("walker slot 2,").hasMessageContaining("walker slot 9,")
                .hasMessageContaining("2 more").hasMessageNotContaining("walker slot 10,");
        open.forEach(one -> one.scope().end());
        close();
    }

    @Test
    @Tag("unchecked") // plants a generation
    void theLastLifeOfAFrameWaitsAndIsNeverFollowed() {
        long first = written(OLD);
        long pfn = FrameHandle.pfn(first);
        Memories.setGeneration(memory, pfn, LifeEnd.LAST_GENERATION - 1);
        long handle = FrameHandle.of(pfn, LifeEnd.LAST_GENERATION - 1);
        begin();
        assertThat(session.isReadable(handle)).isTrue();
        handles.put(handle);
        isKept(handle, OLD);
        assertThat(MemoryAudit.check(memory)).isEmpty();
        end();
        assertThat(handles.reclaim()).isOne();
        assertThat(memory.page(pfn).typeName()).isEqualTo("RETIRED");
        close();
    }

    @Test
    void aFrameThatWaitsIsNobodysForStatisticsAndTheAudit() {
        long handle = written(OLD);
        begin();
        handles.put(handle);
        long pfn = FrameHandle.pfn(handle);
        assertThat(memory.page(pfn).typeName()).isEqualTo("WAITING");
        assertThat(handles.handleOf(pfn)).isEqualTo(FrameHandle.NONE);
        assertThat(memory.vmStat().allocatedFrames()).isOne();
        MemoryAudit.forEachAllocated(memory, page -> assertThat(page.pfn()).isNotEqualTo(pfn));
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        end();
        close();
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }

    private void close() {
        Memories.closeIdle(memory);
    }
}
