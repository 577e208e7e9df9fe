package io.pinfold.jcstress.explore.search;

import org.jspecify.annotations.Nullable;

/** One run, from the world as it was built to an end, a violation, or a state from which nothing new would follow. */
final class Run {
    private final Stage stage;
    private final Limits limits;
    private final Strand[] strands;
    private final Choices choices;
    private final Recording recording;
    private final Tally tally;

    private int step;
    private int last;
    private int budget;
    /** Accesses of all runs before it. */
    private long before;
    private @Nullable String broken;
    private @Nullable Throwable cause;

    Run(Stage stage, Limits limits, Strand[] strands, Choices choices, Recording recording, Tally tally) {
        this.stage = stage;
        this.limits = limits;
        this.strands = strands;
        this.choices = choices;
        this.recording = recording;
        this.tally = tally;
    }

    /** What was wrong, if anything. */
    @Nullable
    String broken() {
        return broken;
    }

    /** What was thrown, if anything. */
    @Nullable
    Throwable cause() {
        return cause;
    }

    /** Runs it, anew each time. */
    void go() {
        stage.reset();
        broken = null;
        cause = null;
        before = tally.accesses;
        step = 0;
        last = -1;
        budget = limits.bound();
        stage.world.begin();
        for (Strand strand : strands) {
            int index = strand.index;
            strand.start(() -> stage.world.run(index));
            if (ended(strand)) {
                break;
            }
        }
        try {
            while (broken == null && take()) {
                if (step > limits.steps()) {
                    fail("livelock: no end after " + limits.steps() + " steps", null);
                }
            }
        } catch (AssertionError | RuntimeException e) {
            fail(String.valueOf(e.getMessage()), e);
        }
        tally.runs++;
        tally.longest = Math.max(tally.longest, step);
    }

    /** Takes the next step; false if there is none, or none that would show anything new. */
    private boolean take() {
        Choices.Next next = choices.choose(step, budget, last);
        if (next == Choices.Next.STEP) {
            perform(choices.at(step));
            step++;
            return true;
        }
        if (next == Choices.Next.END) {
            end();
        }
        return false;
    }

    private void perform(int option) {
        int transition = Path.transition(option);
        if (transition >= Events.FIRST) {
            recording.perform(choices.events, transition);
            return;
        }
        Strand strand = strands[transition];
        if (!strand.posted) {
            throw new IllegalStateException("the scenario is not deterministic: " + stage.names.get(transition)
                    + " has ended where it went on in the run before");
        }
        if (last >= 0 && last != transition && strands[last].posted && choices.canGo(strands[last])) {
            budget--;
        }
        last = transition;
        recording.step(transition, Path.way(option));
        long result = stage.model.perform(transition, strand.op, Path.way(option));
        recording.trace(strand, result, Path.way(option), false);
        strand.resume(result);
        ended(strand);
    }

    /** Whether the strand's end ends the run, because it threw. */
    private boolean ended(Strand strand) {
        Throwable failure = strand.failure;
        if (failure != null) {
            Throwable why = failure instanceof LinkageError ? failure.getCause() : null;
            fail(stage.names.get(strand.index) + ": " + failure + (why == null ? "" : ": " + why), failure);
        }
        return broken != null;
    }

    /** The run has come to an end that nobody made it come to. */
    private void end() {
        for (Strand strand : strands) {
            if (!strand.done) {
                fail("deadlock: " + waiting(), null);
                return;
            }
        }
        if (tally.accesses == before) {
            fail("no strand made an access: is the explored Words in the path?", null);
            return;
        }
        String outcome = stage.world.end();
        if (!recording.isOn()) {
            tally.outcome(outcome);
        }
        if (!stage.allows(outcome)) {
            fail("forbidden outcome: " + outcome, null);
        }
    }

    private String waiting() {
        StringBuilder text = new StringBuilder();
        for (Strand strand : strands) {
            if (!strand.done) {
                text.append(text.isEmpty() ? "" : ", ").append(stage.names.get(strand.index))
                        .append(strand.lockMask != 0 ? " waits for a lock" : " waits for a word to change");
            }
        }
        return text.toString();
    }

    private void fail(String message, @Nullable Throwable thrown) {
        if (broken == null) {
            broken = message;
            cause = thrown;
        }
    }
}
