package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.cli.AlignedTable;
import io.pinfold.hwmodel.cli.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** All rows of one call of {@code pinfold bench}, as a table and as JSON. */
record Report(Machine machine, int runs, int rounds, long seed, List<Row> rows) {

    /** The rows whose bar is missed; rows that have a bar and were not measured are not among them. */
    List<Row> missed() {
        return rows.stream().filter(row -> Boolean.FALSE.equals(row.met())).toList();
    }

    void print(PrintWriter out) {
        out.println(machine);
        out.printf(Locale.ROOT, "%d JVM runs of %d rounds, seed %d%n", runs, rounds, seed);
        AlignedTable table = new AlignedTable().left("row").right("ns/page").right("ratio").right("spread").right("bar")
                .left("");
        for (Row row : rows) {
            boolean hasRatio = row.isMeasured() && Double.isFinite(row.ratio());
            table.row(row.id(), number(row.nanos()), hasRatio ? number(row.ratio()) : "",
                    hasRatio ? number(row.low()) + " - " + number(row.high()) : "", bar(row), remark(row));
        }
        table.lines().forEach(out::println);
        out.flush();
    }

    private static String remark(Row row) {
        List<String> remarks = new ArrayList<>();
        Boolean met = row.met();
        if (met != null) {
            remarks.add(met ? "met" : "MISSED");
        }
        if (!row.ratioTo().isEmpty() && !row.ratioTo().equals(Row.C)) {
            remarks.add(row.ratioTo());
        }
        if (!row.note().isEmpty()) {
            remarks.add(row.note());
        }
        return String.join("; ", remarks);
    }

    static String bar(Row row) {
        Double bar = row.bar();
        return bar == null ? "" : (row.isAtLeast() ? ">= " : "<= ") + number(bar);
    }

    /** A row and its bar in one phrase. */
    static String verdict(Row row) {
        return row.id() + " " + number(row.ratio()) + ", bar " + bar(row);
    }

    /** A number with three significant digits, never as a power of ten. */
    static String number(double value) {
        if (!Double.isFinite(value)) {
            return "";
        }
        return String.format(Locale.ROOT, value < 0.1 ? "%.4f" : value < 10 ? "%.3f" : "%.1f", value);
    }

    Json json() {
        return machine.into(new Json()).put("runs", runs).put("rounds", rounds).put("seed", seed).put("rows",
                rows.stream().map(Report::json).toList());
    }

    private static Json json(Row row) {
        Json json = new Json().put("id", row.id());
        if (row.isMeasured()) {
            json.put("nsPerPage", row.nanos());
        }
        if (Double.isFinite(row.ratio())) {
            if (row.ratioTo().equals(Row.C)) {
                json.put("ratioToC", row.ratio());
            } else {
                json.put("ratio", row.ratio()).put("ratioTo", row.ratioTo());
            }
            json.put("spread", List.of(row.low(), row.high()));
        }
        Double bar = row.bar();
        if (bar != null) {
            json.put("bar", bar);
            if (row.isAtLeast()) {
                json.put("barIsAtLeast", true);
            }
        }
        Boolean met = row.met();
        if (met != null) {
            json.put("met", met);
        }
        return row.note().isEmpty() ? json : json.put("note", row.note());
    }
}
