package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.cli.AlignedTable;
import io.pinfold.hwmodel.cli.Json;
import io.pinfold.jmh.bench.Comparison.Verdict;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * All rows of one comparison, as a table and as JSON.
 *
 * @param here   name of this tree
 * @param other  name of the other commit
 * @param jvms   of each side
 * @param rounds of each JVM
 */
record AgainstReport(Machine machine, String here, String other, int jvms, int rounds, long seed,
        List<Comparison> rows) {

    List<Comparison> found() {
        return rows.stream().filter(Comparison::isFound).toList();
    }

    void print(PrintWriter out) {
        out.println(machine);
        out.printf(Locale.ROOT, "%s against %s: %d JVMs of each by turns, %d rounds each, seed %d%n", here, other, jvms,
                rounds, seed);
        AlignedTable table = new AlignedTable().left("row").left(other).left(here).right("ratio").left("verdict")
                .left("costs are");
        for (Comparison row : rows) {
            boolean isCompared = row.verdict() != Verdict.NOT_THERE && row.verdict() != Verdict.LOST;
            table.row(row.id(), cell(row.other()), cell(row.here()),
                    isCompared ? String.format(Locale.ROOT, "%.3f", row.ratio()) : "", row.verdict().word(),
                    isCompared ? row.what() : row.note());
        }
        table.lines().forEach(out::println);
        out.flush();
    }

    private static String cell(List<Double> costs) {
        return costs.isEmpty() ? "-"
                : Report.number(Comparison.median(costs)) + " (" + Report.number(Comparison.least(costs)) + " - "
                        + Report.number(Comparison.most(costs)) + ")";
    }

    /** One finding in one phrase: the row and the figures behind it. */
    static String verdict(Comparison row) {
        return row.verdict() == Verdict.LOST ? row.id() + " is lost: " + row.note()
                : String.format(Locale.ROOT, "%s is worse: %.3f times, limit %.2f, and the ranges do not overlap",
                        row.id(),
                        row.ratio(), Comparison.LIMIT);
    }

    Json json() {
        List<Json> all = new ArrayList<>();
        for (Comparison row : rows) {
            Json json = new Json().put("id", row.id()).put("costsAre", row.what()).put("here", row.here()).put("other",
                    row.other());
            if (Double.isFinite(row.ratio())) {
                json.put("ratio", row.ratio());
            }
            json.put("verdict", row.verdict().word());
            all.add(row.note().isEmpty() ? json : json.put("note", row.note()));
        }
        return machine.into(new Json()).put("here", here).put("other", other).put("jvms", jvms)
                .put("rounds", rounds).put("seed", seed).put("limit", Comparison.LIMIT).put("rows", all);
    }
}
