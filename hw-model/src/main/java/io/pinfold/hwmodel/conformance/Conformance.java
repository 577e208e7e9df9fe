package io.pinfold.hwmodel.conformance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The conformance job: probes the system, plays the rows and the random traces, puts back what it changed. */
public final class Conformance {

    /** The id that selects the random traces. */
    public static final String TRACES = "traces";
    /** The number of differing traces after which no more are played: minimising each of them takes a while. */
    private static final int DIFFERENCES_MAX = 5;

    private final Set<String> only;
    private final long seed;
    private final int traces;
    private final Path diskFolder;
    private final Consumer<String> progress;
    private final LongFunction<Side> libraries;

    /**
     * Opens a job without playing anything.
     *
     * @param only       ids of the rows to play, {@link #TRACES} among them; empty for everything
     * @param seed       of the first random trace
     * @param traces     how many traces
     * @param diskFolder where a file for direct I/O may lie for a moment
     * @param progress   gets what is available here, and what is skipped for what reason
     * @throws IllegalArgumentException naming an id that does not exist
     */
    public Conformance(Set<String> only, long seed, int traces, Path diskFolder, Consumer<String> progress) {
        this(only, seed, traces, diskFolder, progress, LibrarySide::new);
    }

    /** Opens a job with another library, as tests do that plant a fault. */
    Conformance(Set<String> only, long seed, int traces, Path diskFolder, Consumer<String> progress,
            LongFunction<Side> libraries) {
        this.only = Set.copyOf(only);
        this.seed = seed;
        this.traces = traces;
        this.diskFolder = diskFolder;
        this.progress = progress;
        this.libraries = libraries;
        List<String> known = Stream.concat(scenarios().stream().map(Scenario::id), Stream.of(TRACES)).toList();
        this.only.stream().filter(id -> !known.contains(id)).findFirst().ifPresent(id -> {
            throw new IllegalArgumentException("no row is called '" + id + "'; there are " + String.join(", ", known));
        });
    }

    /** Receives the progress of the job. */
    @FunctionalInterface
    public interface Steps {
        /** Reports that {@code done} rows and traces of {@code total} are done, and that {@code next} comes next. */
        void at(long done, long total, String next);
    }

    /** All rows. */
    static List<Scenario> scenarios() {
        return Stream.of(RegisterRows.all(), StaleRows.all(), CallRows.all(), HugeRows.all(), OpenRows.all())
                .flatMap(List::stream)
                .toList();
    }

    /** Ids of all rows. */
    public static List<String> ids() {
        return scenarios().stream().map(Scenario::id).toList();
    }

    /** Runs the job on this thread. */
    public ConformanceReport run() {
        return run((done, total, next) -> {
        });
    }

    /** Runs the job on this thread and reports its progress. */
    public ConformanceReport run(Steps steps) {
        String refusal = NativeAccess.refusal();
        if (!refusal.isEmpty()) {
            return played(null, Probe.refused(refusal), steps);
        }
        try (PutBack putBack = new PutBack(); KernelHost host = new KernelHost(diskFolder, putBack)) {
            return played(host, Probe.of(host, putBack), steps);
        }
    }

    private ConformanceReport played(@Nullable KernelHost host, Probe probe, Steps steps) {
        probe.lines().forEach(progress);
        RowPlayer player = new RowPlayer(probe, () -> new KernelSide(required(host)), libraries, Kernel::pins);
        List<Scenario> wantedRows = scenarios().stream().filter(row -> only.isEmpty() || only.contains(row.id()))
                .toList();
        String missing = probe.missing(Set.of(Need.IO_URING));
        boolean isWanted = traces > 0 && (only.isEmpty() || only.contains(TRACES));
        List<TraceDifference> differences = new ArrayList<>();
        long traceSteps = 0;
        int wanted = isWanted && missing.isEmpty() ? traces : 0;
        long total = wantedRows.size() + (long) wanted;
        List<Row> rows = new ArrayList<>();
        for (Scenario scenario : wantedRows) {
            steps.at(rows.size(), total, scenario.id());
            rows.add(player.play(scenario));
        }
        int played = 0;
        TracePlayer tracer = new TracePlayer(() -> new KernelSide(required(host)), libraries, probe);
        for (; played < wanted && differences.size() < DIFFERENCES_MAX; played++) {
            steps.at(rows.size() + (long) played, total, "trace " + (seed + played));
            traceSteps += Trace.of(seed + played).size();
            TraceDifference difference = tracer.play(seed + played);
            if (difference != null) {
                differences.add(difference);
            }
        }
        return new ConformanceReport("Linux " + Kernel.release(), rows, seed, played, traceSteps,
                isWanted ? missing : "", differences);
    }

    private static KernelHost required(@Nullable KernelHost host) {
        if (host == null) {
            throw new IllegalStateException("nothing can be played on this system");
        }
        return host;
    }
}
