package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.MemoryModel;
import java.util.SplittableRandom;

/**
 * Chooses the next step of a run: that of the current branch, after its end the first possible one, and in random runs
 * any. The other possible steps are kept for later branches. A run that follows a schedule has no choice.
 */
final class Scheduler {
    /** The state of a run. */
    enum Next {
        /** There is a next step. */
        STEP,
        /** No strand can go on, and there is no event. */
        END,
        /** Going on would show nothing new, or the schedule ends here. */
        ENOUGH
    }

    final EventNumbers events = new EventNumbers();
    final Pruning pruning;
    private final MemoryModel model;
    private final SchedulingPoints points;
    private final RunRecording recording;
    private final Strand[] strands;
    private final ChoiceStack stack = new ChoiceStack();
    /** The sleep set of the next step, if that is new. */
    private long nextSleep;
    private boolean random;
    private SplittableRandom dice = new SplittableRandom(1);

    Scheduler(Limits limits, MemoryModel model, SchedulingPoints points, RunRecording recording, Strand[] strands) {
        this.model = model;
        this.points = points;
        this.recording = recording;
        this.strands = strands;
        pruning = new Pruning(limits, model, strands, events);
    }

    /** Begins with the first branch again. */
    void restart() {
        stack.clear();
    }

    /** Moves to the next branch; false if all have been tried. */
    boolean nextBranch() {
        return stack.next();
    }

    /** Whether runs are random, and then nothing is left out. */
    void setRandom(boolean byChance) {
        random = byChance;
    }

    boolean isRandom() {
        return random;
    }

    void seed(long seed) {
        dice = new SplittableRandom(seed);
    }

    /** The chosen option of a step. */
    int at(int step) {
        return stack.at(step);
    }

    /** Chooses a step, after a step of {@code last} and with a number of preemptions left. */
    Next choose(int step, int budget, int last) {
        ScheduleCursor cursor = recording.cursor();
        long sleepSet = 0;
        if (cursor != null) {
            String text = cursor.step(step);
            if (text.isEmpty()) {
                return isOver() ? Next.END : Next.ENOUGH;
            }
            stack.push(0);
            stack.add(option(text, step));
        } else if (step < stack.length()) {
            if (step == stack.length() - 1) {
                sleepSet = sleepAfter(step);
            }
        } else {
            Next next = expand(step, budget, last);
            if (next != Next.STEP) {
                return next;
            }
            sleepSet = sleepAfter(step);
        }
        nextSleep = sleepSet;
        return Next.STEP;
    }

    private long sleepAfter(int step) {
        return random ? 0 : pruning.sleepAfter(stack, step);
    }

    /** Adds a step to the branch. */
    private Next expand(int step, int budget, int last) {
        if (isOver()) {
            return Next.END;
        }
        if (random) {
            pruning.meetAny();
        } else if (!pruning.meet(step == 0 ? 0 : nextSleep, budget, last)) {
            return Next.ENOUGH;
        }
        stack.push(pruning.asleep());
        boolean mayPreempt = budget != 0 || last < 0 || !canGo(strands[last]);
        if (last >= 0) {
            offer(last);
        }
        for (int i = 0; mayPreempt && i < strands.length; i++) {
            if (i != last) {
                offer(i);
            }
        }
        for (int i = 0, count = model.events(); i < count; i++) {
            int transition = events.transition(model.event(i));
            if (pruning.isAwake(transition)) {
                stack.add(ChoiceStack.option(transition, 0));
            }
        }
        int offered = stack.optionsOfLast();
        if (offered == 0) {
            stack.pop();
            return Next.ENOUGH;
        }
        if (random) {
            boolean stay = last >= 0 && ChoiceStack.transition(stack.at(step)) == last && dice.nextInt(4) != 0;
            stack.choose(step, stay ? 0 : dice.nextInt(offered));
        }
        return Next.STEP;
    }

    private void offer(int index) {
        Strand strand = strands[index];
        if (strand.done || !pruning.isAwake(index)) {
            return;
        }
        int ways = ways(strand);
        for (int way = 0; way < ways; way++) {
            stack.add(ChoiceStack.option(index, way));
        }
    }

    private boolean isOver() {
        if (model.events() != 0) {
            return false;
        }
        for (Strand strand : strands) {
            if (canGo(strand)) {
                return false;
            }
        }
        return true;
    }

    boolean canGo(Strand strand) {
        return !strand.done && ways(strand) > 0;
    }

    private int ways(Strand strand) {
        return points.isLocked(strand) ? 0 : model.ways(strand.index, strand.op);
    }

    /** The option of this text in a schedule. */
    private int option(String text, int step) {
        if (text.startsWith("e")) {
            return ChoiceStack.option(events.parse(model, text), 0);
        }
        int dot = text.indexOf('.');
        int strand = Integer.parseInt(text, 1, dot < 0 ? text.length() : dot, 10);
        int way = dot < 0 ? 0 : Integer.parseInt(text, dot + 1, text.length(), 10);
        if (strand >= strands.length || !strands[strand].posted || way >= ways(strands[strand])) {
            throw new IllegalArgumentException(
                    "the schedule does not fit: " + text + " cannot go at step " + (step + 1));
        }
        return ChoiceStack.option(strand, way);
    }
}
