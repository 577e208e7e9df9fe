package io.pinfold.hwmodel.stats;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * The slow end of the times of single calls. A tail needs enough calls: a percentile for which there are too few is
 * NaN.
 *
 * @param calls number of timed calls
 * @param p50   median, ns
 * @param p99   ns that 99 of 100 calls do not exceed; NaN below 100 calls
 * @param p999  ns that 999 of 1000 calls do not exceed; NaN below 1000 calls
 */
public record Tail(long calls, double p50, double p99, double p999) {
    private static final int DIGITS = 3;
    private static final int HUNDRED = 100;
    private static final int THOUSAND = 1000;

    /**
     * The tail of single calls.
     *
     * @param nanos time of each call, at least one
     */
    public static Tail of(long... nanos) {
        if (nanos.length == 0) {
            throw new IllegalArgumentException("no calls");
        }
        Histogram histogram = new Histogram(DIGITS);
        for (long one : nanos) {
            histogram.recordValue(one);
        }
        return new Tail(nanos.length, histogram.getValueAtPercentile(50),
                nanos.length < HUNDRED ? Double.NaN : histogram.getValueAtPercentile(99),
                nanos.length < THOUSAND ? Double.NaN : histogram.getValueAtPercentile(99.9));
    }

    /** Divides each value by a number, such as the pages of a call. */
    public Tail per(double number) {
        return new Tail(calls, p50 / number, p99 / number, p999 / number);
    }

    /** The known values in one phrase; empty if there were too few calls. */
    @Override
    public String toString() {
        return Double.isNaN(p99) ? ""
                : String.format(Locale.ROOT, "p99 %.1f", p99)
                        + (Double.isNaN(p999) ? "" : String.format(Locale.ROOT, ", p99.9 %.1f", p999));
    }
}
