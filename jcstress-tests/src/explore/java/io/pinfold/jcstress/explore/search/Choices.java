package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.MemoryModel;
import java.util.SplittableRandom;

/**
 * Which step comes next: the one of the branch that is being tried, behind its end the first of what could be done, and in runs by chance any.
 * What else could be done is kept for later branches. A run that follows a schedule has no choice.
 */
final class Choices {
    /** Where a run stands. */
    enum Next {
        /** There is a step to take. */
        STEP,
        /** Nobody can go. */
        END,
        /** Going on would show nothing new, or the schedule ends here. */
        ENOUGH
    }

    final Events events = new Events();
    final Pruning pruning;
    private final MemoryModel model;
    private final Turns turns;
    private final Recording recording;
    private final Strand[] strands;
    private final Path path = new Path();
    /** What sleeps at the step that comes next, if that is new. */
    private long nextSleep;
    private boolean random;
    private SplittableRandom dice = new SplittableRandom(1);

    Choices(Limits limits, MemoryModel model, Turns turns, Recording recording, Strand[] strands) {
        this.model = model;
        this.turns = turns;
        this.recording = recording;
        this.strands = strands;
        pruning = new Pruning(limits, model, strands, events);
    }

    /** The first branch again. */
    void restart() {
        path.clear();
    }

    /** Goes to the next branch; false if all have been tried. */
    boolean nextBranch() {
        return path.next();
    }

    /** Whether runs go by chance, and then nothing is left out. */
    void setRandom(boolean byChance) {
        random = byChance;
    }

    boolean isRandom() {
        return random;
    }

    void seed(long seed) {
        dice = new SplittableRandom(seed);
    }

    /** The option chosen for a step. */
    int at(int step) {
        return path.at(step);
    }

    /** Chooses a step, with so many preemptions left and after a step of that strand. */
    Next choose(int step, int budget, int last) {
        Script script = recording.script();
        long sleepSet = 0;
        if (script != null) {
            String text = script.step(step);
            if (text.isEmpty()) {
                return isOver() ? Next.END : Next.ENOUGH;
            }
            path.push(0);
            path.add(option(text, step));
        } else if (step < path.length()) {
            if (step == path.length() - 1) {
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
        return random ? 0 : pruning.sleepAfter(path, step);
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
        path.push(pruning.asleep());
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
                path.add(Path.option(transition, 0));
            }
        }
        int offered = path.optionsOfLast();
        if (offered == 0) {
            path.pop();
            return Next.ENOUGH;
        }
        if (random) {
            boolean stay = last >= 0 && Path.transition(path.at(step)) == last && dice.nextInt(4) != 0;
            path.choose(step, stay ? 0 : dice.nextInt(offered));
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
            path.add(Path.option(index, way));
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
        return turns.isLocked(strand) ? 0 : model.ways(strand.index, strand.op);
    }

    /** The option that a schedule calls so. */
    private int option(String text, int step) {
        if (text.startsWith("e")) {
            return Path.option(events.parse(model, text), 0);
        }
        int dot = text.indexOf('.');
        int strand = Integer.parseInt(text, 1, dot < 0 ? text.length() : dot, 10);
        int way = dot < 0 ? 0 : Integer.parseInt(text, dot + 1, text.length(), 10);
        if (strand >= strands.length || !strands[strand].posted || way >= ways(strands[strand])) {
            throw new IllegalArgumentException(
                    "the schedule does not fit: " + text + " cannot go at step " + (step + 1));
        }
        return Path.option(strand, way);
    }
}
