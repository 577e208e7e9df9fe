package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.stats.Quantiles;
import java.util.Arrays;
import java.util.List;

/**
 * One row of two commits: what it cost in each JVM of either side.
 *
 * @param id    of the row
 * @param what  the costs are: times what a yardstick takes, or ns
 * @param here  of this tree, by JVM; empty if it was not measured
 * @param other of the other commit, by JVM; empty if it was not measured
 * @param note  why it was not measured, and on which side; empty otherwise
 */
record Comparison(String id, String what, List<Double> here, List<Double> other, String note) {
    /** What the ratio of two medians must exceed. */
    static final double LIMIT = 1.03;

    /** What the figures say. */
    enum Verdict {
        /** Ratio above {@link #LIMIT}, and the slowest JVM of the other side is faster than the fastest of this one. */
        WORSE,
        /** The same the other way round. */
        BETTER,
        /** Neither. */
        SAME,
        /** The other commit has this row and this tree does not. */
        LOST,
        /** One side or both lack the row, and this tree did not lose it. */
        NOT_THERE;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        }
    }

    Comparison {
        here = List.copyOf(here);
        other = List.copyOf(other);
    }

    static double median(List<Double> costs) {
        return Quantiles.median(costs.stream().mapToDouble(Double::doubleValue).toArray());
    }

    static double least(List<Double> costs) {
        return Arrays.stream(costs.toArray(Double[]::new)).mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
    }

    static double most(List<Double> costs) {
        return Arrays.stream(costs.toArray(Double[]::new)).mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    }

    /** Median here by median there; NaN unless both were measured. */
    double ratio() {
        return here.isEmpty() || other.isEmpty() ? Double.NaN : median(here) / median(other);
    }

    Verdict verdict() {
        if (here.isEmpty() || other.isEmpty()) {
            return here.isEmpty() && !other.isEmpty() ? Verdict.LOST : Verdict.NOT_THERE;
        }
        if (ratio() > LIMIT && least(here) > most(other)) {
            return Verdict.WORSE;
        }
        return ratio() < 1 / LIMIT && most(here) < least(other) ? Verdict.BETTER : Verdict.SAME;
    }

    /** Whether this tree has to explain itself. */
    boolean isFound() {
        return verdict() == Verdict.WORSE || verdict() == Verdict.LOST;
    }

    /** What a figure costs: the ratio to its yardstick if a change of Pinfold cannot change that, otherwise its time; NaN if not measured. */
    static double cost(Figure figure) {
        if (!isRatio(figure)) {
            return figure.nanos();
        }
        return Bars.isAtLeast(figure.id()) ? 1 / figure.ratio() : figure.ratio();
    }

    /** In what {@link #cost} is. */
    static String unit(Figure figure) {
        if (!isRatio(figure)) {
            return "ns";
        }
        if (figure.ratioTo().equals(Yardstick.NETTY_TIMES)) {
            return "x " + Yardstick.NETTY;
        }
        return figure.ratioTo().equals(Yardstick.ATOMICS_TIMES) ? "x the same atomics" : "x " + figure.ratioTo();
    }

    private static boolean isRatio(Figure figure) {
        return Double.isFinite(figure.ratio()) && Yardstick.isForeign(figure.ratioTo());
    }
}
