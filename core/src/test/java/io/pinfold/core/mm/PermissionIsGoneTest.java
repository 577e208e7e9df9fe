package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.pgtable.Entry;
import java.util.Arrays;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a mutator claims when it returns: no store of any Cpu arrives any more, and no dirty bit was lost. */
class PermissionIsGoneTest extends MmTest {
    private static final int ROUNDS = 300;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private SharedMemory object;
    private Cpu cpu;
    private long watched;

    @BeforeEach
    void mapTheObjectTwice() {
        object = SharedMemory.create(memory, PAGE);
        cpu = space.openCpu();
        watched = space.mmap(0, PAGE, Prot.READ, MapFlags.SHARED, object, 0);
    }

    @AfterEach
    void close() {
        cpu.close();
        object.close();
    }

    @Test
    void noStoreArrivesAfterMprotect() throws Exception {
        mapObject();
        checkNoStoreArrives(() -> space.mprotect(BASE, PAGE, Prot.READ), () -> space.mprotect(BASE, PAGE, RW));
    }

    @Test
    void noStoreArrivesAfterMunmap() throws Exception {
        mapObject();
        checkNoStoreArrives(() -> space.munmap(BASE, PAGE), this::mapObject);
    }

    private void mapObject() {
        int flags = MapFlags.SHARED | MapFlags.FIXED;
        assertThat(space.mmap(BASE, PAGE, RW, flags, object, 0)).isEqualTo(BASE);
    }

    /** A thread stores whole pages all the time; after the permission went, the page must stay as it is. */
    private void checkNoStoreArrives(Runnable takeAway, Runnable giveBack) throws Exception {
        AtomicInteger stop = new AtomicInteger();
        AtomicInteger stores = new AtomicInteger();
        Thread writer = new Thread(() -> store(stop, stores));
        writer.setDaemon(true);
        writer.start();
        byte[] first = new byte[PAGE];
        byte[] second = new byte[PAGE];
        for (int round = 0; round < ROUNDS && failure.get() == null; round++) {
            int before = stores.get();
            while (stores.get() == before && writer.isAlive()) {
                Thread.yield();
            }
            takeAway.run();
            cpu.copyOut(watched, first, 0, PAGE);
            for (int look = 0; look < 20; look++) {
                cpu.copyOut(watched, second, 0, PAGE);
            }
            if (!Arrays.equals(first, second)) {
                failure.compareAndSet(null, new AssertionError("a store arrived in round " + round));
            }
            giveBack.run();
        }
        stop.set(1);
        writer.join();
        assertThat(failure.get()).isNull();
    }

    private void store(AtomicInteger stop, AtomicInteger stores) {
        byte value = 0;
        try (Cpu writer = space.openCpu()) {
            while (stop.get() == 0) {
                try {
                    writer.fill(BASE, PAGE, ++value);
                    stores.incrementAndGet();
                } catch (SegmentationFault fault) {
                    Thread.yield(); // taken away just now
                }
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    /** Clean entries get a store while mprotect exchanges them: the dirty bit must be there in the end, each time. */
    @Test
    void noDirtyBitIsLost() throws Exception {
        int pages = 64;
        int rounds = 300;
        CyclicBarrier barrier = new CyclicBarrier(2);
        AtomicInteger stored = new AtomicInteger();
        Thread writer = new Thread(() -> {
            try (Cpu mine = space.openCpu()) {
                for (int round = 0; round < rounds; round++) {
                    barrier.await();
                    for (int i = 0; i < pages; i++) {
                        mine.storeByte(BASE + (long) i * PAGE, (byte) 1);
                        stored.incrementAndGet();
                    }
                    barrier.await();
                }
            } catch (Exception e) {
                failure.compareAndSet(null, e);
                barrier.reset();
            }
        });
        writer.setDaemon(true);
        writer.start();
        for (int round = 0; round < rounds; round++) {
            map(0, pages, RW, SHARED);
            for (int i = 0; i < pages; i++) {
                assertThat(cpu.loadByte(BASE + (long) i * PAGE)).isZero();
            }
            barrier.await();
            for (int i = 0; i < 10 || stored.get() < (round + 1) * pages && writer.isAlive(); i++) {
                assertThat(space.mprotect(BASE, pages * PAGE, i % 2 == 0 ? RW | Prot.EXEC : RW)).isZero();
            }
            barrier.await();
            for (int i = 0; i < pages; i++) {
                long entry = space.entryAt(BASE + (long) i * PAGE);
                assertThat(Entry.isDirty(entry)).as("round %d page %d: %s", round, i, Entry.describe(entry)).isTrue();
            }
        }
        writer.join();
        assertThat(failure.get()).isNull();
    }
}
