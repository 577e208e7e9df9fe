package io.pinfold.jcstress.mutants.mechanical;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The survivors that have a reason ({@code survivors-mechanical.txt}, whose head explains its form). */
public final class SurvivorList {

    private static final String FILE = "survivors-mechanical.txt";

    private final Map<MutantPlace, Reason> reasons;

    /**
     * Why a mutant survives.
     *
     * @param isEquivalent whether the changed code does the same as the shipping one; the text is the proof
     * @param text         proof, or what is missing
     */
    public record Reason(boolean isEquivalent, String text) {
    }

    private SurvivorList(Map<MutantPlace, Reason> reasons) {
        this.reasons = reasons;
    }

    /** Reads the file that is part of this module. */
    public static SurvivorList load() {
        return parse(NamedLines.text(FILE));
    }

    /**
     * Reads a text of that form.
     *
     * @throws IllegalArgumentException naming the line with the fault
     */
    static SurvivorList parse(String text) {
        Map<MutantPlace, Reason> reasons = new TreeMap<>();
        @Nullable Reason reason = null;
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i];
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                if (!Character.isWhitespace(line.charAt(0))) {
                    reason = reason(line);
                } else if (reason == null) {
                    throw new IllegalArgumentException("a survivor without a reason above it");
                } else if (reasons.put(MutantPlace.parse(line), reason) != null) {
                    throw new IllegalArgumentException("for the second time: " + line.strip());
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(FILE + ", line " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        return new SurvivorList(reasons);
    }

    private static Reason reason(String line) {
        String[] parts = line.split(":", 2);
        boolean isEquivalent = parts[0].equals("equivalent");
        if (parts.length < 2 || parts[1].isBlank() || !isEquivalent && !parts[0].equals("open")) {
            throw new IllegalArgumentException("\"equivalent: PROOF\" or \"open: REASON\" is meant: " + line);
        }
        return new Reason(isEquivalent, parts[1].strip());
    }

    /** The reason of a survivor; null without one. */
    public @Nullable Reason of(MutantPlace place) {
        return reasons.get(place);
    }

    /** How many are proved to be the same code. */
    public long equivalents() {
        return reasons.values().stream().filter(Reason::isEquivalent).count();
    }

    /** The survivors of the results that have no reason. */
    public List<MutantPlace> unlisted(List<ClassResult> results) {
        List<MutantPlace> unlisted = new ArrayList<>(survivors(results));
        unlisted.removeIf(reasons::containsKey);
        return unlisted;
    }

    /** The entries about classes of the results that are no survivors: killed by now, or no mutants any more. */
    public List<MutantPlace> gone(List<ClassResult> results) {
        Set<MutantPlace> survivors = survivors(results);
        List<String> judged = results.stream().map(ClassResult::className).toList();
        return reasons.keySet().stream()
                .filter(place -> judged.contains(place.topLevel()) && !survivors.contains(place)).toList();
    }

    private static Set<MutantPlace> survivors(List<ClassResult> results) {
        Set<MutantPlace> survivors = new TreeSet<>();
        for (ClassResult result : results) {
            result.places().forEach((mutant, place) -> {
                if (mutant.isSurvivor()) {
                    survivors.add(place);
                }
            });
        }
        return survivors;
    }
}
