package io.pinfold.jcstress.explore.cli;

import io.pinfold.hwmodel.cli.Json;
import io.pinfold.jcstress.explore.weaken.LoweringResult;
import io.pinfold.jcstress.explore.weaken.Survivors;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The results of weaker accesses, as lines and as JSON. */
final class WeakenTable {
    private static final String UNLISTED = "unlisted";

    private WeakenTable() {
    }

    /** Prints a kill as soon as it is found. */
    static void row(PrintWriter out, LoweringResult kill) {
        out.printf(Locale.ROOT, "killed    %s | %s %s, %,d runs: %s%n", kill.name(), kill.scenario(), kill.mode(),
                kill.runs(), kill.how());
        out.flush();
    }

    static void survivors(PrintWriter out, List<LoweringResult> results, Survivors list) {
        for (LoweringResult result : results) {
            if (result.survives()) {
                out.printf("survives  %s | %s%n", result.name(), kind(result, list));
            }
        }
    }

    /** The last line: the counts by result. */
    static void sum(PrintWriter out, List<LoweringResult> results, int unshared) {
        long survivors = results.stream().filter(LoweringResult::survives).count();
        out.printf("%d lowerings: %d killed, %d survive; accesses not shared in any scenario: %d%n", results.size(),
                results.size() - survivors, survivors, unshared);
    }

    static Json json(List<LoweringResult> results, Survivors list, int unshared, List<String> differences) {
        Map<String, Integer> kinds = new TreeMap<>();
        results.stream().filter(LoweringResult::survives)
                .forEach(result -> kinds.merge(kind(result, list), 1, Integer::sum));
        return new Json().put("killed", results.stream().filter(result -> !result.survives()).count())
                .put("survivors", kinds).put("unshared", unshared).put("differences", differences)
                .put("lowerings", results.stream().map(result -> json(result, list)).toList());
    }

    private static Json json(LoweringResult result, Survivors list) {
        Json json = new Json().put("site", result.site()).put("from", result.from()).put("to", result.to());
        Survivors.Reason reason = list.reasons().get(result.name());
        return json.put("killedBy", result.survives() ? null : result.scenario())
                .put("mode", result.survives() ? null : result.mode().name().toLowerCase(Locale.ROOT))
                .put("runs", result.runs())
                .put("reason", result.survives() && reason != null ? reason.kind() + ": " + reason.text() : null);
    }

    private static String kind(LoweringResult result, Survivors list) {
        Survivors.Reason reason = list.reasons().get(result.name());
        return reason == null ? UNLISTED : reason.kind();
    }
}
