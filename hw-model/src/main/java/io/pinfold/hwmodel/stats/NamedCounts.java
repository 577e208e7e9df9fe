package io.pinfold.hwmodel.stats;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counters by reason, with the names of the reasons. */
public final class NamedCounts {
    private NamedCounts() {
    }

    /** The same counts by name, sorted. */
    public static <E extends Enum<E>> Map<String, Long> of(Map<E, Long> counts) {
        Map<String, Long> named = new TreeMap<>();
        counts.forEach((reason, count) -> named.put(reason.name(), count));
        return named;
    }

    /** The counts in one phrase, sorted by name; "none" if there are none. */
    public static String text(Map<String, Long> counts) {
        return counts.isEmpty() ? "none"
                : counts.entrySet().stream().sorted(Map.Entry.comparingByKey())
                        .map(count -> count.getKey() + " " + count.getValue()).collect(Collectors.joining(", "));
    }
}
