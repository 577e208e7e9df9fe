package io.pinfold.jmh.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.words.Align;
import io.pinfold.fastpath.GupSession;
import io.pinfold.hwmodel.stats.Quantiles;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.function.ToDoubleBiFunction;

/**
 * Rows of two threads that work by handle: on frames of their own, compared with one thread alone; and on one hot
 * frame, where reads are compared with one thread and pins with Netty's retain and release of one buffer by two
 * threads. The threads meet before each burst, see {@link ThreadRows}.
 */
final class ThreadHandleRows implements Group.Rows {
    static final String PIN_DISJOINT = "threads.handle.disjoint";
    static final String PIN_SAME = "threads.handle.same";
    static final String READ_DISJOINT = "threads.read.disjoint";
    static final String READ_SAME = "threads.read.same";
    static final String ALLOCATE = "threads.allocate";
    static final List<String> IDS = List.of(PIN_DISJOINT, PIN_SAME, READ_DISJOINT, READ_SAME, ALLOCATE);

    private static final int FRAMES = 64;
    private static final long RAM = 64L << 20;
    private static final int CALLS = 300;
    private static final int HOT_CALLS = 4000;
    private static final int WARM_ROUNDS = 200;
    private static final String ALONE = "times as many as one thread alone";

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM));
    private final FrameHandles handles = memory.handles();
    private final long[] first = frames();
    private final long[] second = frames();
    private final ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(Align.PAGE_BYTES);

    private long[] frames() {
        long[] frames = new long[FRAMES];
        for (int i = 0; i < FRAMES; i++) {
            frames[i] = handles.allocate();
            if (frames[i] == FrameHandle.NONE) {
                throw new IllegalStateException("no frame " + i + " of " + FRAMES);
            }
        }
        return frames;
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        if (Runtime.getRuntime().availableProcessors() < 2) {
            close();
            return IDS.stream().map(id -> Figure.notMeasured(id, "one processor")).toList();
        }
        long[] hot = {first[0]};
        List<Figure> figures = new ArrayList<>();
        try (Pair pair = new Pair(); Pinner one = new Pinner(first); Pinner two = new Pinner(second);
                Pinner hotOne = new Pinner(hot); Pinner hotTwo = new Pinner(hot)) {
            figures.add(scaling(PIN_DISJOINT, rounds, pair, one, two, CALLS, FRAMES));
            figures.add(figure(PIN_SAME, rounds, (p, round) -> {
                p.together(this::retainAndRelease, this::retainAndRelease, HOT_CALLS);
                double netty = p.firstNanos + p.secondNanos;
                p.together(hotOne, hotTwo, HOT_CALLS);
                return netty / (p.firstNanos + p.secondNanos);
            }, pair, 1, Yardstick.NETTY_TIMES));
            figures.add(scaling(READ_DISJOINT, rounds, pair, calls -> read(first, calls), calls -> read(second, calls),
                    CALLS, FRAMES));
            figures.add(scaling(READ_SAME, rounds, pair, calls -> read(hot, calls), calls -> read(hot, calls),
                    HOT_CALLS, 1));
            figures.add(scaling(ALLOCATE, rounds, pair, this::allocateAndPut, this::allocateAndPut, CALLS, 1));
        }
        close();
        return figures;
    }

    private static Figure scaling(String id, int rounds, Pair pair, IntUnaryOperator one, IntUnaryOperator other,
            int calls, int perCall) {
        return figure(id, rounds, (p, round) -> {
            double alone = p.alone(one, calls);
            p.together(one, other, calls);
            return alone / p.firstNanos + alone / p.secondNanos;
        }, pair, perCall, ALONE);
    }

    /** The median of the bursts' ratios, and of the caller's time in the last burst of each. */
    static Figure figure(String id, int rounds, ToDoubleBiFunction<Pair, Integer> burst, Pair pair, int perCall,
            String ratioTo) {
        double[] ratios = new double[rounds];
        double[] nanos = new double[rounds];
        for (int round = -WARM_ROUNDS; round < rounds; round++) {
            double ratio = burst.applyAsDouble(pair, round);
            if (round >= 0) {
                ratios[round] = ratio;
                nanos[round] = pair.firstNanos / perCall;
            }
        }
        return new Figure(id, Quantiles.median(nanos), Quantiles.median(ratios), Quantiles.of(ratios, 0.25),
                Quantiles.of(ratios, 0.75), ratioTo, "");
    }

    private int retainAndRelease(int calls) {
        int sum = 0;
        for (int i = 0; i < calls; i++) {
            sum += buffer.retain().refCnt();
            sum += buffer.release() ? 1 : 0;
        }
        return sum;
    }

    private int read(long[] frames, int calls) {
        long sum = 0;
        for (int call = 0; call < calls; call++) {
            for (long frame : frames) {
                sum += handles.readLong(frame, 0, -1);
            }
        }
        if (sum != 0) {
            throw new IllegalStateException("words of frames of zeros add up to " + sum);
        }
        return calls;
    }

    private int allocateAndPut(int calls) {
        int done = 0;
        for (int call = 0; call < calls; call++) {
            long handle = handles.allocate();
            if (handle != FrameHandle.NONE) {
                handles.put(handle);
                done++;
            }
        }
        if (done != calls) {
            throw new IllegalStateException("no frame for " + (calls - done) + " of " + calls + " calls");
        }
        return done;
    }

    private void close() {
        for (int i = 0; i < FRAMES; i++) {
            handles.put(first[i]);
            handles.put(second[i]);
        }
        memory.close();
        buffer.release();
    }

    /** A session that pins frames by handle, all before the first is given back. */
    private final class Pinner implements IntUnaryOperator, AutoCloseable {
        private final GupSession session = GupSession.open(memory);
        private final long[] frames;

        Pinner(long[] frames) {
            this.frames = frames;
            session.detach();
        }

        @Override
        public int applyAsInt(int calls) {
            session.attach(); // either thread of the pair runs it
            int taken = 0;
            for (int call = 0; call < calls; call++) {
                for (long frame : frames) {
                    taken += session.tryPin(frame) != FrameHandle.NONE ? 1 : 0;
                }
                for (long frame : frames) {
                    handles.unpin(FrameHandle.toPin(frame));
                }
            }
            session.detach();
            return taken;
        }

        @Override
        public void close() {
            session.close();
        }
    }
}
