package io.pinfold.jcstress.explore.search;

import java.util.List;

/** The position of a run in its {@link Schedule}: its steps, and the quiet accesses of each strand. */
final class ScheduleCursor {
    private final List<String> steps;
    private final List<int[]> lengths;
    private final int[] turns;
    private final int[] used;

    ScheduleCursor(Schedule schedule, int strands) {
        if (schedule.quiet().size() != strands) {
            throw new IllegalArgumentException(
                    "the schedule is for " + schedule.quiet().size() + " strands, not for " + strands);
        }
        steps = schedule.steps();
        lengths = schedule.quiet();
        turns = new int[strands];
        used = new int[strands];
    }

    /** A step; empty after the last one. */
    String step(int index) {
        return index < steps.size() ? steps.get(index) : "";
    }

    boolean isQuiet(int strand) {
        int[] mine = lengths.get(strand);
        while (turns[strand] < mine.length && used[strand] == mine[turns[strand]]) {
            turns[strand]++;
            used[strand] = 0;
        }
        used[strand]++;
        return turns[strand] < mine.length && (turns[strand] & 1) == 0;
    }
}
