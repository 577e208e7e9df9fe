package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.MemoryModel;
import java.util.Arrays;

/** Small numbers for the events of a memory model, in the order of their first appearance in a search. */
final class EventNumbers {
    /** The first number of an event; transitions below are strands. */
    static final int FIRST = 8;
    private static final int STRAND_SHIFT = 48;

    private long[] names = new long[64];
    private int count;

    /** The transition that stands for an event. */
    int transition(long name) {
        for (int i = 0; i < count; i++) {
            if (names[i] == name) {
                return FIRST + i;
            }
        }
        if (count == names.length) {
            names = Arrays.copyOf(names, 2 * count);
        }
        names[count] = name;
        return FIRST + count++;
    }

    long name(int transition) {
        return names[transition - FIRST];
    }

    /** The strand whose event it is. */
    int strand(int transition) {
        return (int) (name(transition) >>> STRAND_SHIFT);
    }

    /** The text of an event in schedules: its strand and its number among the strand's events, oldest first. */
    String text(MemoryModel model, int transition) {
        long name = name(transition);
        int number = 0;
        for (int i = 0; i < model.events() && model.event(i) != name; i++) {
            if (model.event(i) >>> STRAND_SHIFT == name >>> STRAND_SHIFT) {
                number++;
            }
        }
        return "e" + strand(transition) + "." + number;
    }

    /** The event with this text, see {@link #text}. */
    int parse(MemoryModel model, String text) {
        int dot = text.indexOf('.');
        long strand = Long.parseLong(text, 1, dot, 10);
        int number = Integer.parseInt(text, dot + 1, text.length(), 10);
        for (int i = 0; i < model.events(); i++) {
            if (model.event(i) >>> STRAND_SHIFT == strand && number-- == 0) {
                return transition(model.event(i));
            }
        }
        throw new IllegalArgumentException("the schedule does not fit: there is no event " + text);
    }
}
