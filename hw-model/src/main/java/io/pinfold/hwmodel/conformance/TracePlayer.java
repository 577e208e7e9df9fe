package io.pinfold.hwmodel.conformance;

import java.util.List;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Plays random traces on both sides and, where they differ, searches for the smallest trace that shows it. */
final class TracePlayer {

    private static final int CONFIRMATIONS = 3;
    private static final int SHRINKING_TRIES = 600;

    private final Supplier<Side> kernels;
    private final LongFunction<Side> libraries;
    private final Probe probe;

    TracePlayer(Supplier<Side> kernels, LongFunction<Side> libraries, Probe probe) {
        this.kernels = kernels;
        this.libraries = libraries;
        this.probe = probe;
    }

    /** Returns the difference that the trace of a seed shows; null if there is none. */
    @Nullable
    TraceDifference play(long seed) {
        List<Step> steps = Trace.of(seed);
        for (int i = 0; i < CONFIRMATIONS; i++) { // pins of other processes make a difference once, not every time
            if (!differs(steps)) {
                return null;
            }
        }
        List<Step> smallest = new Shrinker(this::differs, SHRINKING_TRIES).shrink(steps);
        Both both = both(smallest);
        if (both.isSame()) { // pins of other processes lasted for a while: now they are gone
            smallest = steps;
            both = both(steps);
        }
        if (both.isSame()) {
            return null;
        }
        return new TraceDifference(seed, smallest.stream().map(Step::toString).toList(), both.kernel(),
                both.library());
    }

    private boolean differs(List<Step> steps) {
        return !both(steps).isSame();
    }

    private record Both(List<String> kernel, List<String> library) {

        boolean isSame() {
            return kernel.equals(library);
        }
    }

    private Both both(List<Step> steps) {
        Side kernel = kernels.get();
        long window = kernel.window();
        return new Both(TraceRun.play(steps, kernel, probe),
                TraceRun.play(steps, libraries.apply(window), probe));
    }
}
