package io.pinfold.jcstress.explore.cli;

import io.pinfold.hwmodel.cli.Json;
import io.pinfold.jcstress.explore.weaken.Fate;
import io.pinfold.jcstress.explore.weaken.Survivors;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What weaker accesses came to, as lines and as JSON. */
final class WeakenTable {
    private static final String UNLISTED = "unlisted";

    private WeakenTable() {
    }

    /** A kill, as soon as it is known. */
    static void row(PrintWriter out, Fate kill) {
        out.printf(Locale.ROOT, "killed    %s | %s %s, %,d runs: %s%n", kill.name(), kill.scenario(), kill.mode(),
                kill.runs(), kill.how());
        out.flush();
    }

    static void survivors(PrintWriter out, List<Fate> fates, Survivors list) {
        for (Fate fate : fates) {
            if (fate.survives()) {
                out.printf("survives  %s | %s%n", fate.name(), kind(fate, list));
            }
        }
    }

    /** The last line: how many of what. */
    static void sum(PrintWriter out, List<Fate> fates, int unshared) {
        long survivors = fates.stream().filter(Fate::survives).count();
        out.printf("%d lowerings: %d killed, %d survive; accesses not shared in any scenario: %d%n", fates.size(),
                fates.size() - survivors, survivors, unshared);
    }

    static Json json(List<Fate> fates, Survivors list, int unshared, List<String> differences) {
        Map<String, Integer> kinds = new TreeMap<>();
        fates.stream().filter(Fate::survives).forEach(fate -> kinds.merge(kind(fate, list), 1, Integer::sum));
        return new Json().put("killed", fates.stream().filter(fate -> !fate.survives()).count())
                .put("survivors", kinds).put("unshared", unshared).put("differences", differences)
                .put("lowerings", fates.stream().map(fate -> json(fate, list)).toList());
    }

    private static Json json(Fate fate, Survivors list) {
        Json json = new Json().put("site", fate.site()).put("from", fate.from()).put("to", fate.to());
        Survivors.Reason reason = list.reasons().get(fate.name());
        return json.put("killedBy", fate.survives() ? null : fate.scenario())
                .put("mode", fate.survives() ? null : fate.mode().name().toLowerCase(Locale.ROOT))
                .put("runs", fate.runs())
                .put("reason", fate.survives() && reason != null ? reason.kind() + ": " + reason.text() : null);
    }

    private static String kind(Fate fate, Survivors list) {
        Survivors.Reason reason = list.reasons().get(fate.name());
        return reason == null ? UNLISTED : reason.kind();
    }
}
