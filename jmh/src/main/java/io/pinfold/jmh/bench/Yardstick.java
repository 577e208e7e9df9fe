package io.pinfold.jmh.bench;

import java.util.Set;

/**
 * Code outside of Pinfold that rows are compared with. A change of Pinfold does not change it, so ratios to it can be
 * compared between two commits; a disturbance of the machine affects both sides of a ratio.
 */
final class Yardstick {
    /** A buffer's {@code retain} and {@code release}. */
    static final String NETTY = "Netty retain + release";
    /** A buffer's {@code retain} and {@code release}; the ratio is a speed-up. */
    static final String NETTY_TIMES = "times as fast as " + NETTY;
    /** A word of a buffer, read between its {@code retain} and {@code release}. */
    static final String NETTY_READ = "Netty retain + getLong + release";
    /** The read-modify-writes of a call and nothing else; the ratio is a multiple of the number of calls. */
    static final String ATOMICS_TIMES = "times as many as the same atomics alone";
    static final String TWO_ATOMICS = "two atomic instructions on a count of its own";
    static final String ZERO_PAGE = "zeroing 4 KiB";
    static final String COPY_PAGE = "copying 4 KiB";
    static final String ZERO_HUGE = "zeroing 2 MiB";

    private static final Set<String> ALL = Set.of(Row.C, NETTY, NETTY_TIMES, NETTY_READ, ATOMICS_TIMES, TWO_ATOMICS,
            ZERO_PAGE, COPY_PAGE, ZERO_HUGE);

    private Yardstick() {
    }

    /** Whether a row is compared with a yardstick that no change of Pinfold changes. */
    static boolean isForeign(String ratioTo) {
        return ALL.contains(ratioTo);
    }
}
