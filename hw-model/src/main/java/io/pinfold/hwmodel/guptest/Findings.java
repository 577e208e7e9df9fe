package io.pinfold.hwmodel.guptest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects findings; of each clause and name the first few are told one by one, the rest is counted. One thread. */
final class Findings {

    private static final int DETAILS_MAX = 8;

    private final List<GupFinding> found = new ArrayList<>();
    private final Map<Kind, Integer> counts = new LinkedHashMap<>();

    private record Kind(String name, GupClause broken) {

        GupFinding finding(String values) {
            return new GupFinding(name, broken.text(values));
        }
    }

    void add(GupClause broken, String values) {
        add(broken.finding(), broken, values);
    }

    /** Adds a finding of a clause whose findings have more than one name. */
    void add(String name, GupClause broken, String values) {
        Kind kind = new Kind(name, broken);
        if (counts.merge(kind, 1, Integer::sum) <= DETAILS_MAX) {
            found.add(kind.finding(values));
        }
    }

    List<GupFinding> list() {
        List<GupFinding> all = new ArrayList<>(found);
        counts.forEach((kind, count) -> {
            if (count > DETAILS_MAX) {
                all.add(kind.finding((count - DETAILS_MAX) + " more"));
            }
        });
        return all;
    }
}
