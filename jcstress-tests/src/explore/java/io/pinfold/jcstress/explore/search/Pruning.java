package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.MemoryModel;
import io.pinfold.jcstress.explore.memory.StateKey;

/**
 * The pruning of a search: it leaves out runs that show nothing new.
 *
 * <p>Without a bound it leaves out one of two orders of independent steps (sleep sets), and states that were reached
 * before, as long as every step that slept then sleeps now, too; otherwise only the steps that slept then and are awake
 * now are tried (Godefroid's rule). The key of a state is the content of memory, and for each strand a hash of all its
 * results, from which the state of the strand follows. With a bound it leaves out states that were reached by the same
 * strand with at least as many preemptions left.
 */
final class Pruning {
    private final Limits limits;
    private final MemoryModel model;
    private final Strand[] strands;
    private final EventNumbers events;
    private final SeenStates seen = new SeenStates();
    private final StateKey key = new StateKey();

    // the state that was met last
    private long asleep;
    private long only;

    Pruning(Limits limits, MemoryModel model, Strand[] strands, EventNumbers events) {
        this.limits = limits;
        this.model = model;
        this.strands = strands;
        this.events = events;
    }

    void clear() {
        seen.clear();
    }

    /** The number of different states met. */
    int states() {
        return seen.size();
    }

    /** Enters a state at which nothing is left out. */
    void meetAny() {
        asleep = 0;
        only = -1;
    }

    /**
     * Enters a state.
     *
     * @param sleepSet the sleep set of the way to the state
     * @param budget preemptions left
     * @param last the strand that ran last
     * @return false if the state would show nothing new
     */
    boolean meet(long sleepSet, int budget, int last) {
        asleep = sleepSet;
        only = -1;
        if (!limits.seenStates()) {
            return true;
        }
        mix(last);
        int slot = seen.find(key.high(), key.low(), limits.isBounded() ? budget : asleep);
        if (slot == SeenStates.NEW) {
            return true;
        }
        long then = seen.value(slot);
        if (limits.isBounded()) {
            if (budget <= then) {
                return false;
            }
            seen.set(slot, budget);
            return true;
        }
        only = then & ~asleep;
        if (only == 0) {
            return false;
        }
        asleep &= then;
        seen.set(slot, asleep);
        return true;
    }

    private void mix(int last) {
        key.clear();
        model.mix(key);
        for (Strand strand : strands) {
            key.mix(strand.high);
            key.mix(strand.low);
            key.mix(strand.done ? 1 : 0);
        }
        if (limits.isBounded()) {
            key.mix(last);
        }
    }

    /** The sleep set of the state that was met last. */
    long asleep() {
        return asleep;
    }

    /** Whether a transition is to be tried in the state that was met last. */
    boolean isAwake(int transition) {
        if (transition >= Long.SIZE) {
            return true;
        }
        long bit = 1L << transition;
        return (asleep & bit) == 0 && (only & bit) != 0;
    }

    /**
     * The next sleep set: the transitions that sleep at a step, or were tried there before, without those that the
     * chosen option wakes. Called before the option is performed.
     */
    long sleepAfter(ChoiceStack stack, int step) {
        if (!limits.sleepSets()) {
            return 0;
        }
        int chosen = ChoiceStack.transition(stack.at(step));
        long candidates = stack.sleepSet(step) | stack.tried(step);
        long still = 0;
        while (candidates != 0) {
            int transition = Long.numberOfTrailingZeros(candidates);
            candidates &= candidates - 1;
            if (!dependent(chosen, transition)) {
                still |= 1L << transition;
            }
        }
        return still;
    }

    private boolean dependent(int a, int b) {
        if (a == b) {
            return true;
        }
        if (a >= EventNumbers.FIRST) {
            return b >= EventNumbers.FIRST ? model.dependent(events.name(a), events.name(b))
                    : model.dependent(events.name(a), b, strands[b].op);
        }
        return b >= EventNumbers.FIRST ? model.dependent(events.name(b), a, strands[a].op)
                : model.dependent(a, strands[a].op, b, strands[b].op);
    }
}
