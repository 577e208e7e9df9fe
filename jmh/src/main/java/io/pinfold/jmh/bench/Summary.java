package io.pinfold.jmh.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes one row of the figures that several JVMs found for it. */
final class Summary {
    /** The row that compares a page of a PMD leaf with an order-0 page. */
    static final String PMD_PER_PAGE = "pmd.extents.perPage";
    /** The multiple of the two-atomics floor that C may take at 512 pages on a machine that is quiet enough. */
    static final double NOISE_LIMIT = 1.65;

    private static final Pattern FLOOR = Pattern.compile(PageRows.FLOOR_NOTE + ".* ns, ([0-9.]+) of");

    private Summary() {
    }

    /**
     * The row of the JVM whose ratio is the median, or whose time is if there is no ratio. The spread is that of all
     * JVMs, or the quartiles of a single one.
     */
    static Row of(List<Figure> runs) {
        List<Figure> sorted = new ArrayList<>(runs);
        boolean hasRatio = Double.isFinite(runs.getFirst().ratio());
        sorted.sort(Comparator.comparingDouble(hasRatio ? Figure::ratio : Figure::nanos));
        Figure median = sorted.get(sorted.size() / 2);
        if (!Double.isFinite(median.nanos())) {
            return Row.notMeasured(median.id(), median.note());
        }
        double low = sorted.size() > 1 ? sorted.getFirst().ratio() : median.p25();
        double high = sorted.size() > 1 ? sorted.getLast().ratio() : median.p75();
        return Row.of(median.id(), median.nanos(), median.ratio(), low, high, median.ratioTo(), median.note());
    }

    /** Whether C's own time in this order-0 row is too far from the floor for its ratio to mean much. */
    static boolean isNoisy(Row row) {
        if (!row.id().startsWith("order0.") || !row.id().endsWith(".512")) {
            return false;
        }
        Matcher floor = FLOOR.matcher(row.note());
        return floor.find() && Double.parseDouble(floor.group(1)) > NOISE_LIMIT;
    }

    /** The rows that are computed from others. */
    static List<Row> derived(List<Row> rows) {
        Row pmd = find(rows, "pmd.extents.get.512");
        Row order0 = find(rows, "order0.get.512");
        if (pmd == null || order0 == null) {
            return List.of();
        }
        if (!pmd.isMeasured() || !order0.isMeasured()) {
            return List.of(Row.notMeasured(PMD_PER_PAGE, "it follows from two rows, of which one was not measured"));
        }
        double ratio = pmd.nanos() / order0.nanos();
        return List.of(Row.of(PMD_PER_PAGE, pmd.nanos(), ratio, ratio, ratio, order0.id(), ""));
    }

    private static @org.jspecify.annotations.Nullable Row find(List<Row> rows, String id) {
        return rows.stream().filter(row -> row.id().equals(id)).findFirst().orElse(null);
    }
}
