package io.pinfold.jmh.bench;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.GupSession;
import io.pinfold.hwmodel.stats.Quantiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Rows of two threads in one address space. On ranges of their own they are compared with one thread alone. On one page
 * they are compared with two threads that do nothing but the read-modify-writes of such a call: two on the page's
 * count, three on words of their own (the slot, and the batch to fill it and to give it back).
 *
 * <p>Before each burst the threads meet at a spin barrier, so both are on a processor when it begins; bursts are short
 * against a time slice. Without two processors nothing is measured.
 */
final class ThreadRows implements Group.Rows {
    static final String DISJOINT = "threads.disjoint";
    static final String SAME_PAGE = "threads.samePage";
    static final List<String> IDS = List.of(DISJOINT, SAME_PAGE);

    private static final int RANGE_PAGES = 64;
    private static final long START = 1L << 21;
    private static final long RAM = 64L << 20;
    private static final int DISJOINT_CALLS = 300;
    private static final int SAME_CALLS = 2000;
    private static final int WARM_ROUNDS = 200;
    private static final int OWN_BYTES = 512;
    private static final int SECOND_WORD = 256;

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM));
    private final AddressSpace space = AddressSpace.create(memory);
    private final MemorySegment words = Arena.ofAuto().allocate(2 * OWN_BYTES, OWN_BYTES);
    private final long count;

    ThreadRows() {
        // each range in a page table of its own
        long address = space.mmap(START, 2 * START, Prot.READ | Prot.WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
        if (address != START) {
            throw new IllegalStateException("mmap is " + address);
        }
        try (Cpu cpu = space.openCpu()) {
            for (int i = 0; i < RANGE_PAGES; i++) {
                cpu.storeLong(START + ((long) i << Align.PAGE_SHIFT), i);
                cpu.storeLong(2 * START + ((long) i << Align.PAGE_SHIFT), i);
            }
        }
        count = Bridge.core(memory).recordAddress(space.frameAt(START)) + PageLayout.REFCOUNT;
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        try {
            if (Runtime.getRuntime().availableProcessors() < 2) {
                return List.of(Figure.notMeasured(DISJOINT, "one processor"),
                        Figure.notMeasured(SAME_PAGE, "one processor"));
            }
            return List.of(disjoint(rounds), samePage(rounds));
        } finally {
            space.close();
            memory.close();
        }
    }

    private Figure disjoint(int rounds) {
        try (User first = new User(START, RANGE_PAGES); User second = new User(2 * START, RANGE_PAGES);
                Pair pair = new Pair()) {
            double[] speedUp = new double[rounds];
            double[] nanos = new double[rounds];
            for (int round = -WARM_ROUNDS; round < rounds; round++) {
                double alone = pair.alone(first, DISJOINT_CALLS);
                pair.together(first, second, DISJOINT_CALLS);
                if (round >= 0) {
                    speedUp[round] = alone / pair.firstNanos + alone / pair.secondNanos;
                    nanos[round] = pair.firstNanos / RANGE_PAGES;
                }
            }
            return figure(DISJOINT, nanos, speedUp, "times as many pages as one thread alone");
        }
    }

    private Figure samePage(int rounds) {
        try (User first = new User(START, 1); User second = new User(START, 1); Pair pair = new Pair()) {
            long own = words.address();
            double[] ratio = new double[rounds];
            double[] nanos = new double[rounds];
            for (int round = -WARM_ROUNDS; round < rounds; round++) {
                pair.together(calls -> countOnly(own, calls), calls -> countOnly(own + OWN_BYTES, calls), SAME_CALLS);
                double bare = pair.firstNanos + pair.secondNanos;
                pair.together(first, second, SAME_CALLS);
                if (round >= 0) {
                    nanos[round] = (pair.firstNanos + pair.secondNanos) / 2;
                    ratio[round] = bare / (pair.firstNanos + pair.secondNanos);
                }
            }
            return figure(SAME_PAGE, nanos, ratio, Yardstick.ATOMICS_TIMES);
        }
    }

    /** The five read-modify-writes of a get and a put, and nothing else. */
    private int countOnly(long own, int calls) {
        int sum = 0;
        for (int i = 0; i < calls; i++) {
            sum += Words.compareAndSetLong(own, 0, 1) ? 1 : 0;
            sum += Words.compareAndSetLong(own + SECOND_WORD, 0, 1) ? 1 : 0;
            int seen = Words.getIntVolatile(count);
            while (!Words.compareAndSetInt(count, seen, seen + 1)) {
                seen = Words.getIntVolatile(count);
            }
            Words.setLongRelease(own, 0);
            sum += Words.compareAndSetLong(own + SECOND_WORD, 1, 2) ? 1 : 0;
            sum += Words.getAndAddInt(count, -1);
            Words.setLongRelease(own + SECOND_WORD, 0);
        }
        return sum;
    }

    private static Figure figure(String id, double[] nanos, double[] ratios, String ratioTo) {
        return new Figure(id, Quantiles.median(nanos), Quantiles.median(ratios), Quantiles.of(ratios, 0.25),
                Quantiles.of(ratios, 0.75), ratioTo, "");
    }

    /** A session and a batch, which get and put the pages of one range. */
    private final class User implements IntUnaryOperator, AutoCloseable {
        private final GupSession session = GupSession.open(memory);
        private final PageBatch<Hold.Get> batch;
        private final long address;
        private final int pages;

        User(long address, int pages) {
            this.address = address;
            this.pages = pages;
            this.batch = memory.newPageBatch(pages);
            session.detach();
        }

        @Override
        public int applyAsInt(int calls) {
            session.attach(); // either thread of the pair runs it
            int sum = 0;
            for (int i = 0; i < calls; i++) {
                sum += session.getUserPagesFast(space, address, pages, GupOptions.WRITE, batch);
                memory.putPages(batch);
            }
            session.detach();
            return sum;
        }

        @Override
        public void close() {
            batch.close();
            session.close();
        }
    }
}
