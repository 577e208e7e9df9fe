package io.pinfold.jcstress.gate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line of the gate.
 *
 * @param minutes    wall-clock time for all tests of a gate run
 * @param samples    samples every test of shipping code shall have in the totals file; 0 for a gate run by time
 * @param tests      beginnings of test names, {@code PinVsUnmap} or {@code PinVsUnmap.RealLook}; empty for all
 * @param totals     the totals file that a run is added to; null when it is not
 * @param allowDirty whether a run of code that is not committed is added as well
 */
public record GateOptions(int minutes, long samples, List<String> tests, @Nullable Path totals, boolean allowDirty) {
    public static final String USAGE = "[--minutes N] [--samples N] [--tests NAME,...] [--totals FILE] [--allow-dirty]";

    private static final int DEFAULT_MINUTES = 6;

    public GateOptions {
        tests = List.copyOf(tests);
        if (samples > 0 && totals == null) {
            throw new IllegalArgumentException("--samples is counted in a totals file: name it by --totals");
        }
    }

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException naming the argument when it is not understood
     */
    public static GateOptions parse(String... args) {
        int minutes = DEFAULT_MINUTES;
        long samples = 0;
        Path totals = null;
        boolean allowDirty = false;
        List<String> tests = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            String name = args[i];
            if (name.equals("--allow-dirty")) {
                allowDirty = true;
                continue;
            }
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(name + ": not understood, or a value is missing");
            }
            String value = args[++i];
            switch (name) {
                case "--minutes" -> minutes = new Budget((int) number(name, value)).minutes();
                case "--samples" -> samples = number(name, value);
                case "--tests" -> tests.addAll(List.of(value.split(",")));
                case "--totals" -> totals = Path.of(value);
                default -> throw new IllegalArgumentException("not understood: " + name + " " + value);
            }
        }
        return new GateOptions(minutes, samples, tests, totals, allowDirty);
    }

    /** Whether a test is asked for. */
    public boolean selects(String test) {
        return tests.isEmpty() || tests.stream().anyMatch(Verdict.shortName(test)::startsWith);
    }

    /** A whole number, also as {@code 1e7}. */
    private static long number(String name, String value) {
        double number;
        try {
            number = Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " " + value + ": not a number", e);
        }
        if (number != Math.rint(number) || number < 1 || number > 1e15) {
            throw new IllegalArgumentException(name + " " + value + ": not a whole number from 1 on");
        }
        return (long) number;
    }
}
