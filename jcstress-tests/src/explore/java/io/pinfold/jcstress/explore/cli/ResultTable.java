package io.pinfold.jcstress.explore.cli;

import io.pinfold.hwmodel.cli.AlignedTable;
import io.pinfold.hwmodel.cli.Json;
import io.pinfold.jcstress.explore.scenario.Scenario;
import io.pinfold.jcstress.explore.search.Result;
import io.pinfold.jcstress.explore.search.Violation;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The results of searches as lines of a table, and as JSON. */
final class ResultTable {
    /** The table is printed as results come, so the widths are fixed. */
    private static final AlignedTable TABLE = new AlignedTable().left("scenario", 30).left("mode", 4).right("bound", 6)
            .right("runs", 11).right("states", 11).right("longest", 7).right("accesses", 14).right("seconds", 7)
            .left("search", 8).left("outcomes");
    private static final double NANOS = 1e9;

    private ResultTable() {
    }

    static void head(PrintWriter out) {
        out.println(TABLE.heading());
        out.flush();
    }

    static void row(PrintWriter out, Result result) {
        out.println(TABLE.line(result.scenario(), result.mode().name(), bound(result), count(result.runs()),
                count(result.states()), count(result.longest()), count(result.accesses()),
                String.format(Locale.ROOT, "%.2f", result.nanos() / NANOS), result.complete() ? "complete" : "capped",
                outcomes(result)));
        if (result.complete() && !result.missing().isEmpty()) {
            out.println("  never seen: " + result.missing());
        }
        out.flush();
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** The last line: the sums of all searches. */
    static void sum(PrintWriter out, List<Result> results) {
        long runs = results.stream().mapToLong(Result::runs).sum();
        long accesses = results.stream().mapToLong(Result::accesses).sum();
        double seconds = results.stream().mapToLong(Result::nanos).sum() / NANOS;
        long complete = results.stream().filter(Result::complete).count();
        out.printf(Locale.ROOT,
                "%d searches, %d complete; %,d runs, %,d accesses in %.1f s: %,.0f runs/s, %,.0f accesses/s%n",
                results.size(), complete, runs, accesses, seconds, runs / seconds, accesses / seconds);
        out.flush();
    }

    /** The results, each with the races of its scenario. */
    static Json json(List<Scenario> scenarios, List<Result> results) {
        Map<String, String> races = scenarios.stream().collect(Collectors.toMap(Scenario::name, Scenario::races));
        return new Json().put("scenarios", results.stream()
                .map(result -> json(result, races.getOrDefault(result.scenario(), ""))).toList());
    }

    private static Json json(Result result, String races) {
        Json json = new Json().put("scenario", result.scenario()).put("races", races)
                .put("mode", result.mode().name().toLowerCase(Locale.ROOT))
                .put("bound", bound(result)).put("runs", result.runs()).put("states", result.states())
                .put("longest", result.longest()).put("accesses", result.accesses())
                .put("gatedWords", result.gatedWords()).put("seconds", result.nanos() / NANOS)
                .put("complete", result.complete()).put("good", result.isGood()).put("outcomes", result.outcomes())
                .put("missing", result.missing());
        Violation violation = result.violation();
        if (violation != null) {
            json.put("violation", new Json().put("message", violation.message()).put("schedule", violation.schedule()));
        }
        return json;
    }

    private static String bound(Result result) {
        return switch (result.bound()) {
            case Result.UNBOUNDED -> "none";
            case Result.RANDOM -> "random";
            default -> Integer.toString(result.bound());
        };
    }

    private static String outcomes(Result result) {
        StringBuilder text = new StringBuilder();
        result.outcomes().forEach((outcome, count) -> text.append(text.isEmpty() ? "" : "; ").append(outcome)
                .append(" x").append(count));
        return text.toString();
    }
}
