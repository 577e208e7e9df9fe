package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Threads that take away, map, protect and fault the very pages that others copy. Every store writes the stamp of its
 * (space, address). A page is all zeros and stamps of its own place; otherwise a thread worked in a frame that it no
 * longer had.
 */
class AddressSpaceStressTest {
    private static final int PAGE = Geometry.PAGE_BYTES;
    private static final int PAGES = 16;
    private static final long AREA = Geometry.levelBytes(Geometry.PMD);
    private static final int ROUNDS = 12_000;
    private static final int THREADS = 4;

    private volatile boolean isStopped;
    private long base;
    /** Distance of the places that are worked in. */
    private long stride;

    @Test
    void noCpuEverMeetsForeignData() throws Exception {
        base = 9 * AREA - PAGES / 2 * PAGE;
        stride = PAGE;
        run(8L << 20, ThpPolicy.NEVER, ROUNDS);
    }

    /**
     * A quarter of the area of a leaf from place to place: leaves come, are split, copied and go under the accesses.
     */
    @Test
    void norThroughHugeLeaves() throws Exception {
        base = 9 * AREA;
        stride = AREA / 4;
        run(64L << 20, ThpPolicy.ALWAYS, ROUNDS / 8);
    }

    private void run(long ram, ThpPolicy policy, int rounds) throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("AddressSpaceStressTest seed " + seed + " (replay with -Dseed=" + seed + ")");
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(ram));
        AddressSpace[] spaces = {AddressSpace.create(memory), AddressSpace.create(memory)};
        for (AddressSpace space : spaces) {
            space.setThpPolicy(policy);
        }
        spaces[1].setFolioOrder(2); // one with large folios, one without
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Future<long[]>> results = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            for (int i = 0; i < THREADS; i++) {
                int side = i % 2;
                Random random = new Random(seed + i);
                results.add(pool.submit(() -> {
                    start.await();
                    try (Cpu cpu = spaces[side].openCpu()) {
                        return work(spaces[side], side, cpu, random, rounds);
                    } finally {
                        isStopped = true; // the first failure ends all; a normal end comes at about the same time
                    }
                }));
            }
            long copies = 0;
            long faults = 0;
            for (Future<long[]> result : results) {
                long[] counts = get(result, seed);
                copies += counts[0];
                faults += counts[1];
            }
            assertThat(copies).as("copies").isPositive();
            assertThat(faults).as("accesses that met no mapping").isPositive();
        }
        MmTest.assertReferencesMatchMappings(memory);
        assertThat(SpaceAudit.check(memory, List.of(spaces))).isEmpty();
        for (AddressSpace space : spaces) {
            space.close();
        }
        boolean _ = memory.shrinkHugeZero();
        MmTest.assertNothingIsLeft(memory);
        memory.close();
    }

    private static long[] get(Future<long[]> result, long seed) throws InterruptedException {
        try {
            return result.get();
        } catch (ExecutionException e) {
            throw new AssertionError("seed " + seed + ": " + e.getCause(), e.getCause());
        }
    }

    /** Copies done and segmentation faults met. */
    private long[] work(AddressSpace space, int side, Cpu cpu, Random random, int rounds) {
        byte[] buffer = new byte[PAGE];
        long[] counts = new long[2];
        for (int round = 0; round < rounds && !isStopped; round++) {
            int page = random.nextInt(PAGES);
            long address = base + page * stride;
            long bytes = (1L + random.nextInt(Math.min(4, PAGES - page))) * stride;
            switch (random.nextInt(12)) {
                case 0 -> assertThat(space.munmap(address, bytes)).isZero();
                case 1, 2 -> map(space, address, bytes, random);
                case 3 -> protect(space, address, bytes, random);
                case 4 -> discard(space, address, bytes);
                default -> {
                    try {
                        access(side, cpu, address, buffer, random);
                        counts[0]++;
                    } catch (SegmentationFault fault) {
                        counts[1]++;
                    }
                }
            }
        }
        return counts;
    }

    private static void map(AddressSpace space, long address, long bytes, Random random) {
        int kind = random.nextInt(4) == 0 ? MapFlags.SHARED : MapFlags.PRIVATE;
        long result = space.mmap(address, bytes, Prot.READ_WRITE, kind | MapFlags.ANONYMOUS | MapFlags.FIXED);
        assertThat(result).isEqualTo(address);
    }

    private static void protect(AddressSpace space, long address, long bytes, Random random) {
        int prot = random.nextInt(Prot.ALL + 1) & Prot.READ_WRITE;
        int _ = space.mprotect(address, bytes, prot); // -ENOMEM over a hole
    }

    private static void discard(AddressSpace space, long address, long bytes) {
        int _ = space.madvise(address, bytes, AddressSpace.MADV_DONTNEED); // -ENOMEM over a hole
    }

    private void access(int side, Cpu cpu, long address, byte[] buffer, Random random) {
        byte stamp = stamp(side, address);
        if (random.nextBoolean()) {
            cpu.fill(address, PAGE, stamp);
            return;
        }
        cpu.copyOut(address, buffer, 0, PAGE);
        for (int i = 0; i < PAGE; i++) {
            if (buffer[i] != 0 && buffer[i] != stamp) {
                throw new AssertionError("space " + side + " address 0x" + Long.toHexString(address + i)
                        + ": expected 0 or " + stamp + ", found " + buffer[i]);
            }
        }
    }

    /** Not 0, and different for every page of both spaces. */
    private byte stamp(int side, long address) {
        int page = (int) ((address - base) / stride);
        return (byte) (1 + page * 2 + side);
    }
}
