package io.pinfold.hwmodel.conformance;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A row before it is played.
 *
 * @param id       for people and for --only
 * @param expected what Linux 6.18 shows
 * @param needs    without which it is skipped
 * @param script   what is done, on both sides the same; null where not even the kernel's side can be played
 * @param vintage  where the library is meant to show something else, and what
 * @param note     what to know about it even if both agree, such as what 6.1 did; may be empty
 * @param missing  what the library does not have yet: the row is played on the kernel alone and skipped
 */
record Scenario(String id, String expected, Set<Need> needs, @Nullable Script script, @Nullable Vintage vintage,
        String note, @Nullable String missing) {

    /** What a row does. */
    @FunctionalInterface
    interface Script {
        void play(Side side, Story story);
    }

    /**
     * A difference that is known.
     *
     * @param library exactly what the library shows
     * @param why     for people
     */
    record Vintage(String library, String why) {
    }

    static Scenario of(String id, String expected, Script script, Need... needs) {
        Set<Need> set = EnumSet.noneOf(Need.class);
        set.addAll(Set.of(needs));
        return new Scenario(id, expected, set, script, null, "", null);
    }

    /** A row that nobody can play yet. */
    static Scenario open(String id, String expected, String missing) {
        return new Scenario(id, expected, EnumSet.noneOf(Need.class), null, null, "", missing);
    }

    /** The same where 6.1, and with it the library, shows something else. */
    Scenario differs(String library, String why) {
        return new Scenario(id, expected, needs, script, new Vintage(library, why), note, missing);
    }

    /** The same with something to know. */
    Scenario noted(String text) {
        return new Scenario(id, expected, needs, script, vintage, text, missing);
    }

    /** The same with something that the library does not have yet. */
    Scenario needs(String what) {
        return new Scenario(id, expected, needs, script, vintage, note, what);
    }
}
