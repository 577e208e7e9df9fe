package io.pinfold.jcstress.explore.weaken;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The lowerings that are known to survive, {@code survivors.txt}: {@code KIND: reason}, and below it the lowerings to
 * which the reason applies, one a line. The file explains the kinds.
 */
public final class Survivors {
    private static final String ARROW = "->";

    private final Map<String, Reason> reasons = new LinkedHashMap<>();

    /**
     * The reason why a lowering may survive.
     *
     * @param kind kind of the reason in one word
     * @param text the reason
     */
    public record Reason(String kind, String text) {
    }

    private Survivors() {
    }

    /** The checked-in list. */
    public static Survivors list() {
        return parse(ListFile.lines("survivors.txt"));
    }

    static Survivors parse(List<String> lines) {
        Survivors list = new Survivors();
        Reason reason = null;
        for (String line : lines) {
            int colon = line.indexOf(": ");
            if (!line.contains(ARROW)) {
                if (colon < 0 || !line.substring(0, colon).matches("[a-z-]+")) {
                    throw new IllegalArgumentException("survivors.txt: neither a lowering nor KIND: reason: " + line);
                }
                reason = new Reason(line.substring(0, colon), line.substring(colon + 2));
            } else if (reason == null) {
                throw new IllegalArgumentException("survivors.txt: no reason above " + line);
            } else if (list.reasons.put(line, reason) != null) {
                throw new IllegalArgumentException("survivors.txt: twice " + line);
            }
        }
        return list;
    }

    /** The kind and reason of a listed lowering, by its name. */
    public Map<String, Reason> reasons() {
        return Map.copyOf(reasons);
    }

    /** The differences between the results of all lowerings and the list, one a line. */
    public List<String> differences(List<LoweringResult> results) {
        List<String> told = new ArrayList<>();
        Set<String> met = new TreeSet<>();
        for (LoweringResult result : results) {
            met.add(result.name());
            if (result.survives() && !reasons.containsKey(result.name())) {
                told.add("not on the list of survivors: " + result.name());
            } else if (!result.survives() && reasons.containsKey(result.name())) {
                told.add("listed as a survivor, but " + result.scenario() + " kills it: " + result.name());
            }
        }
        reasons.keySet().stream().filter(name -> !met.contains(name))
                .forEach(name -> told.add("listed as a survivor, but no scenario shares such an access: " + name));
        return told;
    }

    /** The number of survivors by kind of reason. */
    public Map<String, Long> kinds() {
        return reasons.values().stream()
                .collect(Collectors.groupingBy(Reason::kind, LinkedHashMap::new, Collectors.counting()));
    }
}
