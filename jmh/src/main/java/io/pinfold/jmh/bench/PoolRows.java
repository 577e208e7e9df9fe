package io.pinfold.jmh.bench;

import io.netty.util.ResourceLeakDetector;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.example.FramePool;
import io.pinfold.jmh.RatioHarness;
import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import io.pinfold.jmh.pool.Draws;
import io.pinfold.jmh.pool.LockPool;
import io.pinfold.jmh.pool.MapPool;
import io.pinfold.jmh.pool.NettyPool;
import io.pinfold.jmh.pool.Pages;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntUnaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * Rows of the README's pool, read without a hold or under a pin, by one thread or by two at the same time: how many
 * times as fast as other pools it is. All pools hold a quarter of the keys' pages, load and evict by the
 * same rules, and make the pages in the same way. Each read looks at eight bytes and fails if they are another page's.
 */
final class PoolRows implements Group.Rows {
    static final List<String> READ = List.of("pool.read.lock", "pool.read.netty");
    static final List<String> PIN = List.of("pool.pin.lock", "pool.pin.netty");
    /** As {@link #READ}, and no page is ever evicted: what a read costs without the loads. */
    static final List<String> HIT = List.of("pool.hit.lock", "pool.hit.netty");
    static final List<String> TWO_READ = List.of("pool.two.read.lock", "pool.two.read.netty");
    static final List<String> TWO_PIN = List.of("pool.two.pin.lock", "pool.two.pin.netty");

    private static final List<String> YARDSTICKS = List.of(Yardstick.LOCK_POOL_TIMES, Yardstick.NETTY_POOL_TIMES);
    private static final int KEYS = 4096;
    private static final int SHARE = 4;
    private static final double SKEW = 0.99;
    private static final long RAM = 64L << 20;
    private static final int BURST = 4000;
    private static final long SEED_OF_RANKS = 1;

    private final List<String> ids;
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM));
    private final FrameHandles handles = memory.handles();
    private final LongAdder loads = new LongAdder();
    private final FramePool pool;
    private final LockPool locked;
    private final NettyPool netty;

    PoolRows(List<String> ids) {
        this.ids = ids;
        int frames = ids.equals(HIT) ? KEYS : KEYS / SHARE;
        pool = new FramePool(handles, KEYS, frames, this::load);
        locked = new LockPool(frames);
        netty = new NettyPool(frames);
        // It would look at some of the buffers more closely. Netty's pool allocates in each load, ours does not.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    private void load(Integer key, long handle) {
        loads.increment();
        try (Arena arena = Arena.ofConfined()) {
            Pages.make(handles.view(handle, arena), key);
        }
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        boolean two = ids.equals(TWO_READ) || ids.equals(TWO_PIN);
        try (Reader first = new Reader(seed + 1); Reader second = new Reader(seed + 2)) {
            if (!two) {
                return alone(rounds, seed, first);
            }
            if (Runtime.getRuntime().availableProcessors() < 2) {
                return ids.stream().map(id -> Figure.notMeasured(id, "one processor")).toList();
            }
            return together(rounds, first, second);
        } finally {
            close();
        }
    }

    private List<Figure> alone(int rounds, long seed, Reader reader) {
        RatioHarness harness = new RatioHarness(seed);
        int ours = harness.add(new Variant("ours", 1, reader));
        harness.add(new Variant("lock", 1, reader.of(locked)));
        harness.add(new Variant("netty", 1, reader.of(netty)));
        List<Result> results = harness.run(rounds, new int[]{ours, ours, ours});
        List<Figure> figures = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Result rival = results.get(i + 1);
            figures.add(new Figure(ids.get(i), results.get(ours).nanos(), rival.ratio(), rival.p25(), rival.p75(),
                    YARDSTICKS.get(i), note(reader.reads)));
        }
        return figures;
    }

    private List<Figure> together(int rounds, Reader first, Reader second) {
        List<Figure> figures = new ArrayList<>();
        List<MapPool<?>> rivals = List.of(locked, netty);
        try (Pair pair = new Pair()) {
            for (int i = 0; i < ids.size(); i++) {
                IntUnaryOperator one = first.of(rivals.get(i));
                IntUnaryOperator other = second.of(rivals.get(i));
                Figure figure = ThreadHandleRows.figure(ids.get(i), rounds, (p, round) -> {
                    p.together(one, other, BURST);
                    double rival = p.firstNanos + p.secondNanos;
                    p.together(first, second, BURST);
                    return rival / (p.firstNanos + p.secondNanos);
                }, pair, 1, YARDSTICKS.get(i));
                figures.add(new Figure(figure.id(), figure.nanos(), figure.ratio(), figure.p25(), figure.p75(),
                        figure.ratioTo(), note(first.reads + second.reads)));
            }
        }
        return figures;
    }

    private String note(long reads) {
        return String.format(Locale.ROOT, "%.0f in 100 reads load", 100.0 * loads.sum() / reads);
    }

    private void close() {
        while (pool.evict()) {
            Thread.onSpinWait();
        }
        memory.close();
        locked.close();
        netty.close();
    }

    /** A thread's keys and session; applied to a number it makes that many reads of our pool. */
    private final class Reader implements IntUnaryOperator, AutoCloseable {
        private final long seed;
        private final Draws draws;
        private final boolean pins = ids.equals(PIN) || ids.equals(TWO_PIN);
        private final GupSession session = GupSession.open(memory);
        private final LongUnaryOperator tryPin = session::tryPin;
        private long reads;

        Reader(long seed) {
            this.seed = seed;
            this.draws = newDraws();
            session.detach();
        }

        private Draws newDraws() {
            return new Draws(KEYS, SKEW, SEED_OF_RANKS, seed);
        }

        /** The same keys for another pool. */
        IntUnaryOperator of(MapPool<?> rival) {
            Draws own = newDraws();
            return count -> rival.read(own, count);
        }

        @Override
        public int applyAsInt(int count) {
            reads += count;
            session.attach(); // either thread of the pair runs it
            if (pins) {
                pinAndRead(count);
            } else {
                read(count);
            }
            session.detach();
            return count;
        }

        private void read(int count) {
            int from = draws.advance(count);
            for (int at = from; at != from + count; at++) {
                int key = draws.key(at);
                Pages.check(pool.readLong(key, Draws.offset(at)), key);
            }
        }

        private void pinAndRead(int count) {
            int from = draws.advance(count);
            for (int at = from; at != from + count; at++) {
                int key = draws.key(at);
                long pin = pool.pin(tryPin, key);
                long word = handles.peekLong(pin, Draws.offset(at)); // no thread writes the frame while it is pinned
                handles.unpin(pin);
                Pages.check(word, key);
            }
        }

        @Override
        public void close() {
            session.close();
        }
    }
}
