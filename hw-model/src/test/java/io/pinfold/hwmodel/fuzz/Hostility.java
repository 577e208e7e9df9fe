package io.pinfold.hwmodel.fuzz;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The kinds of deliberate misuse, and how often each strikes: one in so many chances. {@code pinfold.fuzz.hostile}
 * names the kinds that are on (all); {@code pinfold.fuzz.hostile.calls} is a regular expression for the calls that they
 * may strike (all). So they can be tried one at a time.
 */
enum Hostility {
    /** Numbers at the edges, aliases with high bits. */
    EXTREME(40),
    /** Null for an object. */
    NULL(80),
    /** An object of another memory. */
    FOREIGN(80),
    /** An object that is closed already. */
    DEAD(60),
    /** An object that another thread is using. */
    RACE(12),
    /** Callbacks that return forbidden results. */
    LIES(8),
    /** Callbacks that throw an exception. */
    THROWS(25),
    /** Callbacks that throw an Error; requests for more heap than there is. */
    ERRORS(100),
    /** The thread is interrupted when it calls. */
    INTERRUPT(200),
    /** The call is made near the end of the stack; only in rounds of their own. */
    DEEP(3);

    private static final Set<Hostility> ON = on();
    private static final Pattern CALLS = Pattern.compile(System.getProperty("pinfold.fuzz.hostile.calls", ".*"));

    private final int oneIn;

    Hostility(int oneIn) {
        this.oneIn = oneIn;
    }

    private static Set<Hostility> on() {
        String names = System.getProperty("pinfold.fuzz.hostile", "all");
        Set<Hostility> on = EnumSet.noneOf(Hostility.class);
        for (Hostility one : values()) {
            if (names.equals("all") || names.toUpperCase(Locale.ROOT).contains(one.name())) {
                on.add(one);
            }
        }
        return on;
    }

    static boolean mayStrike(String key) {
        return CALLS.matcher(key).find();
    }

    boolean isOn() {
        return ON.contains(this);
    }

    /** Draws whether it strikes now. */
    boolean strikes(RandomGenerator random) {
        return ON.contains(this) && random.nextInt(oneIn) == 0;
    }
}
