package io.pinfold.jcstress.evidence;

import java.util.List;

/** The report as one page that needs nothing else. Light and dark follow the reader's setting. */
final class HtmlPage {
    private static final String STYLE = """
            :root{--bg:#fff;--fg:#1c1c1c;--dim:#666;--grid:#ddd;--good:#dff1e7;--bad:#f9d9d5;--open:#f4efd9;--goodline:#2f7d5b;--badline:#c0392b}
            @media(prefers-color-scheme:dark){:root{--bg:#16181c;--fg:#e6e6e6;--dim:#9a9a9a;--grid:#33363c;\
            --good:#1d3b2d;--bad:#52231f;--open:#3b3621;--goodline:#54b98a;--badline:#f0766a}}
            body{background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif;max-width:1150px;margin:2em auto;padding:0 1em}
            h1{font-size:1.5em}h2{font-size:1.1em;margin:1.8em 0 .3em}p{margin:.3em 0}.dim{color:var(--dim)}
            .scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;margin:.6em 0}
            th,td{border:1px solid var(--grid);padding:.2em .5em;text-align:left;vertical-align:top}th{color:var(--dim);font-weight:600}
            .good{background:var(--good)}.bad{background:var(--bad)}.open{background:var(--open)}
            span.good,span.bad,span.open{padding:.1em .4em;border-radius:3px}
            svg{width:100%;max-width:900px;height:auto}text{fill:var(--fg);font:13px system-ui,sans-serif}text.dim{fill:var(--dim)}
            .line{stroke:var(--grid);stroke-width:2}.life{stroke:var(--goodline);stroke-width:6}.end{stroke:var(--badline);stroke-width:6}
            """;

    /** Rows from which on a table is folded away until the reader asks for it. */
    private static final int LONG = 100;

    private final List<Table> tables;
    private final String about;

    /** {@code about}: day, commit and machine of the page itself. */
    HtmlPage(List<Table> tables, String about) {
        this.tables = tables;
        this.about = about;
    }

    String text() {
        StringBuilder out = new StringBuilder("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"/>"
                + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/><title>Pinfold evidence</title><style>"
                + STYLE + "</style></head><body><h1>Pinfold evidence</h1><p class=\"dim\">").append(escape(about))
                .append("</p>");
        out.append(
                "<p>Green: as it should be. Yellow: not known, not possible here, or about code that has changed since. "
                        + "Red: wrong.</p><ul>");
        for (Table table : tables) {
            out.append("<li>").append(escape(table.title())).append(": ").append(span(table.summary())).append(' ')
                    .append(span(table.source())).append("</li>");
        }
        out.append("</ul>").append(Pictures.life()).append(Pictures.interleaving());
        tables.forEach(table -> table(out, table));
        return out.append("</body></html>\n").toString();
    }

    private static void table(StringBuilder out, Table table) {
        out.append("<h2>").append(escape(table.title())).append("</h2><p>").append(span(table.summary()))
                .append("</p><p>")
                .append(span(table.source())).append("</p>");
        if (table.rows().isEmpty()) {
            return;
        }
        boolean isLong = table.rows().size() > LONG;
        out.append(isLong ? "<details><summary>" + table.rows().size() + " lines</summary>" : "")
                .append("<div class=\"scroll\"><table><tr>");
        table.columns().forEach(column -> out.append("<th>").append(escape(column)).append("</th>"));
        out.append("</tr>");
        for (List<Cell> row : table.rows()) {
            out.append("<tr>");
            row.forEach(cell -> out.append("<td class=\"").append(style(cell)).append("\">").append(escape(cell.text()))
                    .append("</td>"));
            out.append("</tr>");
        }
        out.append("</table></div>").append(isLong ? "</details>" : "");
    }

    private static String span(Cell cell) {
        return cell.text().isEmpty() ? "" : "<span class=\"" + style(cell) + "\">" + escape(cell.text()) + "</span>";
    }

    private static String style(Cell cell) {
        return switch (cell.tone()) {
            case PLAIN -> "plain";
            case GOOD -> "good";
            case BAD -> "bad";
            case OPEN -> "open";
        };
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
