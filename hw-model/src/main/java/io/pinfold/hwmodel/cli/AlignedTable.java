package io.pinfold.hwmodel.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.TextTable;

/**
 * A table for a terminal, set by picocli. Columns are as wide as their widest cell, so that a row is always one line;
 * text stands to the left, numbers stand to the right. A table whose rows are printed as they come gives its columns
 * widths beforehand.
 */
public final class AlignedTable {

    private static final int GAP = 2;
    private static final Help.ColorScheme NO_COLORS = Help.defaultColorScheme(Ansi.OFF);

    /**
     * A column.
     *
     * @param least minimum width
     */
    private record Column(String heading, int least, boolean isRight) {
        private String aligned(String cell, int width) {
            return isRight ? " ".repeat(width - cell.length()) + cell : cell;
        }
    }

    private final List<Column> columns = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    /** Opens a table without columns. */
    public AlignedTable() {
    }

    /** Adds a column of text. */
    public AlignedTable left(String heading) {
        return left(heading, 0);
    }

    /** Adds a column of text of some width. */
    public AlignedTable left(String heading, int least) {
        columns.add(new Column(heading, least, false));
        return this;
    }

    /** Adds a column of numbers. */
    public AlignedTable right(String heading) {
        return right(heading, 0);
    }

    /** Adds a column of numbers of some width. */
    public AlignedTable right(String heading, int least) {
        columns.add(new Column(heading, least, true));
        return this;
    }

    /** Adds a row, whose last cells may be left out. */
    public AlignedTable row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    /** Returns the headings and all rows. */
    public List<String> lines() {
        List<List<String>> all = new ArrayList<>(rows);
        all.addFirst(columns.stream().map(Column::heading).toList());
        return set(all);
    }

    /** Returns the headings of a table that is printed as it comes. */
    public String heading() {
        return line(columns.stream().map(Column::heading).toArray(String[]::new));
    }

    /** Returns a row of a table that is printed as it comes. */
    public String line(String... cells) {
        return set(List.of(List.of(cells))).getFirst();
    }

    private List<String> set(List<List<String>> cells) {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = cells.stream().filter(row -> column < row.size()).mapToInt(row -> row.get(column).length())
                    .reduce(columns.get(i).least(), Math::max);
        }
        Help.Column[] shapes = new Help.Column[widths.length];
        for (int i = 0; i < widths.length; i++) {
            int gap = i == 0 ? 0 : GAP;
            shapes[i] = new Help.Column(widths[i] + gap, gap, Help.Column.Overflow.TRUNCATE);
        }
        TextTable table = TextTable.forColumns(NO_COLORS, shapes);
        for (List<String> row : cells) {
            Ansi.Text[] texts = new Ansi.Text[widths.length];
            for (int i = 0; i < widths.length; i++) {
                texts[i] = NO_COLORS.text(columns.get(i).aligned(i < row.size() ? row.get(i) : "", widths[i]));
            }
            table.addRowValues(texts);
        }
        return Arrays.stream(table.toString().split("\\R")).map(String::stripTrailing).toList();
    }
}
