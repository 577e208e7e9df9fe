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
    /** {@link io.pinfold.jmh.pool.LockPool}; the ratio is a speed-up. */
    static final String LOCK_POOL_TIMES = "times as fast as a map of buffers with a read-write lock each";
    /** {@link io.pinfold.jmh.pool.NettyPool}; the ratio is a speed-up. */
    static final String NETTY_POOL_TIMES = "times as fast as a map of Netty buffers";
    /** The read-modify-writes of a call and nothing else; the ratio is a multiple of the number of calls. */
    static final String ATOMICS_TIMES = "times as many as the same atomics alone";
    static final String TWO_ATOMICS = "two atomic instructions on a count of its own";
    static final String ZERO_PAGE = "zeroing 4 KiB";
    static final String COPY_PAGE = "copying 4 KiB";
    static final String ZERO_HUGE = "zeroing 2 MiB";

    private static final String TIMES = "times as fast as ";
    private static final Set<String> ALL = Set.of(Row.C, NETTY, NETTY_TIMES, NETTY_READ, LOCK_POOL_TIMES,
            NETTY_POOL_TIMES, ATOMICS_TIMES, TWO_ATOMICS, ZERO_PAGE, COPY_PAGE, ZERO_HUGE);

    private Yardstick() {
    }

    /** Whether a row is compared with a yardstick that no change of Pinfold changes. */
    static boolean isForeign(String ratioTo) {
        return ALL.contains(ratioTo);
    }

    /** Whether the ratio is a speed-up: more is better. */
    static boolean isSpeedUp(String ratioTo) {
        return ratioTo.startsWith(TIMES) || ratioTo.equals(ATOMICS_TIMES);
    }

    /** What the ratio compares with, for a cost that is a multiple of it. */
    static String unit(String ratioTo) {
        return ratioTo.startsWith(TIMES)
                ? ratioTo.substring(TIMES.length())
                : ratioTo.equals(ATOMICS_TIMES) ? "the same atomics" : ratioTo;
    }
}
