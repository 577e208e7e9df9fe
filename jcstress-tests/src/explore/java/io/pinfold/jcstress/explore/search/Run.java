package io.pinfold.jcstress.explore.search;

import org.jspecify.annotations.Nullable;

/** One run, from the world as it was built to an end, a violation, or a state that shows nothing new. */
final class Run {
    private final ExploredSystem system;
    private final Limits limits;
    private final Strand[] strands;
    private final Scheduler scheduler;
    private final RunRecording recording;
    private final SearchCounts counts;

    private int step;
    private int last;
    private int budget;
    /** Accesses of all earlier runs. */
    private long before;
    private @Nullable String broken;
    private @Nullable Throwable cause;

    Run(ExploredSystem system, Limits limits, Strand[] strands, Scheduler scheduler, RunRecording recording,
            SearchCounts counts) {
        this.system = system;
        this.limits = limits;
        this.strands = strands;
        this.scheduler = scheduler;
        this.recording = recording;
        this.counts = counts;
    }

    /** The message of the violation, if there is one. */
    @Nullable
    String broken() {
        return broken;
    }

    /** The exception of the violation, if there is one. */
    @Nullable
    Throwable cause() {
        return cause;
    }

    /** Makes the run, anew at each call. */
    void go() {
        system.reset();
        broken = null;
        cause = null;
        before = counts.accesses;
        step = 0;
        last = -1;
        budget = limits.bound();
        system.world.begin();
        for (Strand strand : strands) {
            int index = strand.index;
            strand.start(() -> system.world.run(index));
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
        counts.runs++;
        counts.longest = Math.max(counts.longest, step);
    }

    /** Takes the next step; false if there is none, or none that shows something new. */
    private boolean take() {
        Scheduler.Next next = scheduler.choose(step, budget, last);
        if (next == Scheduler.Next.STEP) {
            perform(scheduler.at(step));
            step++;
            return true;
        }
        if (next == Scheduler.Next.END) {
            end();
        }
        return false;
    }

    private void perform(int option) {
        int transition = ChoiceStack.transition(option);
        if (transition >= EventNumbers.FIRST) {
            recording.perform(scheduler.events, transition);
            return;
        }
        Strand strand = strands[transition];
        if (!strand.posted) {
            throw new IllegalStateException("the scenario is not deterministic: " + system.names.get(transition)
                    + " has ended where it went on in the run before");
        }
        if (last >= 0 && last != transition && strands[last].posted && scheduler.canGo(strands[last])) {
            budget--;
        }
        last = transition;
        recording.step(transition, ChoiceStack.way(option));
        long result = system.model.perform(transition, strand.op, ChoiceStack.way(option));
        recording.trace(strand, result, ChoiceStack.way(option), false);
        strand.resume(result);
        ended(strand);
    }

    /** Whether the strand's end ends the run, because it threw. */
    private boolean ended(Strand strand) {
        Throwable failure = strand.failure;
        if (failure != null) {
            Throwable why = failure instanceof LinkageError ? failure.getCause() : null;
            fail(system.names.get(strand.index) + ": " + failure + (why == null ? "" : ": " + why), failure);
        }
        return broken != null;
    }

    /** Handles the end of a run, at which no step is possible. */
    private void end() {
        for (Strand strand : strands) {
            if (!strand.done) {
                fail("deadlock: " + waiting(), null);
                return;
            }
        }
        if (counts.accesses == before) {
            fail("no strand made an access: is the explored Words in the path?", null);
            return;
        }
        String outcome = system.world.end();
        if (!recording.isOn()) {
            counts.outcome(outcome);
        }
        if (!system.allows(outcome)) {
            fail("forbidden outcome: " + outcome, null);
        }
    }

    private String waiting() {
        StringBuilder text = new StringBuilder();
        for (Strand strand : strands) {
            if (!strand.done) {
                text.append(text.isEmpty() ? "" : ", ").append(system.names.get(strand.index))
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
