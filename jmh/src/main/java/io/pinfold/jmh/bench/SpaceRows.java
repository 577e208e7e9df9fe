package io.pinfold.jmh.bench;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.words.Align;
import io.pinfold.fastpath.GupSession;
import io.pinfold.jmh.RatioHarness;
import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows that show whether the cost of a page grows with the size of the address space. One mapping of 1 MiB to 1 TiB
 * holds four present stretches of 64 pages, evenly spread; each call takes the next of them.
 */
final class SpaceRows implements Group.Rows {
    private static final String[] NAMES = {"1MiB", "64MiB", "1GiB", "64GiB", "1TiB"};
    private static final long[] SIZES = {1L << 20, 64L << 20, 1L << 30, 64L << 30, 1L << 40};
    private static final int PAGES = 64;
    private static final int STRETCHES = 4;
    private static final long START = 1L << 40;
    private static final long RAM = 64L << 20;
    static final List<String> IDS = ids();

    private final List<Space> spaces = new ArrayList<>();

    SpaceRows() {
        for (long size : SIZES) {
            spaces.add(new Space(size));
        }
    }

    private static List<String> ids() {
        List<String> ids = new ArrayList<>();
        for (String name : NAMES) {
            ids.add("space." + name);
        }
        return List.copyOf(ids);
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        for (Space space : spaces) {
            harness.add(new Variant("space", PAGES, space::getAndPut));
        }
        List<Result> results = harness.run(rounds, new int[SIZES.length]);
        List<Figure> figures = new ArrayList<>();
        for (int i = 0; i < SIZES.length; i++) {
            Result result = results.get(i);
            figures.add(
                    new Figure(IDS.get(i), result.nanos(), result.ratio(), result.p25(), result.p75(), IDS.getFirst(),
                            ""));
        }
        spaces.forEach(Space::close);
        return figures;
    }

    private static final class Space implements AutoCloseable {
        private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM));
        private final AddressSpace space = AddressSpace.create(memory);
        private final GupSession session = GupSession.open(memory);
        private final PageBatch<Hold.Get> batch = memory.newPageBatch(PAGES);
        private final long stride;
        private int stretch;

        Space(long bytes) {
            stride = bytes / STRETCHES;
            long address = space.mmap(START, bytes, Prot.READ | Prot.WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
            if (address != START) {
                throw new IllegalStateException("mmap of " + bytes + " bytes is " + address);
            }
            try (Cpu cpu = space.openCpu()) {
                for (int i = 0; i < STRETCHES * PAGES; i++) {
                    cpu.storeLong(START + i / PAGES * stride + ((long) (i % PAGES) << Align.PAGE_SHIFT), i);
                }
            }
        }

        int getAndPut(int calls) {
            int sum = 0;
            for (int i = 0; i < calls; i++) {
                stretch = stretch + 1 & STRETCHES - 1;
                sum += session.getUserPagesFast(space, START + stretch * stride, PAGES, GupOptions.WRITE, batch);
                memory.putPages(batch);
            }
            return sum;
        }

        @Override
        public void close() {
            batch.close();
            session.close();
            space.close();
            memory.close();
        }
    }
}
