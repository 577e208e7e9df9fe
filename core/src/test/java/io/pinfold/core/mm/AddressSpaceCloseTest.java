package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The space, and then its memory, are closed under threads in every call: each is told, none crashes, nothing leaks.
 */
@Timeout(120)
class AddressSpaceCloseTest {
    private static final int ROUNDS = 60;
    private static final int THREADS = 4;
    private static final int PAGE = Geometry.PAGE_BYTES;
    private static final long BASE = 16L * PAGE;

    @Test
    void closeUnderThreadsThatWork() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("AddressSpaceCloseTest seed " + seed + " (replay with -Dseed=" + seed + ")");
        try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            for (int round = 0; round < ROUNDS; round++) {
                round(pool, seed + round * (long) THREADS);
            }
        }
    }

    private static void round(ExecutorService pool, long seed) throws Exception {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20));
        AddressSpace space = AddressSpace.create(memory);
        SharedMemory object = SharedMemory.create(memory, 4 * PAGE);
        CountDownLatch working = new CountDownLatch(THREADS);
        List<Future<String>> told = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(seed + i);
            told.add(pool.submit(() -> workUntilTold(space, object, random, working)));
        }
        working.await();
        space.close();
        object.close();
        MmTest.assertNothingIsLeft(memory);
        memory.close();
        for (Future<String> each : told) {
            assertThat(each.get()).isIn("address space " + space.id() + " is closed",
                    Bridge.core(memory) + " is closed",
                    "shared memory " + object.id() + " is closed");
        }
    }

    private static String workUntilTold(AddressSpace space, SharedMemory object, Random random,
            CountDownLatch working) {
        byte[] buffer = new byte[3 * PAGE];
        try (Cpu cpu = space.openCpu()) {
            for (int round = 0;; round++) {
                if (round == 20) {
                    working.countDown();
                }
                long address = BASE + random.nextInt(4) * (long) PAGE;
                try {
                    step(space, object, cpu, address, buffer, random.nextInt(10));
                } catch (SegmentationFault fault) {
                    assertThat(fault.address()).isGreaterThanOrEqualTo(BASE);
                }
            }
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static void step(AddressSpace space, SharedMemory object, Cpu cpu, long address, byte[] buffer, int what) {
        int fixed = MapFlags.FIXED;
        switch (what) {
            case 0 -> assertThat(space.munmap(address, 2 * PAGE)).isZero();
            case 1 -> assertThat(space.mmap(address, 2 * PAGE, Prot.READ_WRITE,
                    fixed | MapFlags.PRIVATE | MapFlags.ANONYMOUS)).isEqualTo(address);
            case 2 -> assertThat(space.mmap(address, 2 * PAGE, Prot.READ_WRITE, fixed | MapFlags.SHARED, object, 1))
                    .isEqualTo(address);
            case 3 -> assertThat(space.mprotect(address, PAGE, Prot.READ)).isNotPositive();
            case 4 -> assertThat(space.frameAt(address)).isNotNegative();
            case 5 -> space.readLock().close();
            case 6 -> cpu.fill(address, 2 * PAGE, (byte) what);
            case 7 -> cpu.copyIn(address, buffer, 0, buffer.length);
            case 8 -> cpu.copyOut(address, buffer, 0, buffer.length);
            default -> cpu.storeLong(address, what);
        }
    }
}
