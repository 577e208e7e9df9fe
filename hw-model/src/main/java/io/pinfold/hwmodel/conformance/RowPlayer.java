package io.pinfold.hwmodel.conformance;

import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Plays rows. The kernel's pin counters are those of the whole machine: before and after a row they are read twice, and
 * if they move, or if the sides differ in a way that nothing explains, the row is played again, a bounded number of
 * times. A difference counts if every try shows it.
 */
final class RowPlayer {

    private static final int TRIES = 4;
    private static final long BETWEEN_READS_MILLIS = 2;

    private final Probe probe;
    private final Supplier<Side> kernels;
    private final LongFunction<Side> libraries;
    private final Supplier<Pins> counters;

    /**
     * Opens a player.
     *
     * @param kernels   makes the kernel's side of a story
     * @param libraries makes the library's, with the same window
     * @param counters  the kernel's counters
     */
    RowPlayer(Probe probe, Supplier<Side> kernels, LongFunction<Side> libraries, Supplier<Pins> counters) {
        this.probe = probe;
        this.kernels = kernels;
        this.libraries = libraries;
        this.counters = counters;
    }

    Row play(Scenario scenario) {
        Scenario.Script script = scenario.script();
        String missing = scenario.missing() == null ? "" : "needs " + scenario.missing();
        if (script == null) {
            return Row.skipped(scenario, null, missing);
        }
        String absent = probe.missing(scenario.needs());
        if (!absent.isEmpty()) {
            return Row.skipped(scenario, null, missing.isEmpty() ? absent : missing);
        }
        try {
            return missing.isEmpty() ? onBoth(scenario, script)
                    : Row.skipped(scenario, onKernel(script).told(), missing);
        } catch (SkippedException e) {
            return Row.skipped(scenario, null, String.valueOf(e.getMessage()));
        }
    }

    private Row onBoth(Scenario scenario, Scenario.Script script) {
        Row row = null;
        boolean wasQuiet = false;
        for (int tried = 0; tried < TRIES; tried++) {
            boolean quietBefore = isQuiet();
            Played kernel = onKernel(script);
            wasQuiet = quietBefore && isQuiet();
            row = Row.judge(scenario, kernel.told(), tell(libraries.apply(kernel.window()), script).told());
            if (wasQuiet && !row.isUnexplained()) {
                return row;
            }
        }
        return wasQuiet && row != null ? row
                : Row.skipped(scenario, row == null ? null : row.kernel(),
                        "others on this machine pin pages all the time: the counters are not ours alone");
    }

    private record Played(long window, String told) {
    }

    private Played onKernel(Scenario.Script script) {
        return tell(kernels.get(), script);
    }

    /** Returns what a side shows, an exception included; {@link SkippedException} is passed on. */
    private Played tell(Side side, Scenario.Script script) {
        Story story = new Story(side, probe.has(Need.COUNTERS));
        String problem = "";
        try (side) {
            script.play(side, story);
        } catch (SkippedException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            problem = " FAILED: " + e.getMessage();
        }
        return new Played(side.window(), story.told() + problem);
    }

    private boolean isQuiet() {
        if (!probe.has(Need.COUNTERS)) {
            return true;
        }
        Pins first = counters.get();
        try {
            Thread.sleep(BETWEEN_READS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return counters.get().equals(first);
    }
}
