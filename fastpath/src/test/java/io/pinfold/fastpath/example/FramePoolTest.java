package io.pinfold.fastpath.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.fastpath.GupSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The pool of the README never returns a recycled frame; the same pool with pins that skip the generation check does.
 * Every page is full of the stamp of its key, so a pin of the wrong page is seen wherever one looks.
 */
@Timeout(120)
class FramePoolTest {
    private static final int KEYS = 24;
    private static final int CAPACITY = 6;
    private static final int THREADS = 4;
    private static final int STEPS = 60_000;

    /** A pin that takes the frame in whatever life it is: the handle's generation is not looked at. */
    private static LongUnaryOperator unchecked(PhysicalMemory memory, GupSession session) {
        return handle -> session.tryPin(memory.handles().handleOf(FrameHandle.pfn(handle)));
    }

    private static FramePool pool(PhysicalMemory memory, int capacity) {
        FrameHandles handles = memory.handles();
        return new FramePool(handles, KEYS, capacity, (key, handle) -> stamp(handles, handle, key));
    }

    private static void stamp(FrameHandles handles, long handle, int key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = handles.view(handle, arena);
            for (long offset = 0; offset < page.byteSize(); offset += Long.BYTES) {
                page.set(ValueLayout.JAVA_LONG, offset, stampOf(key));
            }
        }
    }

    private static long stampOf(int key) {
        return 0x5EED_0000_0000L + key;
    }

    private static long read(FrameHandles handles, long handle, long offset) {
        try (Arena arena = Arena.ofConfined()) {
            return handles.view(handle, arena).get(ValueLayout.JAVA_LONG, offset);
        }
    }

    private static void end(PhysicalMemory memory, FramePool pool) {
        while (pool.evict()) {
            Thread.onSpinWait();
        }
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo(memory.vmStat().nrFollPinReleased());
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    private static PhysicalMemory open() {
        return PhysicalMemory.open(MemoryOptions.ofRam(8 << 20));
    }

    @Test
    void hitMissAndFull() {
        PhysicalMemory memory = open();
        FrameHandles handles = memory.handles();
        FramePool pool = pool(memory, 2);
        try (GupSession session = GupSession.open(memory)) {
            long first = pool.pin(session::tryPin, 1);
            assertThat(pool.pin(session::tryPin, 1)).as("a hit").isEqualTo(first);
            assertThat(read(handles, first, 4088)).isEqualTo(stampOf(1));
            long second = pool.pin(session::tryPin, 2);
            assertThatIllegalStateException().as("both frames are pinned")
                    .isThrownBy(() -> pool.pin(session::tryPin, 3));
            assertThat(pool.evict()).isFalse();
            handles.unpin(second);
            long third = pool.pin(session::tryPin, 3);
            assertThat(FrameHandle.pfn(third)).as("the frame of key 2").isEqualTo(FrameHandle.pfn(second));
            assertThat(session.tryPin(second)).isEqualTo(FrameHandle.NONE);
            handles.unpin(third);
            handles.unpin(first);
            handles.unpin(first);
        }
        end(memory, pool);
    }

    /** More failures than the memory has frames; then the same keys can be loaded, all at once. */
    @Test
    void aLoaderThatThrowsKeepsNoFrameAndNoRoom() {
        PhysicalMemory memory = open();
        boolean[] isBroken = {true};
        FramePool pool = new FramePool(memory.handles(), KEYS, CAPACITY, (key, handle) -> {
            stamp(memory.handles(), handle, key);
            if (isBroken[0]) {
                throw new UncheckedIOException(new IOException("bad block " + key));
            }
        });
        long free = memory.vmStat().freeFrames();
        try (GupSession session = GupSession.open(memory)) {
            for (int round = 0; round <= free; round++) {
                int key = round % KEYS;
                assertThatThrownBy(() -> pool.pin(session::tryPin, key)).hasMessageContaining("bad block " + key);
            }
            assertThat(memory.vmStat().freeFrames()).isEqualTo(free);
            isBroken[0] = false;
            List<Long> pinned = new ArrayList<>();
            for (int key = 0; key < CAPACITY; key++) {
                pinned.add(pool.pin(session::tryPin, key));
            }
            pinned.forEach(memory.handles()::unpin);
        }
        end(memory, pool);
    }

    @Test
    void aMemoryWithoutFramesIsSaidAndThePoolGoesOn() {
        PhysicalMemory memory = open();
        int frames = (int) memory.vmStat().freeFrames();
        FramePool pool = new FramePool(memory.handles(), frames + 1, frames + 1, (key, handle) -> {
        });
        try (GupSession session = GupSession.open(memory)) {
            for (int key = 0; key < frames; key++) {
                memory.handles().unpin(pool.pin(session::tryPin, key));
            }
            for (int round = 0; round < 3; round++) {
                assertThatIllegalStateException().isThrownBy(() -> pool.pin(session::tryPin, frames))
                        .withMessage("the memory has no frame left");
            }
            assertThat(pool.evict()).isTrue();
            memory.handles().unpin(pool.pin(session::tryPin, frames));
        }
        end(memory, pool);
    }

    /** Key 1 is being read; another thread misses it, too, and waits, while key 2 comes and goes. */
    @Test
    void aSlowLoadIsWaitedForByThoseOfItsKeyAlone() throws Exception {
        PhysicalMemory memory = open();
        FrameHandles handles = memory.handles();
        CountDownLatch isReading = new CountDownLatch(1);
        CountDownLatch isRead = new CountDownLatch(1);
        AtomicInteger loads = new AtomicInteger();
        FramePool pool = new FramePool(handles, KEYS, CAPACITY, (key, handle) -> {
            if (key == 1) {
                loads.incrementAndGet();
                isReading.countDown();
                await(isRead);
            }
            stamp(handles, handle, key);
        });
        long[] found = new long[2];
        Thread[] readers = new Thread[2];
        for (int i = 0; i < readers.length; i++) {
            int me = i;
            readers[i] = Thread.ofPlatform().start(() -> {
                try (GupSession session = GupSession.open(memory)) {
                    found[me] = pool.pin(session::tryPin, 1);
                }
            });
        }
        await(isReading);
        while (readers[0].getState() != Thread.State.WAITING || readers[1].getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        try (GupSession session = GupSession.open(memory)) {
            long other = pool.pin(session::tryPin, 2);
            assertThat(read(handles, other, 0)).isEqualTo(stampOf(2));
            handles.unpin(other);
            assertThat(pool.evict()).as("key 2, the only one there is").isTrue();
            for (int key = 2; key < KEYS; key++) {
                assertThat(pool.readLong(key, 8)).as("loaded without a hold, and evicted by the next ones")
                        .isEqualTo(stampOf(key));
            }
        }
        isRead.countDown();
        readers[0].join();
        readers[1].join();
        assertThat(loads).hasValue(1);
        assertThat(found[0]).isEqualTo(found[1]);
        assertThat(read(handles, found[0], 0)).isEqualTo(stampOf(1));
        handles.unpin(found[0]);
        handles.unpin(found[1]);
        end(memory, pool);
    }

    /** The load that the others wait for fails: each of them tries by itself, and has its own answer. */
    @Test
    void whoWaitedForALoadThatFailedLoadsByItself() throws Exception {
        PhysicalMemory memory = open();
        FrameHandles handles = memory.handles();
        CountDownLatch isReading = new CountDownLatch(1);
        CountDownLatch isRead = new CountDownLatch(1);
        AtomicInteger loads = new AtomicInteger();
        FramePool pool = new FramePool(handles, KEYS, CAPACITY, (key, handle) -> {
            if (loads.incrementAndGet() == 1) {
                isReading.countDown();
                await(isRead);
                throw new UncheckedIOException(new IOException("bad block " + key));
            }
            stamp(handles, handle, key);
        });
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Future<Long> first = executor.submit(() -> pool.readLong(1, 0));
            await(isReading);
            Thread[] waits = new Thread[1];
            CountDownLatch isStarted = new CountDownLatch(1);
            Future<Long> second = executor.submit(() -> {
                waits[0] = Thread.currentThread();
                isStarted.countDown();
                return pool.readLong(1, 0);
            });
            await(isStarted);
            while (waits[0].getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            isRead.countDown();
            assertThatThrownBy(first::get).hasMessageContaining("bad block 1");
            assertThat(second.get()).isEqualTo(stampOf(1));
        }
        assertThat(loads).hasValue(2);
        end(memory, pool);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What stands for "no answer" in the pool's code may be data, and a page may be of nothing else. */
    @Test
    void wordsThatAreSentinelsAreRead() {
        PhysicalMemory memory = open();
        FrameHandles handles = memory.handles();
        AtomicInteger loads = new AtomicInteger();
        long[] words = {-1, 0, 1, Long.MIN_VALUE, FrameHandle.NONE};
        FramePool pool = new FramePool(handles, words.length, 2, (key, handle) -> {
            loads.incrementAndGet();
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment page = handles.view(handle, arena);
                for (long offset = 0; offset < page.byteSize(); offset += Long.BYTES) {
                    page.set(ValueLayout.JAVA_LONG, offset, words[key]);
                }
            }
        });
        for (int key = 0; key < words.length; key++) {
            for (int round = 0; round < 3; round++) {
                assertThat(pool.readLong(key, 4088)).isEqualTo(words[key]);
            }
            assertThat(loads).as("one load for three reads").hasValue(key + 1);
        }
        end(memory, pool);
    }

    /** It cannot go from page to page: it is freed, for good, and another frame takes its place. */
    @Test
    void aFrameWithoutAnotherLifeIsReplaced() {
        PhysicalMemory memory = open();
        FramePool pool = pool(memory, 1);
        long first = pool.pin(memory.handles()::tryPin, 1);
        memory.handles().unpin(first);
        UserPages.markBroken(Bridge.core(memory), FrameHandle.pfn(first));
        assertThat(pool.readLong(2, 0)).isEqualTo(stampOf(2));
        long second = pool.pin(memory.handles()::tryPin, 2);
        assertThat(FrameHandle.pfn(second)).isNotEqualTo(FrameHandle.pfn(first));
        memory.handles().unpin(second);
        assertThat(pool.readLong(1, 0)).isEqualTo(stampOf(1));
        end(memory, pool);
    }

    @Test
    void bytesAreCopiedWithoutAHold() {
        PhysicalMemory memory = open();
        FramePool pool = pool(memory, 1);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(4096, 8);
            MemorySegment some = arena.allocate(16, 8);
            for (int key = 0; key < KEYS; key++) {
                pool.copyOut(key, 0, page);
                pool.copyOut(key, 4080, some);
                assertThat(page.toArray(ValueLayout.JAVA_LONG)).containsOnly(stampOf(key));
                assertThat(some.toArray(ValueLayout.JAVA_LONG)).containsExactly(stampOf(key), stampOf(key));
            }
        }
        end(memory, pool);
    }

    /** The only frame is pinned: a read of its page goes on, one of another page has no frame and says so. */
    @Test
    void readsDoNotNeedTheFramesThatArePinned() {
        PhysicalMemory memory = open();
        FramePool pool = pool(memory, 1);
        long pin = pool.pin(memory.handles()::tryPin, 1);
        assertThat(pool.readLong(1, 0)).isEqualTo(stampOf(1));
        assertThatIllegalStateException().isThrownBy(() -> pool.readLong(2, 0)).withMessage("all frames are in use");
        memory.handles().unpin(pin);
        assertThat(pool.readLong(2, 0)).isEqualTo(stampOf(2));
        assertThat(pool.readLong(1, 0)).as("it was evicted, and is loaded again").isEqualTo(stampOf(1));
        end(memory, pool);
    }

    @Test
    void aPinNeverLandsOnARecycledFrame() {
        assertThat(pinAcrossAnEviction(true)).isEqualTo(stampOf(1));
    }

    @Test
    void withoutTheGenerationCheckItDoes() {
        assertThat(pinAcrossAnEviction(false)).as("key 1 was asked for").isEqualTo(stampOf(2));
    }

    /**
     * Asks for key 1; after its handle was read from the table, and before the pin, the frame becomes that of key 2.
     */
    private static long pinAcrossAnEviction(boolean checked) {
        PhysicalMemory memory = open();
        FrameHandles handles = memory.handles();
        FramePool pool = pool(memory, 1);
        long found;
        try (GupSession session = GupSession.open(memory)) {
            long before = pool.pin(session::tryPin, 1);
            handles.unpin(before);
            LongUnaryOperator unchecked = unchecked(memory, session);
            boolean[] evicted = new boolean[1];
            LongUnaryOperator tryPin = handle -> {
                if (!evicted[0]) {
                    evicted[0] = true;
                    long other = pool.pin(session::tryPin, 2);
                    assertThat(FrameHandle.pfn(other)).as("the frame is used again").isEqualTo(FrameHandle.pfn(handle));
                    handles.unpin(other);
                }
                return checked ? session.tryPin(handle) : unchecked.applyAsLong(handle);
            };
            long pin = pool.pin(tryPin, 1);
            assertThat(pin).as("the handle in the table was outdated").isNotEqualTo(before);
            found = read(handles, pin, 0);
            handles.unpin(pin);
        }
        end(memory, pool);
        return found;
    }

    @RepeatedTest(3)
    void threadsPinWhileThePoolEvicts(RepetitionInfo repetition) throws Exception {
        long seed = repetition.getCurrentRepetition() < 3 ? repetition.getCurrentRepetition() : System.nanoTime();
        System.out.println("FramePoolTest seed " + seed);
        PhysicalMemory memory = open();
        FramePool pool = pool(memory, CAPACITY);
        long pins = 0;
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<Long>> readers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(seed * THREADS + i);
                readers.add(() -> pinAndUnpin(memory, pool, random));
            }
            for (Future<Long> reader : executor.invokeAll(readers)) {
                pins += reader.get();
            }
        }
        long recycled = memory.vmStat().rollBacks().getOrDefault(RollBack.RECYCLED, 0L);
        System.out.println("FramePoolTest pins " + pins + ", met in another life " + recycled);
        assertThat(pins).isPositive();
        end(memory, pool);
    }

    /** Reads without a hold by threads that make each other's pages go all the time; some of the loads fail. */
    @RepeatedTest(3)
    void threadsReadWithoutAHoldWhileThePoolEvicts(RepetitionInfo repetition) throws Exception {
        long seed = repetition.getCurrentRepetition() < 3 ? repetition.getCurrentRepetition() : System.nanoTime();
        System.out.println("FramePoolTest seed " + seed);
        PhysicalMemory memory = open();
        FrameHandles handles = memory.handles();
        AtomicInteger loads = new AtomicInteger();
        FramePool pool = new FramePool(handles, KEYS, CAPACITY, (key, handle) -> {
            stamp(handles, handle, key);
            if (loads.incrementAndGet() % 16 == 0) {
                throw new UncheckedIOException(new IOException("bad block"));
            }
        });
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(seed * THREADS + i);
                readers.add(() -> readWithoutAHold(pool, random));
            }
            for (Future<Integer> reader : executor.invokeAll(readers)) {
                assertThat(reader.get()).isPositive();
            }
        }
        assertThat(loads).hasValueGreaterThan(KEYS);
        end(memory, pool);
    }

    private static int readWithoutAHold(FramePool pool, Random random) {
        int reads = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(512, 8);
            for (int step = 0; step < STEPS; step++) {
                int key = random.nextInt(KEYS);
                try {
                    if (random.nextInt(8) == 0) {
                        pool.copyOut(key, random.nextInt(8) * 512L, target);
                        assertThat(target.toArray(ValueLayout.JAVA_LONG)).containsOnly(stampOf(key));
                    } else {
                        assertThat(pool.readLong(key, random.nextInt(512) * 8L)).isEqualTo(stampOf(key));
                    }
                    reads++;
                } catch (UncheckedIOException e) {
                    assertThat(e).hasMessageContaining("bad block");
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessage("all frames are in use");
                }
            }
        }
        return reads;
    }

    /** NONE if all frames were in use; also those touch a frame whose handles are outdated. */
    private static long pin(FramePool pool, GupSession session, int key) {
        try {
            return pool.pin(session::tryPin, key);
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("all frames are in use");
            return FrameHandle.NONE;
        }
    }

    /** Pins and looks; now and then evicts, or tries an old handle, as a reader does that was interrupted for long. */
    private static long pinAndUnpin(PhysicalMemory memory, FramePool pool, Random random) {
        FrameHandles handles = memory.handles();
        long[] old = new long[KEYS];
        long pins = 0;
        try (GupSession session = GupSession.open(memory)) {
            for (int step = 0; step < STEPS; step++) {
                int key = random.nextInt(KEYS);
                boolean useOld = random.nextInt(4) == 0;
                if (random.nextInt(16) == 0) {
                    pool.evict();
                }
                long pin = useOld ? handles.tryPin(old[key]) : pin(pool, session, key);
                if (pin != FrameHandle.NONE) {
                    pins++;
                    for (int look = 0; look < 3; look++) {
                        long offset = (long) random.nextInt(512) * Long.BYTES;
                        assertThat(read(handles, pin, offset)).as("page of key %d", key).isEqualTo(stampOf(key));
                    }
                    handles.unpin(pin);
                    old[key] = pin;
                }
            }
        }
        return pins;
    }
}
