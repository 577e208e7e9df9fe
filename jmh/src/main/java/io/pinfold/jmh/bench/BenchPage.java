package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.html.HtmlPage;
import io.pinfold.hwmodel.html.Svg;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The report as an HTML page: a bar for each row's ratio, its spread as a whisker, its bar as a broken line. */
final class BenchPage {
    private static final int LABEL = 250;
    private static final int PLOT = 480;
    private static final int NUMBERS = 230;
    private static final int LINE = 26;

    private final Report report;

    BenchPage(Report report) {
        this.report = report;
    }

    String text() {
        HtmlPage page = new HtmlPage("Pinfold bench").element("p", "dim", report.machine().toString()).element("p",
                "dim", report.runs() + " JVM runs of " + report.rounds() + " rounds, seed " + report.seed()
                        + ". A bar is the ratio, its whisker the spread, the broken line what it must reach (at most, or"
                        + " at least where marked >=).");
        groups().forEach((title, rows) -> chart(page, title, rows));
        return page.text();
    }

    /** The rows by the part of their ids before the first dot, in their order. */
    private Map<String, List<Row>> groups() {
        Map<String, List<Row>> groups = new LinkedHashMap<>();
        for (Row row : report.rows()) {
            groups.computeIfAbsent(row.id().replaceFirst("\\..*", ""), name -> new ArrayList<>()).add(row);
        }
        return groups;
    }

    private static void chart(HtmlPage page, String title, List<Row> rows) {
        boolean isTime = rows.stream().noneMatch(row -> Double.isFinite(row.ratio()));
        double most = rows.stream().mapToDouble(row -> isTime ? orZero(row.nanos()) : widest(row)).max().orElse(1);
        double scale = PLOT / Math.max(most * 1.05, isTime ? 1 : 1.2);
        int height = rows.size() * LINE + 8;
        Svg svg = new Svg(LABEL + PLOT + NUMBERS, height, title);
        if (!isTime) {
            svg.line("grid", LABEL + scale, 0, LABEL + scale, height);
        }
        for (int i = 0; i < rows.size(); i++) {
            line(svg, rows.get(i), i * LINE + 4, scale, isTime);
        }
        page.element("h2", title + (isTime ? ", ns a page" : ", ratio")).add(svg.toString());
        rows.stream().filter(row -> !row.note().isEmpty())
                .forEach(row -> page.element("p", "dim", row.id() + ": " + row.note()));
    }

    private static void line(Svg svg, Row row, int y, double scale, boolean isTime) {
        int middle = y + LINE / 2;
        svg.text(LABEL - 8, middle + 4, "end", "", row.id());
        if (!row.isMeasured()) {
            svg.text(LABEL + 4, middle + 4, "start", "dim", "not measured");
            return;
        }
        double value = isTime ? row.nanos() : row.ratio();
        Boolean met = row.met();
        svg.bar(met == null ? "plain" : met ? "good" : "bad", LABEL, y + 4, Math.max(1, orZero(value) * scale),
                LINE - 8);
        if (!isTime && Double.isFinite(row.low())) {
            svg.line("spread", LABEL + row.low() * scale, middle, LABEL + row.high() * scale, middle);
        }
        Double bar = row.bar();
        if (bar != null) {
            svg.line("bar", LABEL + bar * scale, y + 1, LABEL + bar * scale, y + LINE - 1);
        }
        svg.text(LABEL + PLOT + 8, middle + 4, "start", "", isTime ? Report.number(row.nanos()) + " ns"
                : Report.number(row.ratio()) + (bar == null ? "" : " (" + Report.bar(row) + ")") + ", "
                        + Report.number(row.nanos()) + " ns");
    }

    private static double widest(Row row) {
        Double bar = row.bar();
        return Math.max(Math.max(orZero(row.ratio()), orZero(row.high())), bar == null ? 0 : bar);
    }

    private static double orZero(double value) {
        return Double.isFinite(value) ? value : 0;
    }
}
