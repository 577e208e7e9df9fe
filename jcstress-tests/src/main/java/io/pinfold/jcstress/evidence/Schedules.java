package io.pinfold.jcstress.evidence;

import static io.pinfold.jcstress.evidence.EvidenceFile.number;
import static io.pinfold.jcstress.evidence.EvidenceFile.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The searches of the explorer, a line for each scenario: the number of schedules in each memory model, and whether
 * those are all.
 */
final class Schedules {
    private static final List<String> MODES = List.of("sc", "tso", "pso", "view");

    private final EvidenceFile file;
    /** The searches of a scenario in a mode: first without a bound, then up to a bound, then by chance. */
    private final Map<String, Map<String, List<Map<?, ?>>>> searches = new LinkedHashMap<>();
    private final Map<String, String> races = new LinkedHashMap<>();

    Schedules(EvidenceFile file) {
        this.file = file;
        for (Map<?, ?> search : file.list("scenarios")) {
            String scenario = text(search, "scenario");
            races.put(scenario, text(search, "races"));
            searches.computeIfAbsent(scenario, name -> new LinkedHashMap<>())
                    .computeIfAbsent(text(search, "mode"), name -> new ArrayList<>()).add(search);
        }
    }

    /** The number of schedules of the scenarios of a race. */
    long of(String race) {
        return file.list("scenarios").stream()
                .filter(search -> List.of(text(search, "races").split(" ")).contains(race))
                .mapToLong(search -> number(search, "runs")).sum();
    }

    Table table() {
        List<List<Cell>> rows = new ArrayList<>();
        int complete = 0;
        int modes = 0;
        boolean isWrong = false;
        long runs = 0;
        for (Map.Entry<String, Map<String, List<Map<?, ?>>>> scenario : searches.entrySet()) {
            List<Cell> row = new ArrayList<>(
                    List.of(Cell.of(scenario.getKey()), Cell.of(races.getOrDefault(scenario.getKey(), ""))));
            for (String mode : MODES) {
                List<Map<?, ?>> found = scenario.getValue().getOrDefault(mode, List.of());
                Cell cell = cell(found);
                row.add(cell);
                modes += found.isEmpty() ? 0 : 1;
                complete += cell.tone() == Cell.Tone.GOOD ? 1 : 0;
                isWrong |= cell.tone() == Cell.Tone.BAD;
                runs += runs(found);
            }
            rows.add(row);
        }
        String summary = rows.isEmpty() ? "no results"
                : rows.size() + " scenarios; " + complete + " of " + modes + " searches are complete without a bound; "
                        + Report.count(runs) + " schedules" + (isWrong ? "" : ", none that breaks an invariant");
        return new Table("Schedules of the explorer",
                isWrong ? Cell.bad(summary) : rows.isEmpty() ? Cell.open(summary) : Cell.good(summary), file.state(),
                List.of("scenario", "races", "SC", "TSO", "PSO", "VIEW"), rows);
    }

    private static Cell cell(List<Map<?, ?>> found) {
        if (found.isEmpty()) {
            return Cell.open("not run");
        }
        for (Map<?, ?> search : found) {
            if (Boolean.FALSE.equals(search.get("good"))) {
                return search.get("violation") instanceof Map<?, ?> violation ? Cell.bad(text(violation, "message"))
                        : Cell.bad("never saw " + text(search, "missing"));
            }
        }
        String runs = Report.count(runs(found));
        for (Map<?, ?> search : found) {
            if (Boolean.TRUE.equals(search.get("complete"))) {
                String bound = text(search, "bound");
                return bound.equals("none") ? Cell.good(runs)
                        : Cell.open(runs + ", all with up to " + bound + " preemptions");
            }
        }
        return Cell.open(runs + ", not all");
    }

    private static long runs(List<Map<?, ?>> found) {
        return found.stream().mapToLong(search -> number(search, "runs")).sum();
    }
}
