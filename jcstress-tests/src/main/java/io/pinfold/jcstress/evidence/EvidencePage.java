package io.pinfold.jcstress.evidence;

import io.pinfold.hwmodel.html.HtmlPage;
import java.util.List;
import java.util.Locale;

/** The report as an HTML page. */
final class EvidencePage {
    /** The number of rows from which on a table is folded until the reader opens it. */
    private static final int LONG = 100;

    private final List<Table> tables;
    private final String about;

    /** {@code about}: day, commit and machine of the page. */
    EvidencePage(List<Table> tables, String about) {
        this.tables = tables;
        this.about = about;
    }

    String text() {
        HtmlPage page = new HtmlPage("Pinfold evidence").element("p", "dim", about).element("p",
                "Green: as it should be. Yellow: not known, not possible here, or about code that has changed since."
                        + " Red: wrong.");
        page.add("<ul>");
        for (Table table : tables) {
            page.add("<li>").element("span", table.title() + ": ");
            span(page, table.summary());
            page.add(" ");
            span(page, table.source());
            page.add("</li>");
        }
        page.add("</ul>");
        Pictures.life(page);
        Pictures.interleaving(page);
        tables.forEach(table -> table(page, table));
        return page.text();
    }

    private static void table(HtmlPage page, Table table) {
        page.element("h2", table.title()).add("<p>");
        span(page, table.summary());
        page.add("</p><p>");
        span(page, table.source());
        page.add("</p>");
        if (table.rows().isEmpty()) {
            return;
        }
        boolean isLong = table.rows().size() > LONG;
        page.add(isLong ? "<details><summary>" + table.rows().size() + " lines</summary>" : "")
                .add("<div class=\"scroll\"><table><tr>");
        table.columns().forEach(column -> page.element("th", column));
        page.add("</tr>");
        for (List<Cell> row : table.rows()) {
            page.add("<tr>");
            row.forEach(cell -> page.element("td", style(cell), cell.text()));
            page.add("</tr>");
        }
        page.add("</table></div>").add(isLong ? "</details>" : "");
    }

    private static void span(HtmlPage page, Cell cell) {
        if (!cell.text().isEmpty()) {
            page.element("span", style(cell), cell.text());
        }
    }

    private static String style(Cell cell) {
        return cell.tone().name().toLowerCase(Locale.ROOT);
    }
}
