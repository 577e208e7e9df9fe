package io.pinfold.jmh.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The report as one page that needs nothing else: a bar for each row's ratio, its spread as a whisker, its bar as a line. Light and
 * dark follow the reader's setting.
 */
final class HtmlPage {
    private static final int LABEL = 250;
    private static final int PLOT = 480;
    private static final int NUMBERS = 230;
    private static final int LINE = 26;
    private static final String STYLE = """
            :root{--bg:#fff;--fg:#1c1c1c;--dim:#666;--grid:#ddd;--good:#2f7d5b;--bad:#c0392b;--plain:#4a6fa5}
            @media(prefers-color-scheme:dark){:root{--bg:#16181c;--fg:#e6e6e6;--dim:#9a9a9a;--grid:#33363c;\
            --good:#54b98a;--bad:#f0766a;--plain:#7ba3dc}}
            body{background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em}
            h1{font-size:1.5em}h2{font-size:1.1em;margin:1.6em 0 .3em}p{color:var(--dim);margin:.3em 0}
            svg{width:100%;height:auto}text{fill:var(--fg);font:13px system-ui,sans-serif}.dim{fill:var(--dim)}
            .good{fill:var(--good)}.bad{fill:var(--bad)}.plain{fill:var(--plain)}
            .bar{stroke:var(--fg);stroke-width:2;stroke-dasharray:4 3}.one{stroke:var(--grid);stroke-width:1}
            .spread{stroke:var(--fg);stroke-width:1.5}
            """;

    private final Report report;

    HtmlPage(Report report) {
        this.report = report;
    }

    String text() {
        StringBuilder out = new StringBuilder("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Pinfold bench</title><style>"
                + STYLE + "</style></head><body><h1>Pinfold bench</h1>");
        out.append("<p>").append(escape(report.machine().toString())).append("</p><p>").append(report.runs())
                .append(" JVM runs of ").append(report.rounds()).append(" rounds, seed ").append(report.seed())
                .append(". A bar is the ratio, its whisker the spread, the broken line what it must reach"
                        + " (at most, or at least where marked &ge;).</p>");
        groups().forEach((title, rows) -> chart(out, title, rows));
        return out.append("</body></html>\n").toString();
    }

    /** Rows by what stands before the first dot of their ids, in their order. */
    private Map<String, List<Row>> groups() {
        Map<String, List<Row>> groups = new LinkedHashMap<>();
        for (Row row : report.rows()) {
            groups.computeIfAbsent(row.id().replaceFirst("\\..*", ""), name -> new java.util.ArrayList<>()).add(row);
        }
        return groups;
    }

    private static void chart(StringBuilder out, String title, List<Row> rows) {
        boolean isTime = rows.stream().noneMatch(row -> Double.isFinite(row.ratio()));
        double most = rows.stream().mapToDouble(row -> isTime ? orZero(row.nanos()) : widest(row)).max().orElse(1);
        double scale = PLOT / Math.max(most * 1.05, isTime ? 1 : 1.2);
        int height = rows.size() * LINE + 8;
        out.append("<h2>").append(escape(title)).append(isTime ? ", ns a page" : ", ratio").append("</h2>");
        out.append(String.format(Locale.ROOT, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                LABEL + PLOT + NUMBERS, height,
                escape(title)));
        if (!isTime) {
            out.append(String.format(Locale.ROOT, "<line class=\"one\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\"/>",
                    LABEL + scale,
                    LABEL + scale, height));
        }
        for (int i = 0; i < rows.size(); i++) {
            line(out, rows.get(i), i * LINE + 4, scale, isTime);
        }
        out.append("</svg>");
        rows.stream().filter(row -> !row.note().isEmpty())
                .forEach(row -> out.append("<p>").append(escape(row.id() + ": " + row.note())).append("</p>"));
    }

    private static void line(StringBuilder out, Row row, int y, double scale, boolean isTime) {
        int middle = y + LINE / 2;
        out.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABEL - 8, middle + 4))
                .append(escape(row.id()))
                .append("</text>");
        if (!row.isMeasured()) {
            out.append(String.format(Locale.ROOT, "<text class=\"dim\" x=\"%d\" y=\"%d\">", LABEL + 4, middle + 4))
                    .append("not measured</text>");
            return;
        }
        double value = isTime ? row.nanos() : row.ratio();
        Boolean met = row.met();
        String colour = met == null ? "plain" : met ? "good" : "bad";
        out.append(
                String.format(Locale.ROOT,
                        "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>", colour, LABEL,
                        y + 4,
                        Math.max(1, orZero(value) * scale), LINE - 8));
        if (!isTime && Double.isFinite(row.low())) {
            out.append(
                    String.format(Locale.ROOT, "<line class=\"spread\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
                            LABEL + row.low() * scale,
                            LABEL + row.high() * scale, middle, middle));
        }
        Double bar = row.bar();
        if (bar != null) {
            out.append(String.format(Locale.ROOT, "<line class=\"bar\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
                    LABEL + bar * scale,
                    LABEL + bar * scale, y + 1, y + LINE - 1));
        }
        String numbers = isTime
                ? Report.number(row.nanos()) + " ns"
                : Report.number(row.ratio()) + (bar == null ? "" : " (" + Report.bar(row) + ")") + ", "
                        + Report.number(row.nanos()) + " ns";
        out.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\">", LABEL + PLOT + 8, middle + 4))
                .append(escape(numbers))
                .append("</text>");
    }

    private static double widest(Row row) {
        Double bar = row.bar();
        return Math.max(Math.max(orZero(row.ratio()), orZero(row.high())), bar == null ? 0 : bar);
    }

    private static double orZero(double value) {
        return Double.isFinite(value) ? value : 0;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
