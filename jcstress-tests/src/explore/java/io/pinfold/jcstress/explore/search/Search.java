package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.scenario.Scenario;
import org.jspecify.annotations.Nullable;

/**
 * Tries the runs of a scenario one after the other: a stateless depth-first search over who goes next and which of the values
 * a load may return. Each run ({@link Run}) starts anew from what the scenario has built ({@link Stage}), follows the branch that is being tried to its
 * end and goes on in the ordinary way from there ({@link Choices}). What would show nothing new is left out ({@link Pruning}).
 */
public final class Search implements AutoCloseable {
    private static final int WARM_UPS = 100;
    private static final int CLOCK_STRIDE = 64;

    private final Limits limits;
    private final Stage stage;
    private final Recording recording;
    private final Tally tally = new Tally();
    private final Reach reach;
    private final Choices choices;
    private final Run run;
    private boolean warm;

    /** Builds the scenario. */
    public Search(Scenario scenario, Mode mode, Limits limits) {
        this(scenario, mode, limits, null);
    }

    /** Builds the scenario, for a search through a lens. */
    public Search(Scenario scenario, Mode mode, Limits limits, @Nullable Lens lens) {
        this.limits = limits;
        stage = new Stage(scenario, mode);
        recording = new Recording(stage);
        Turns turns = new Turns(stage, limits, lens, recording, tally);
        reach = turns.reach();
        Strand[] strands = new Strand[stage.names.size()];
        for (int i = 0; i < strands.length; i++) {
            strands[i] = new Strand(i, turns);
        }
        choices = new Choices(limits, stage.model, turns, recording, strands);
        run = new Run(stage, limits, strands, choices, recording, tally);
    }

    /** Tries everything within the limits. */
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
                if (reach.hasGrown()) {
                    over = false;
                    break;
                }
                if (isFoundAndEnough()) {
                    break;
                }
                if (!choices.nextBranch()) {
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

    /** Tries runs by chance: no search, but long runs are as likely to be disturbed at their end as at their beginning. */
    public Result runAtRandom(long seed) {
        long start = System.nanoTime();
        warmUp();
        forget();
        choices.setRandom(true);
        choices.seed(seed);
        while (!isAtLimit(start)) {
            choices.restart();
            run.go();
            if (!reach.hasGrown() && isFoundAndEnough()) {
                break;
            }
        }
        return result(false, Result.RANDOM, start);
    }

    /** Finds out by a few runs which words are shared, for every later find makes the search begin anew. */
    private void warmUp() {
        choices.setRandom(true);
        for (int i = 0; i < WARM_UPS && limits.quietWords() && !warm; i++) {
            choices.restart();
            run.go();
        }
        choices.setRandom(false);
        warm = true;
        reach.hasGrown();
    }

    private void forget() {
        choices.restart();
        choices.pruning.clear();
        tally.clear();
    }

    private boolean isAtLimit(long start) {
        return tally.runs >= limits.runs()
                || tally.runs % CLOCK_STRIDE == 0 && System.nanoTime() - start > limits.nanos();
    }

    private Result result(boolean complete, int bound, long start) {
        return tally.result(stage, bound, choices.pruning.states(), reach.gated(), System.nanoTime() - start,
                complete);
    }

    /** Keeps the violation of the run that has just ended, if it is the first; whether the search shall end with it. */
    private boolean isFoundAndEnough() {
        String message = run.broken();
        if (message == null) {
            return false;
        }
        if (tally.violation() == null) {
            Throwable cause = run.cause();
            tally.found(new Violation(message, cause, record(message, cause)));
        }
        return limits.stopAtFirst();
    }

    /** Runs the branch once more to write it down, which also shows that it can be repeated. */
    private Schedule record(String message, @Nullable Throwable cause) {
        long runs = tally.runs;
        long accesses = tally.accesses;
        Recorder recorder = recording.start();
        run.go();
        recording.stop();
        tally.runs = runs;
        tally.accesses = accesses;
        if (!message.equals(run.broken())) {
            throw new IllegalStateException(
                    "the scenario is not deterministic: \"" + message + "\", and the same run again: " + run.broken(),
                    cause);
        }
        return recorder.schedule();
    }

    /** Runs a schedule, and tells what came of it. */
    public Replay replay(Schedule schedule) {
        Recorder recorder = recording.start(schedule);
        choices.restart();
        WordNames words = new WordNames();
        stage.world.name(words);
        String first = stage.world.state();
        run.go();
        recording.stop();
        return new Replay(stage.names, first, recorder.steps(), run.broken(), run.cause(), recorder.schedule(), words);
    }

    @Override
    public void close() {
        stage.close();
    }
}
