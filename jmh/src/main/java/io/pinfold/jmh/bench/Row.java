package io.pinfold.jmh.bench;

import org.jspecify.annotations.Nullable;

/**
 * One line of the report.
 *
 * @param id        such as order0.get.512
 * @param nanos     time per page, or per unit that {@code note} names
 * @param ratio     multiple of the time of {@code ratioTo}; the speed-up if the bar is a least value
 * @param low       lower end of the ratio's spread: over the JVM runs, or the lower quartile of the only one
 * @param high      upper end of that spread
 * @param ratioTo   what the ratio compares with: {@link #C}, the id of another row, or a few words; empty when nothing
 * @param bar       the ratio that must be reached; null when the row has no bar
 * @param isAtLeast whether the bar is a least (a speed-up) and not a most (a cost)
 * @param note      why it was not measured, that it is noisy, or another remark; mostly empty
 */
record Row(String id, double nanos, double ratio, double low, double high, String ratioTo, @Nullable Double bar,
        boolean isAtLeast, String note) {

    /** The {@code ratioTo} of a row that is compared with the same algorithm in C. */
    static final String C = "C";
    /** The beginning of a note that stands in place of a number. */
    private static final String NOT_MEASURED = "not measured: ";

    static Row notMeasured(String id, String why) {
        return new Row(id, Double.NaN, Double.NaN, Double.NaN, Double.NaN, "", Bars.of(id), Bars.isAtLeast(id),
                NOT_MEASURED + why);
    }

    /** A row of this id with its bar. */
    static Row of(String id, double nanos, double ratio, double low, double high, String ratioTo, String note) {
        return new Row(id, nanos, ratio, low, high, ratioTo, Bars.of(id), Bars.isAtLeast(id), note);
    }

    boolean isMeasured() {
        return !note.startsWith(NOT_MEASURED);
    }

    /** Whether the bar is met; null without a bar or without a ratio. */
    @Nullable
    Boolean met() {
        if (bar == null || !Double.isFinite(ratio)) {
            return null;
        }
        return isAtLeast ? ratio >= bar : ratio <= bar;
    }

    Row withNote(String more) {
        return new Row(id, nanos, ratio, low, high, ratioTo, bar, isAtLeast,
                note.isEmpty() ? more : note + "; " + more);
    }
}
