package io.pinfold.jcstress.gate;

import java.util.List;

/**
 * The time budget of the race tests, and the jcstress options that follow from it.
 *
 * <p>Up to {@link #ONE_MODE_MINUTES} each test runs in one JVM with the usual options. Longer runs try every JVM mode
 * of jcstress (interpreter, C1, C2, C2 with randomised scheduling).
 *
 * @param minutes wall-clock time for all tests, at least 1
 */
public record Budget(long minutes) {
    private static final int MAX_MINUTES = 7 * 24 * 60;
    private static final int ONE_MODE_MINUTES = 6;
    private static final int MODES = 4;
    /** Seconds jcstress spends on probing the JVM, and on starting a fork and warming it up. */
    private static final int PROBE_SECONDS = 8;
    private static final double FORK_SECONDS = 1.3;
    /** Native access for the memory under test. */
    private static final String JVM = "--enable-native-access=ALL-UNNAMED";

    public Budget {
        if (minutes < 1 || minutes > MAX_MINUTES) {
            throw new IllegalArgumentException("--minutes " + minutes + ": must be 1 to " + MAX_MINUTES);
        }
    }

    /**
     * The number of one-second iterations that fit for each of a number of tests; at least 2, as the first one warms
     * up.
     */
    public int iterations(int tests) {
        int forks = Math.max(1, tests) * (oneMode() ? 1 : MODES);
        return Math.max(2, (int) ((minutes * 60.0 - PROBE_SECONDS) / (double) forks - FORK_SECONDS));
    }

    /**
     * The command line of jcstress.
     *
     * <p>It asks for the shortest strides: the actors start a stride together and drift apart in it, because one of
     * them always has more to do. With two states a stride the shipping code meets ten times as often as with the
     * customary 256. 2 x 512 states are alive at a time, which is what the pool of machines is sized for.
     */
    public List<String> options(int tests) {
        return options(iterations(tests), oneMode());
    }

    /** The command line for some seconds of each test in one JVM with the usual options. */
    public static List<String> optionsForSeconds(int seconds) {
        return options(Math.max(2, seconds), true);
    }

    private static List<String> options(int iterations, boolean oneMode) {
        return List.of("-m", "quick", "-sc", "false", "-f", "1", "-fsm", "1", "-iters", Integer.toString(iterations),
                "-time", "1000", "-strideSize", "2", "-strideCount", "512", oneMode ? "-jvmArgs" : "-jvmArgsPrepend",
                JVM, "-r", "report");
    }

    private boolean oneMode() {
        return minutes <= ONE_MODE_MINUTES;
    }
}
