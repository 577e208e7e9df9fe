package io.pinfold.hwmodel.conformance;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result of a row.
 *
 * @param id          id of its scenario
 * @param verdict     see {@link Verdict}
 * @param expected    what Linux 6.18 shows
 * @param kernel      what the running kernel showed; null if it was not played there
 * @param library     what the library showed; null if it was not played there
 * @param isExplained of a difference: whether the row announces it, with exactly what the library shows
 * @param why         reason of the verdict; if both agree as expected, the row's note, mostly empty
 */
public record Row(String id, Verdict verdict, String expected, @Nullable String kernel, @Nullable String library,
        boolean isExplained, String why) {

    /** How a row ended. */
    public enum Verdict {
        /** Both sides showed the same. */
        AGREE,
        /** The sides showed different things. */
        DIFFER,
        /** It was not played on both sides; it never counts as agreeing. */
        SKIPPED
    }

    static Row skipped(Scenario scenario, @Nullable String kernel, String why) {
        return new Row(scenario.id(), Verdict.SKIPPED, scenario.expected(), kernel, null, false, why);
    }

    /**
     * Compares what both sides showed. A difference is explained only if the kernel shows what is expected of it and
     * the library exactly what the row announces.
     */
    static Row judge(Scenario scenario, String kernel, String library) {
        String expected = scenario.expected();
        if (kernel.equals(library)) {
            String why = kernel.equals(expected) ? scenario.note() : "both differ from what is written down for 6.18";
            return new Row(scenario.id(), Verdict.AGREE, expected, kernel, library, false, why);
        }
        Scenario.Vintage vintage = scenario.vintage();
        boolean isKnown = vintage != null && kernel.equals(expected) && library.equals(vintage.library());
        String why = isKnown ? Objects.requireNonNull(vintage).why()
                : "UNEXPLAINED: " + (kernel.equals(expected) ? "the library is not what the kernel is"
                        : "the kernel is not what is written down for 6.18 either");
        return new Row(scenario.id(), Verdict.DIFFER, expected, kernel, library, isKnown, why);
    }

    /** Whether it is a finding. */
    public boolean isUnexplained() {
        return verdict == Verdict.DIFFER && !isExplained;
    }
}
