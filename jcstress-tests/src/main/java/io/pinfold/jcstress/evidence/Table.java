package io.pinfold.jcstress.evidence;

import java.util.List;

/**
 * A part of the report.
 *
 * @param title   heading
 * @param summary one sentence with the result
 * @param source  the file it was read from, with its day and commit; empty for a table without a file
 * @param columns headings
 * @param rows    each as long as the columns
 */
record Table(String title, Cell summary, Cell source, List<String> columns, List<List<Cell>> rows) {
    Table {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }
}
