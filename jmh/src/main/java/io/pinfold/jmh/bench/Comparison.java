package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.stats.Quantiles;
import java.util.Arrays;
import java.util.List;

/**
 * One row of two commits: what it cost in each JVM of either side.
 *
 * @param id    of the row
 * @param what  the unit of the costs: multiples of a yardstick's time, or ns
 * @param here  costs of this tree, by JVM; empty if it was not measured
 * @param other costs of the other commit, by JVM; empty if it was not measured
 * @param note  why it was not measured, and on which side; empty otherwise
 */
record Comparison(String id, String what, List<Double> here, List<Double> other, String note) {
    /** The ratio of two medians above which a row counts as changed. */
    static final double LIMIT = 1.03;

    /** The verdict on the figures. */
    enum Verdict {
        /**
         * Worse: the ratio is above {@link #LIMIT}, and the slowest JVM of the other side is faster than the fastest of
         * this one.
         */
        WORSE,
        /** Better: the same with the sides exchanged. */
        BETTER,
        /** Neither worse nor better. */
        SAME,
        /** Lost: the other commit has this row and this tree does not. */
        LOST,
        /** Not measured: one side or both lack the row, and this tree did not lose it. */
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

    /** The median here divided by the median there; NaN unless both were measured. */
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

    /** Whether the row needs an explanation from this tree. */
    boolean isFound() {
        return verdict() == Verdict.WORSE || verdict() == Verdict.LOST;
    }

    /**
     * The cost of a figure: the ratio to its yardstick if no change of Pinfold can change the yardstick, otherwise the
     * time; NaN if not measured.
     */
    static double cost(Figure figure) {
        if (!isRatio(figure)) {
            return figure.nanos();
        }
        return Yardstick.isSpeedUp(figure.ratioTo()) ? 1 / figure.ratio() : figure.ratio();
    }

    /** The unit of {@link #cost}. */
    static String unit(Figure figure) {
        return isRatio(figure) ? "x " + Yardstick.unit(figure.ratioTo()) : "ns";
    }

    private static boolean isRatio(Figure figure) {
        return Double.isFinite(figure.ratio()) && Yardstick.isForeign(figure.ratioTo());
    }
}
