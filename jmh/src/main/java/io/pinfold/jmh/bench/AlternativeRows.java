package io.pinfold.jmh.bench;

import io.netty.buffer.ByteBuf;
import io.pinfold.jmh.RatioHarness;
import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import io.pinfold.jmh.baseline.KeepAlive;
import io.pinfold.jmh.support.PresentPages;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Rows of what a JVM program can use instead, 512 objects taken and dropped. No alternative translates an address, and
 * none survives an unmap. The ratio is to get + put of 512 order-0 pages in the same JVM.
 */
final class AlternativeRows implements Group.Rows {
    private static final int PAGES = 512;
    private static final String ARRAY = "alternative.atomicIntegerArray";
    private static final String NETTY = "alternative.nettyRetainRelease";
    private static final String MAP = "alternative.readWriteLockAndMap";
    private static final String ARENA = "alternative.sharedArenaKeepAlive";
    static final List<String> IDS = List.of(ARRAY, NETTY, MAP, ARENA);

    private final PresentPages present = new PresentPages(PAGES);
    private final AtomicIntegerArray array = new AtomicIntegerArray(PAGES * 16);
    private final ByteBuf[] buffers = NettyRows.buffers();
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final Map<Integer, AtomicInteger> map = new HashMap<>();

    AlternativeRows() {
        for (int i = 0; i < PAGES; i++) {
            array.set(i * 16, 1);
            map.put(i, new AtomicInteger(1));
        }
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        harness.add(new Variant("ours", PAGES, present::getAndPut));
        harness.add(new Variant(ARRAY, PAGES, this::countInArray));
        harness.add(new Variant(NETTY, PAGES, calls -> NettyRows.retainAndRelease(buffers, calls)));
        harness.add(new Variant(MAP, PAGES, this::lookUpAndCount));
        try (KeepAlive keepAlive = new KeepAlive()) {
            harness.add(new Variant(ARENA, 1, keepAlive::sharedCalls));
            harness.add(new Variant("global", 1, keepAlive::globalCalls));
            List<Result> results = harness.run(rounds, new int[6]);
            List<Figure> figures = new ArrayList<>();
            for (int i = 0; i < IDS.size(); i++) {
                Result result = results.get(i + 1);
                String note = IDS.get(i).equals(ARENA)
                        ? String.format(java.util.Locale.ROOT,
                                "a downcall with a segment of a shared arena; with a global one it takes %.2f ns",
                                results.getLast().nanos())
                        : "";
                figures.add(new Figure(IDS.get(i), result.nanos(), result.ratio(), result.p25(), result.p75(),
                        "get + put of 512 order-0 pages", note));
            }
            return figures;
        } finally {
            present.checkBalanced();
            present.close();
        }
    }

    /** Counts 64 bytes apart, as page records are. */
    private int countInArray(int calls) {
        int done = 0;
        for (int call = 0; call < calls; call++) {
            for (int i = 0; i < PAGES; i++) {
                int seen = array.get(i * 16);
                done += array.compareAndSet(i * 16, seen, seen + 1) ? 1 : 0;
            }
            for (int i = 0; i < PAGES; i++) {
                done += array.decrementAndGet(i * 16);
            }
        }
        return done;
    }

    /** One hold of the lock for 512 look-ups and counts. */
    private int lookUpAndCount(int calls) {
        int done = 0;
        for (int call = 0; call < calls; call++) {
            lock.readLock().lock();
            try {
                for (int i = 0; i < PAGES; i++) {
                    AtomicInteger count = map.get(i);
                    done += count == null ? 0 : count.incrementAndGet();
                }
            } finally {
                lock.readLock().unlock();
            }
            lock.readLock().lock();
            try {
                for (int i = 0; i < PAGES; i++) {
                    AtomicInteger count = map.get(i);
                    done += count == null ? 0 : count.decrementAndGet();
                }
            } finally {
                lock.readLock().unlock();
            }
        }
        return done;
    }
}
