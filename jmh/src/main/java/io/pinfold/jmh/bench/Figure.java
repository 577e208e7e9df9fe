package io.pinfold.jmh.bench;

import java.io.PrintStream;
import java.util.Optional;

/**
 * The result of one JVM for one row. The child passes it to its parent as one line on standard output.
 *
 * @param id      of the row
 * @param nanos   median time per unit
 * @param ratio   median ratio; NaN when there is nothing to compare with
 * @param p25     lower quartile of the ratio
 * @param p75     upper quartile of the ratio
 * @param ratioTo see {@link Row}
 * @param note    see {@link Row}; the reason in a figure without a time
 */
record Figure(String id, double nanos, double ratio, double p25, double p75, String ratioTo, String note) {
    /** The beginning of the note of a row that the product is too old for. */
    static final String NOT_THERE = "not there: ";

    private static final String MARK = "pinfold-bench";
    private static final String TAB = "\t";
    private static final int FIELDS = 8;

    static Figure notMeasured(String id, String why) {
        return new Figure(id, Double.NaN, Double.NaN, Double.NaN, Double.NaN, "", why);
    }

    /** A time without a ratio. */
    static Figure time(String id, double nanos, String note) {
        return new Figure(id, nanos, Double.NaN, Double.NaN, Double.NaN, "", note);
    }

    void print(PrintStream out) {
        out.println(String.join(TAB, MARK, id, String.valueOf(nanos), String.valueOf(ratio), String.valueOf(p25),
                String.valueOf(p75), ratioTo, oneLine(note)));
        out.flush();
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }

    /** The figure in a line of a child's output, if there is one. */
    static Optional<Figure> parse(String line) {
        String[] fields = line.split(TAB, -1);
        if (fields.length != FIELDS || !fields[0].equals(MARK)) {
            return Optional.empty();
        }
        return Optional.of(new Figure(fields[1], Double.parseDouble(fields[2]), Double.parseDouble(fields[3]),
                Double.parseDouble(fields[4]), Double.parseDouble(fields[5]), fields[6], fields[7]));
    }
}
