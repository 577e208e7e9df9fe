package io.pinfold.jcstress.explore.search;

import java.util.Arrays;

/**
 * The stack of the depth-first search, which is the current branch: for each step the options, the chosen one, and the
 * sleep set. An option is a transition (a strand's access or an event of the memory) and its way: {@code transition <<
 * 8 | way}.
 */
final class ChoiceStack {
    private static final int WAY_BITS = 8;

    private int[] options = new int[1024];
    /**
     * Per step the index of its first option and the chosen one; the options of a step end where those of the next
     * begin.
     */
    private int[] begin = new int[256];
    private int[] chosen = new int[256];
    private long[] asleep = new long[256];
    private int length;

    static int option(int transition, int way) {
        return transition << WAY_BITS | way;
    }

    static int transition(int option) {
        return option >>> WAY_BITS;
    }

    static int way(int option) {
        return option & (1 << WAY_BITS) - 1;
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    /** Adds a step; {@link #add} its options before the next. */
    void push(long sleepSet) {
        if (length + 1 == begin.length) {
            begin = Arrays.copyOf(begin, 2 * begin.length);
            chosen = Arrays.copyOf(chosen, begin.length);
            asleep = Arrays.copyOf(asleep, begin.length);
        }
        chosen[length] = 0;
        asleep[length] = sleepSet;
        begin[length + 1] = begin[length];
        length++;
    }

    /** Adds an option to the last step. */
    void add(int option) {
        int end = begin[length];
        if (end == options.length) {
            options = Arrays.copyOf(options, 2 * end);
        }
        options[end] = option;
        begin[length] = end + 1;
    }

    /** The number of options of the last step. */
    int optionsOfLast() {
        return begin[length] - begin[length - 1];
    }

    void choose(int step, int index) {
        chosen[step] = index;
    }

    /** Removes the last step. */
    void pop() {
        length--;
    }

    /** The chosen option of a step. */
    int at(int step) {
        return options[begin[step] + chosen[step]];
    }

    long sleepSet(int step) {
        return asleep[step];
    }

    void setSleepSet(int step, long sleepSet) {
        asleep[step] = sleepSet;
    }

    /** The transitions that were tried at a step before the chosen one. */
    long tried(int step) {
        long tried = 0;
        int now = transition(at(step));
        for (int i = begin[step]; i < begin[step] + chosen[step]; i++) {
            int transition = transition(options[i]);
            if (transition != now && transition < Long.SIZE) {
                tried |= 1L << transition;
            }
        }
        return tried;
    }

    /** Moves to the next branch; false if all have been tried. */
    boolean next() {
        while (length > 0) {
            int last = length - 1;
            if (++chosen[last] < begin[last + 1] - begin[last]) {
                return true;
            }
            length = last;
        }
        return false;
    }
}
