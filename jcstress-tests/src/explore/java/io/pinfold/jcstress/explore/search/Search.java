package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.scenario.Scenario;
import org.jspecify.annotations.Nullable;

/**
 * Tries the runs of a scenario one after the other: a stateless depth-first search over the next strand and the value
 * that a load returns. Each run ({@link Run}) starts anew from the state that the scenario has built ({@link
 * ExploredSystem}). It follows the current branch to its end and continues in the ordinary way from there ({@link
 * Scheduler}). Runs that would show nothing new are left out ({@link Pruning}).
 */
public final class Search implements AutoCloseable {
    private static final int WARM_UPS = 100;
    private static final int CLOCK_STRIDE = 64;

    private final Limits limits;
    private final ExploredSystem system;
    private final RunRecording recording;
    private final SearchCounts counts = new SearchCounts();
    private final WordSharing sharing;
    private final Scheduler scheduler;
    private final Run run;
    private boolean warm;

    /** Builds the scenario. */
    public Search(Scenario scenario, Mode mode, Limits limits) {
        this(scenario, mode, limits, null);
    }

    /** Builds the scenario, for a search with an interceptor of accesses. */
    public Search(Scenario scenario, Mode mode, Limits limits, @Nullable AccessInterceptor interceptor) {
        this.limits = limits;
        system = new ExploredSystem(scenario, mode);
        recording = new RunRecording(system);
        SchedulingPoints points = new SchedulingPoints(system, limits, interceptor, recording, counts);
        sharing = points.sharing();
        Strand[] strands = new Strand[system.names.size()];
        for (int i = 0; i < strands.length; i++) {
            strands[i] = new Strand(i, points);
        }
        scheduler = new Scheduler(limits, system.model, points, recording, strands);
        run = new Run(system, limits, strands, scheduler, recording, counts);
    }

    /** Searches everything within the limits. */
    public Result run() {
        long start = System.nanoTime();
        warmUp();
        boolean complete = false;
        boolean over = false;
        while (!over) {
            forget();
            over = true;
            while (true) {
                run.go();
                if (sharing.hasGrown()) {
                    over = false;
                    break;
                }
                if (isFoundAndEnough()) {
                    break;
                }
                if (!scheduler.nextBranch()) {
                    complete = true;
                    break;
                }
                if (isAtLimit(start)) {
                    break;
                }
            }
        }
        return result(complete, limits.bound(), start);
    }

    /**
     * Makes random runs: this is no search, but the end of a long run is as likely to be disturbed as its beginning.
     */
    public Result runAtRandom(long seed) {
        long start = System.nanoTime();
        warmUp();
        forget();
        scheduler.setRandom(true);
        scheduler.seed(seed);
        while (!isAtLimit(start)) {
            scheduler.restart();
            run.go();
            if (!sharing.hasGrown() && isFoundAndEnough()) {
                break;
            }
        }
        return result(false, Result.RANDOM, start);
    }

    /** Finds the shared words by a few runs, because every later find makes the search begin anew. */
    private void warmUp() {
        scheduler.setRandom(true);
        for (int i = 0; i < WARM_UPS && limits.quietWords() && !warm; i++) {
            scheduler.restart();
            run.go();
        }
        scheduler.setRandom(false);
        warm = true;
        sharing.hasGrown();
    }

    private void forget() {
        scheduler.restart();
        scheduler.pruning.clear();
        counts.clear();
    }

    private boolean isAtLimit(long start) {
        return counts.runs >= limits.runs()
                || counts.runs % CLOCK_STRIDE == 0 && System.nanoTime() - start > limits.nanos();
    }

    private Result result(boolean complete, int bound, long start) {
        return counts.result(system, bound, scheduler.pruning.states(), sharing.gated(), System.nanoTime() - start,
                complete);
    }

    /**
     * Keeps the violation of the run that has just ended, if it is the first; returns whether the search ends with it.
     */
    private boolean isFoundAndEnough() {
        String message = run.broken();
        if (message == null) {
            return false;
        }
        if (counts.violation() == null) {
            Throwable cause = run.cause();
            counts.found(new Violation(message, cause, record(message, cause)));
        }
        return limits.stopAtFirst();
    }

    /** Runs the branch once more to record it, which also shows that it can be repeated. */
    private Schedule record(String message, @Nullable Throwable cause) {
        long runs = counts.runs;
        long accesses = counts.accesses;
        ScheduleRecorder recorder = recording.start();
        run.go();
        recording.stop();
        counts.runs = runs;
        counts.accesses = accesses;
        if (!message.equals(run.broken())) {
            throw new IllegalStateException(
                    "the scenario is not deterministic: \"" + message + "\", and the same run again: " + run.broken(),
                    cause);
        }
        return recorder.schedule();
    }

    /** Runs a schedule, and returns the replay. */
    public Replay replay(Schedule schedule) {
        ScheduleRecorder recorder = recording.start(schedule);
        scheduler.restart();
        WordNames words = new WordNames();
        system.world.name(words);
        String first = system.world.state();
        run.go();
        recording.stop();
        return new Replay(system.names, first, recorder.steps(), run.broken(), run.cause(), recorder.schedule(), words);
    }

    @Override
    public void close() {
        system.close();
    }
}
