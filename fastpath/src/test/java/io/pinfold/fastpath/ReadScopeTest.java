package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.StaleHandleException;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The read scope of a session, as users have it. */
@Timeout(60)
class ReadScopeTest {
    private static final int CALLS = 500_000;
    private static final int ROUNDS = 5;
    private static final int FRAMES = 16;
    private static final int TURNS = 30_000;

    private static long filled(FrameHandles handles, long value) {
        long handle = handles.allocateProtected();
        while (handle == FrameHandle.NONE) { // too many wait for a reader that does not run
            Thread.yield();
            handle = handles.allocateProtected();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = handles.view(handle, arena);
            frame.set(ValueLayout.JAVA_LONG, 0, value);
            frame.set(ValueLayout.JAVA_LONG, 4088, value);
        }
        return handle;
    }

    /** A put, a pin by handle, and a walk with its batch work inside the session's own scope. */
    @Test
    void callsWorkInsideOnesOwnScope() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(1)) {
            FrameHandles handles = machine.memory.handles();
            GupSession session = machine.session;
            long handle = filled(handles, 5);
            long address = machine.mapPresent(1);
            session.beginScope();
            assertThat(session.isReadable(handle)).isTrue();
            assertThat(session.pinUserPagesFast(machine.space, address, 1, GupOptions.WRITE, batch)).isOne();
            assertThat(session.readLong(handle, 0)).isEqualTo(5);
            machine.memory.unpinUserPages(batch);
            machine.space.munmap(address, Machine.PAGE); // frees a table, and does not wait for the scope
            long pin = session.tryPin(handle);
            assertThat(session.tryGet(handle)).isTrue();
            handles.put(handle);
            handles.put(handle);
            handles.unpin(pin);
            assertThat(handles.waiting()).isOne();
            assertThat(handles.reclaim()).isZero();
            assertThat(session.isReadable(handle)).isFalse();
            long[] copy = new long[512];
            session.copyOut(handle, 0, MemorySegment.ofArray(copy));
            assertThat(copy).startsWith(5, 0).endsWith(0, 5);
            session.endScope();
            assertThat(handles.reclaim()).isOne();
        }
    }

    @Test
    void aSessionInsideItsScopeIsNotClosedNorHandedOverAndKeepsTheMemoryOpen() {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20));
        GupSession session = GupSession.open(memory);
        session.beginScope();
        assertThatThrownBy(session::beginScope).isInstanceOf(MisuseException.class).hasMessageContaining("not nested");
        assertThatThrownBy(session::close).isInstanceOf(MisuseException.class).hasMessageContaining("be closed");
        assertThatThrownBy(session::detach).isInstanceOf(MisuseException.class).hasMessageContaining("handed over");
        assertThatThrownBy(memory::close).isInstanceOf(MisuseException.class).hasMessageContaining("a read scope");
        session.renewScope();
        session.endScope();
        assertThatThrownBy(session::endScope).isInstanceOf(MisuseException.class);
        assertThatThrownBy(session::renewScope).isInstanceOf(MisuseException.class);
        memory.close();
        assertThatThrownBy(session::beginScope).isInstanceOf(MemoryClosedException.class);
        assertThatThrownBy(session::endScope).isInstanceOf(MemoryClosedException.class);
        assertThatThrownBy(() -> session.readLong(0, 0)).isInstanceOf(MemoryClosedException.class);
        session.close();
    }

    @Test
    void aSessionThatIsDroppedInsideItsScopeLetsTheMemoryGo() throws InterruptedException {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20));
        FrameHandles handles = memory.handles();
        long handle = filled(handles, 5);
        beginAndDrop(memory, handle);
        handles.put(handle);
        while (handles.waiting() != 0) {
            System.gc();
            Thread.sleep(10);
            int _ = handles.reclaim();
        }
        memory.close();
    }

    private static void beginAndDrop(PhysicalMemory memory, long handle) {
        GupSession session = GupSession.open(memory);
        session.beginScope();
        assertThat(session.isReadable(handle)).isTrue();
    }

    @Test
    @Tag("unchecked") // where each access is looked up in maps
    void scopesReadsAndRefusalsAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Machine machine = Machine.open()) {
            FrameHandles handles = machine.memory.handles();
            long old = handles.allocateProtected();
            handles.put(old);
            long handle = filled(handles, 5);
            MemorySegment target = MemorySegment.ofArray(new long[1]);
            int _ = run(machine.session, handle, old, target, CALLS / 5);
            threads.getCurrentThreadAllocatedBytes(); // the bean's own first calls allocate
            List<Long> rounds = new ArrayList<>();
            do {
                long before = threads.getCurrentThreadAllocatedBytes();
                int done = run(machine.session, handle, old, target, CALLS / 5);
                rounds.add(threads.getCurrentThreadAllocatedBytes() - before);
                assertThat(done).isEqualTo(2 * CALLS / 5);
            } while (rounds.getLast() != 0 && rounds.size() < ROUNDS);
            assertThat(rounds).as("bytes allocated, by round").contains(0L);
            handles.put(handle);
        }
    }

    private static int run(GupSession session, long handle, long old, MemorySegment target, int calls) {
        int done = 0;
        for (int i = 0; i < calls; i++) {
            session.beginScope();
            done += session.isReadable(handle) && session.readLong(handle, 0) == 5 ? 1 : 0;
            session.copyOut(handle, 4088, target);
            session.renewScope();
            done += session.isReadable(old) ? 0 : 1;
            session.endScope();
        }
        return done;
    }

    /** What a reader finds readable stays what it was for the scope, whatever an owner does meanwhile. */
    @Test
    void readersNeverSeeAnotherLife() throws Exception {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20));
        FrameHandles handles = memory.handles();
        AtomicLongArray published = new AtomicLongArray(FRAMES);
        for (int i = 0; i < FRAMES; i++) {
            published.set(i, filled(handles, i));
        }
        List<Throwable> wrong = new ArrayList<>();
        Thread reader = Thread.ofPlatform().start(() -> {
            try (GupSession session = GupSession.open(memory)) {
                SplittableRandom random = new SplittableRandom(1);
                while (published.get(0) != FrameHandle.NONE) {
                    read(session, published, random);
                }
            } catch (Throwable e) {
                wrong.add(e);
            }
        });
        SplittableRandom random = new SplittableRandom(2);
        for (int turn = 0; turn < TURNS && reader.isAlive(); turn++) {
            int at = random.nextInt(FRAMES);
            long old = published.get(at);
            long next = filled(handles, at);
            published.set(at, next);
            handles.put(old);
            if (random.nextInt(4) == 0) {
                int _ = handles.reclaim();
            }
        }
        for (int i = FRAMES - 1; i >= 0; i--) {
            handles.put(published.getAndSet(i, FrameHandle.NONE));
        }
        reader.join();
        assertThat(wrong).isEmpty();
        memory.close();
    }

    private static void read(GupSession session, AtomicLongArray published, SplittableRandom random) {
        session.beginScope();
        for (int i = 0; i < 8; i++) {
            int at = random.nextInt(FRAMES);
            long handle = published.get(at);
            if (handle == FrameHandle.NONE) {
                break;
            }
            boolean isReadable = session.isReadable(handle);
            try {
                assertThat(session.readLong(handle, 0)).isEqualTo(at);
                assertThat(session.readLong(handle, 4088)).isEqualTo(at);
            } catch (StaleHandleException e) {
                assertThat(isReadable).as("found, and stale").isFalse();
            }
        }
        session.endScope();
    }
}
