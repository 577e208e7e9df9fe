package io.pinfold.jmh.bench;

import java.util.Set;

/**
 * What rows are compared with that is none of Pinfold's code: a change of Pinfold does not change it, so ratios to it can be compared
 * between two commits, and what disturbs the machine disturbs both sides of them.
 */
final class Yardstick {
    /** A buffer's {@code retain} and {@code release}. */
    static final String NETTY = "Netty retain + release";
    /** The same; the ratio says how many times as fast. */
    static final String NETTY_TIMES = "times as fast as " + NETTY;
    /** The read-modify-writes of a call and nothing else; the ratio says how many times as many calls. */
    static final String ATOMICS_TIMES = "times as many as the same atomics alone";
    static final String TWO_ATOMICS = "two atomic instructions on a count of its own";
    static final String ZERO_PAGE = "zeroing 4 KiB";
    static final String COPY_PAGE = "copying 4 KiB";
    static final String ZERO_HUGE = "zeroing 2 MiB";

    private static final Set<String> ALL = Set.of(Row.C, NETTY, NETTY_TIMES, ATOMICS_TIMES, TWO_ATOMICS, ZERO_PAGE,
            COPY_PAGE, ZERO_HUGE);

    private Yardstick() {
    }

    /** Whether a row is compared with something that no change of Pinfold changes. */
    static boolean isForeign(String ratioTo) {
        return ALL.contains(ratioTo);
    }
}
