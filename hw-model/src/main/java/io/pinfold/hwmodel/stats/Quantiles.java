package io.pinfold.hwmodel.stats;

import org.apache.commons.math3.stat.descriptive.rank.Percentile;
import org.apache.commons.math3.stat.descriptive.rank.Percentile.EstimationType;

/**
 * Quantiles of a few measurements. They interpolate linearly between neighbours, so the median of two is their mean.
 */
public final class Quantiles {
    private static final double PERCENT = 100;

    private Quantiles() {
    }

    /** The median. */
    public static double median(double... values) {
        return of(values, 0.5);
    }

    /**
     * The value that a share of all values does not exceed.
     *
     * @param values in any order, at least one; left as they are
     * @param share  more than 0, at most 1
     */
    public static double of(double[] values, double share) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values");
        }
        return new Percentile().withEstimationType(EstimationType.R_7).evaluate(values, share * PERCENT);
    }
}
