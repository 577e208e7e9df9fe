package io.pinfold.hwmodel.conformance;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A row before it is played.
 *
 * @param id       for reports and for --only
 * @param expected what Linux 6.18 shows
 * @param needs    needs without which it is skipped
 * @param script   the steps, the same on both sides; null if not even the kernel's side can be played
 * @param vintage  the expected result of the library if it differs, and the reason
 * @param note     a remark that is shown even if both agree, such as the result of 6.1; may be empty
 * @param missing  a feature that the library lacks: the row is played on the kernel alone and skipped
 */
record Scenario(String id, String expected, Set<Need> needs, @Nullable Script script, @Nullable Vintage vintage,
        String note, @Nullable String missing) {

    /** The steps of a row. */
    @FunctionalInterface
    interface Script {
        void play(Side side, Story story);
    }

    /**
     * A difference that is known.
     *
     * @param library exactly what the library shows
     * @param why     reason for the report
     */
    record Vintage(String library, String why) {
    }

    static Scenario of(String id, String expected, Script script, Need... needs) {
        Set<Need> set = EnumSet.noneOf(Need.class);
        set.addAll(Set.of(needs));
        return new Scenario(id, expected, set, script, null, "", null);
    }

    /** A row that cannot be played on either side yet. */
    static Scenario open(String id, String expected, String missing) {
        return new Scenario(id, expected, EnumSet.noneOf(Need.class), null, null, "", missing);
    }

    /** This row with a different result of 6.1, and so of the library. */
    Scenario differs(String library, String why) {
        return new Scenario(id, expected, needs, script, new Vintage(library, why), note, missing);
    }

    /** This row with a note. */
    Scenario noted(String text) {
        return new Scenario(id, expected, needs, script, vintage, text, missing);
    }

    /** This row with a feature that the library lacks. */
    Scenario needs(String what) {
        return new Scenario(id, expected, needs, script, vintage, note, what);
    }
}
