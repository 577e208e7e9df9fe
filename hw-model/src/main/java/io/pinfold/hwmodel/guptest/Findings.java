package io.pinfold.hwmodel.guptest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects findings; of each name the first few are reported one by one, the rest is counted. One thread. */
final class Findings {

    private static final int DETAILS_MAX = 8;

    private final List<GupFinding> found = new ArrayList<>();
    private final Map<String, Integer> counts = new HashMap<>();

    void add(String name, String detail) {
        if (counts.merge(name, 1, Integer::sum) <= DETAILS_MAX) {
            found.add(new GupFinding(name, detail));
        }
    }

    List<GupFinding> list() {
        List<GupFinding> all = new ArrayList<>(found);
        counts.forEach((name, count) -> {
            if (count > DETAILS_MAX) {
                all.add(new GupFinding(name, (count - DETAILS_MAX) + " more"));
            }
        });
        return all;
    }
}
