package io.pinfold.hwmodel.cli;

import io.pinfold.hwmodel.conformance.ConformanceReport;
import io.pinfold.hwmodel.conformance.Row;
import io.pinfold.hwmodel.conformance.TraceDifference;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A conformance report as a text table and as JSON. */
final class ConformanceTable {

    private ConformanceTable() {
    }

    static void print(ConformanceReport report, PrintWriter out) {
        AlignedTable table = new AlignedTable().left("row").left("verdict").left("shown");
        for (Row row : report.rows()) {
            table.row(row.id(), name(row), shown(row));
            if (row.verdict() == Row.Verdict.DIFFER) {
                more(table, "library " + row.library());
            }
            if (!row.why().isEmpty()) {
                more(table, row.why());
            }
            boolean isAsExpected = row.kernel() == null || row.expected().equals(row.kernel());
            if (!isAsExpected) {
                more(table, "expected " + row.expected());
            }
        }
        if (!report.rows().isEmpty()) {
            table.lines().forEach(out::println);
            out.println();
            out.printf(Locale.ROOT, "%s: %d rows agree, %d differ (%d unexplained), %d skipped%n", report.kernel(),
                    report.count(Row.Verdict.AGREE), report.count(Row.Verdict.DIFFER),
                    report.rows().stream().filter(Row::isUnexplained).count(), report.count(Row.Verdict.SKIPPED));
        }
        traces(report, out);
        out.flush();
    }

    private static void more(AlignedTable table, String text) {
        table.row("", "", text);
    }

    private static void traces(ConformanceReport report, PrintWriter out) {
        if (!report.tracesSkipped().isEmpty()) {
            out.println("random traces: skipped: " + report.tracesSkipped());
        } else if (report.traces() > 0) {
            out.printf(Locale.ROOT, "random traces: %,d (seeds %d to %d), %,d steps, %d differ%n", report.traces(),
                    report.seed(), report.seed() + report.traces() - 1, report.steps(), report.differences().size());
        }
        for (TraceDifference difference : report.differences()) {
            out.println("trace that differs, from --only traces --traces 1 --seed " + difference.seed() + ":");
            difference.lines().forEach(line -> out.println("    " + line));
        }
    }

    private static String name(Row row) {
        return row.verdict().name().toLowerCase(Locale.ROOT);
    }

    private static String shown(Row row) {
        if (row.verdict() == Row.Verdict.AGREE) {
            return String.valueOf(row.kernel());
        }
        return row.kernel() == null ? "" : "kernel  " + row.kernel();
    }

    static Json json(ConformanceReport report) {
        return new Json().put("kernel", report.kernel())
                .put("rows", report.rows().stream().map(ConformanceTable::json).toList())
                .put("agree", report.count(Row.Verdict.AGREE)).put("differ", report.count(Row.Verdict.DIFFER))
                .put("unexplained", report.rows().stream().filter(Row::isUnexplained).count())
                .put("skipped", report.count(Row.Verdict.SKIPPED))
                .put("traces", new Json().put("seed", report.seed()).put("played", report.traces())
                        .put("steps", report.steps()).put("skipped", report.tracesSkipped())
                        .put("differing", report.differences().stream().map(ConformanceTable::json).toList()));
    }

    private static Map<String, Object> json(Row row) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", row.id());
        members.put("verdict", name(row));
        members.put("expected", row.expected());
        members.put("kernel", text(row.kernel()));
        members.put("library", text(row.library()));
        members.put("explained", row.isExplained());
        members.put("why", row.why());
        return members;
    }

    private static Map<String, Object> json(TraceDifference difference) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("seed", difference.seed());
        members.put("steps", difference.steps());
        members.put("kernel", difference.kernel());
        members.put("library", difference.library());
        return members;
    }

    /** Omits a side that was not played: its text is empty. */
    private static String text(@Nullable String shown) {
        return shown == null ? "" : shown;
    }
}
