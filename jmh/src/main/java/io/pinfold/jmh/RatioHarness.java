package io.pinfold.jmh;

import io.pinfold.hwmodel.stats.Quantiles;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;

/**
 * Compares variants in one JVM by interleaving them in short slices.
 *
 * <p>On a machine that runs other programs, two runs of one benchmark differ by more than the difference in question.
 * Here every round runs a slice of each variant, in an order drawn anew, and only times of the same round are divided
 * by each other: a disturbance of the machine that outlasts a round affects both sides. The answer is the median of
 * those ratios, with its quartiles.
 *
 * <p>Time is processor time of this thread, so that a slice which loses the processor to another program does not count
 * that program's time as its own. A slice is about 0.15 ms: long enough for the clock, short against a time slice of
 * the scheduler. The loop over the calls of a slice belongs to the variant, in Java as in C: no call goes through an
 * interface, and each is compiled for its one caller.
 */
public final class RatioHarness {
    private static final long SLICE_NANOS = 150_000;
    /**
     * Nanoseconds of warm-up for each round, up to {@link #WARM_UP_MAX_NANOS}: a smoke test need not wait for the
     * compiler.
     */
    private static final long WARM_UP_NANOS = 40_000_000L;
    private static final long WARM_UP_MAX_NANOS = 3_000_000_000L;
    /** Most calls of a slice, for work that is optimised away after all. */
    private static final int CALLS_MAX = 1 << 24;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final List<Variant> variants = new ArrayList<>();
    private final Random order;

    /** Prints the ratios of {@link GetPutRatios}; arguments as there. */
    public static void main(String[] args) {
        GetPutRatios.main(args);
    }

    /**
     * A harness without variants.
     *
     * @param seed of the orders of the rounds
     */
    public RatioHarness(long seed) {
        order = new Random(seed);
    }

    /**
     * One piece of work to be timed.
     *
     * @param name shown in results
     * @param unitsPerCall what a call's time is divided by, such as its pages
     * @param loop makes the given number of calls in a row, by a loop of its own; returns anything that depends on the
     *             work, so that it cannot be optimised away
     * @param prepare prepares what the given number of calls will use up; not timed
     * @param callsMax most calls that can be prepared at once
     */
    public record Variant(String name, int unitsPerCall, IntUnaryOperator loop, IntConsumer prepare, int callsMax) {
        /** A variant whose calls leave everything as it was. */
        public Variant(String name, int unitsPerCall, IntUnaryOperator loop) {
            this(name, unitsPerCall, loop, calls -> {
            }, CALLS_MAX);
        }
    }

    /**
     * The times of a variant.
     *
     * @param nanos median time per unit
     * @param p25 lower quartile of the ratio to the baseline, by round
     * @param ratio median of that ratio
     * @param p75 upper quartile of that ratio
     */
    public record Result(double nanos, double p25, double ratio, double p75) {
    }

    /** Adds a variant and returns its index in the results. */
    public int add(Variant variant) {
        variants.add(variant);
        return variants.size() - 1;
    }

    /**
     * Times all variants.
     *
     * @param rounds slices of each variant, at least 1; from 200 on quartiles mean something
     * @param baselines for each variant the index of what it is compared with
     */
    public List<Result> run(int rounds, int[] baselines) {
        if (rounds < 1) {
            throw new IllegalArgumentException("rounds " + rounds + ": must be at least 1");
        }
        int[] calls = new int[variants.size()];
        warmUp(calls, Math.min(rounds * WARM_UP_NANOS, WARM_UP_MAX_NANOS));
        double[][] nanos = new double[variants.size()][rounds];
        List<Integer> sequence = new ArrayList<>();
        for (int i = 0; i < variants.size(); i++) {
            sequence.add(i);
        }
        for (int round = 0; round < rounds; round++) {
            Collections.shuffle(sequence, order);
            for (int i : sequence) {
                Variant variant = variants.get(i);
                nanos[i][round] = time(variant, calls[i]) / (double) ((long) calls[i] * variant.unitsPerCall());
            }
        }
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < variants.size(); i++) {
            results.add(result(nanos[i], nanos[baselines[i]]));
        }
        return results;
    }

    /** Runs every variant until it is compiled, by turns as later on, and finds how many calls fill a slice. */
    private void warmUp(int[] calls, long nanos) {
        for (int i = 0; i < calls.length; i++) {
            calls[i] = 1;
        }
        long end = THREADS.getCurrentThreadCpuTime() + nanos;
        do {
            for (int i = 0; i < calls.length; i++) {
                long took = Math.max(1, time(variants.get(i), calls[i]));
                calls[i] = (int) Math.clamp(calls[i] * (double) SLICE_NANOS / took, 1,
                        Math.min(2.0 * calls[i], variants.get(i).callsMax()));
            }
        } while (THREADS.getCurrentThreadCpuTime() < end);
    }

    private static long time(Variant variant, int calls) {
        variant.prepare().accept(calls);
        IntUnaryOperator loop = variant.loop();
        long start = THREADS.getCurrentThreadCpuTime();
        int sum = loop.applyAsInt(calls);
        long took = THREADS.getCurrentThreadCpuTime() - start;
        sink = sum;
        return took;
    }

    private static Result result(double[] nanos, double[] baseline) {
        double[] ratios = new double[nanos.length];
        for (int round = 0; round < nanos.length; round++) {
            ratios[round] = nanos[round] / baseline[round];
        }
        return new Result(Quantiles.median(nanos), Quantiles.of(ratios, 0.25), Quantiles.median(ratios),
                Quantiles.of(ratios, 0.75));
    }

    /** Consumes a result, so that the work behind it is not dead code. */
    private static volatile int sink;

    /** The last sum of results; it is written so that the compiler keeps the work. */
    static int sink() {
        return sink;
    }
}
