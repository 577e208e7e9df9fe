package io.pinfold.jmh.bench;

import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.jmh.RatioHarness;
import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The row of munmap, by page: calls of 64 anonymous pages that were stored to, frames given back; mapping and storing
 * are not timed.
 */
final class MunmapRow implements Group.Rows {
    static final String ID = "munmap.page";

    private static final int PAGES = 64;
    private static final int CALLS_MAX = 16;
    private static final int COUNT_INTS = 16; // 64 bytes apart, as page records are
    private static final long PAGE_BYTES = 4096;
    private static final long START = 1L << 30;
    private static final long RAM = 64L << 20;

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM));
    private final AddressSpace space = AddressSpace.create(memory);
    private final Cpu cpu = space.openCpu();
    private final AtomicIntegerArray counts = new AtomicIntegerArray(PAGES * COUNT_INTS);

    @Override
    public List<Figure> measure(int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        int base = harness.add(new Variant(Yardstick.TWO_ATOMICS, PAGES, this::count));
        int munmap = harness.add(new Variant(ID, PAGES, this::munmap, this::map, CALLS_MAX));
        Result result = harness.run(rounds, new int[]{base, base}).get(munmap);
        cpu.close();
        space.close();
        memory.close();
        return List.of(new Figure(ID, result.nanos(), result.ratio(), result.p25(), result.p75(), Yardstick.TWO_ATOMICS,
                ""));
    }

    private void map(int calls) {
        long mapped = space.mmap(START, CALLS_MAX * PAGES * PAGE_BYTES, Prot.READ_WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
        if (mapped != START) {
            throw new IllegalStateException("mmap is " + mapped);
        }
        for (int i = 0; i < calls * PAGES; i++) {
            cpu.storeLong(START + i * PAGE_BYTES, i);
        }
    }

    private int munmap(int calls) {
        for (int i = 0; i < calls; i++) {
            int result = space.munmap(START + i * (PAGES * PAGE_BYTES), PAGES * PAGE_BYTES);
            if (result != 0) {
                throw new IllegalStateException("munmap is " + result);
            }
        }
        return calls;
    }

    private int count(int calls) {
        int done = 0;
        for (int call = 0; call < calls; call++) {
            for (int i = 0; i < PAGES; i++) {
                int seen = counts.get(i * COUNT_INTS);
                done += counts.compareAndSet(i * COUNT_INTS, seen, seen + 1) ? 1 : 0;
                done += counts.decrementAndGet(i * COUNT_INTS);
            }
        }
        return done;
    }
}
