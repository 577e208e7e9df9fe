package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.cli.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** All rows of one call of {@code pinfold bench}, as a table and as JSON. */
record Report(Machine machine, int runs, int rounds, long seed, List<Row> rows) {

    /** Rows whose bar is missed, and rows that have a bar and were not measured are not among them. */
    List<Row> missed() {
        return rows.stream().filter(row -> Boolean.FALSE.equals(row.met())).toList();
    }

    void print(PrintWriter out) {
        out.println(machine);
        out.printf(Locale.ROOT, "%d JVM runs of %d rounds, seed %d%n", runs, rounds, seed);
        out.printf(Locale.ROOT, "%-34s %10s %8s %17s %8s  %s%n", "row", "ns/page", "ratio", "spread", "bar", "");
        for (Row row : rows) {
            out.println(line(row));
        }
        out.flush();
    }

    private static String line(Row row) {
        if (!row.isMeasured()) {
            return String.format(Locale.ROOT, "%-34s %s", row.id(), row.note());
        }
        boolean hasRatio = Double.isFinite(row.ratio());
        return String.format(Locale.ROOT, "%-34s %10s %8s %17s %8s  %s", row.id(), number(row.nanos()),
                hasRatio ? number(row.ratio()) : "", hasRatio ? number(row.low()) + " - " + number(row.high()) : "",
                bar(row), remark(row)).stripTrailing();
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

    /** Three digits that mean something, never a power of ten. */
    static String number(double value) {
        if (!Double.isFinite(value)) {
            return "";
        }
        return String.format(Locale.ROOT, value < 0.1 ? "%.4f" : value < 10 ? "%.3f" : "%.1f", value);
    }

    /** What was measured on. */
    static Map<String, Object> json(Machine machine) {
        Map<String, Object> where = new LinkedHashMap<>();
        where.put("processor", machine.processor());
        where.put("processors", machine.processors());
        where.put("system", machine.system());
        where.put("jvm", machine.jvm());
        where.put("compiler", machine.compiler());
        where.put("load", machine.load());
        where.put("date", machine.date());
        return where;
    }

    Json json() {
        return new Json().put("machine", json(machine)).put("runs", runs).put("rounds", rounds).put("seed", seed).put(
                "rows",
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
