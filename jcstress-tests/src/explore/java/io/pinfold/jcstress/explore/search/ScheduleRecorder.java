package io.pinfold.jcstress.explore.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Records a run as a {@link Schedule}, and the details of each of its steps. */
final class ScheduleRecorder {
    private final List<String> steps = new ArrayList<>();
    private final List<TraceStep> trace = new ArrayList<>();
    private final int[][] lengths;
    private final int[] turns;

    ScheduleRecorder(int strands) {
        lengths = new int[strands][8];
        turns = new int[strands];
    }

    /** Records an access of a strand, without a scheduling point or with one. */
    void access(int strand, boolean quiet) {
        boolean quietTurn = (turns[strand] & 1) == 0;
        if (quiet != quietTurn) {
            turns[strand]++;
        }
        if (turns[strand] == lengths[strand].length) {
            lengths[strand] = Arrays.copyOf(lengths[strand], 2 * turns[strand]);
        }
        lengths[strand][turns[strand]]++;
    }

    /** Records a step of the search. */
    void step(String text, int way) {
        steps.add(way == 0 ? text : text + "." + way);
    }

    /** Records the details of a step, or of an access without a scheduling point. */
    void trace(TraceStep what) {
        trace.add(what);
    }

    Schedule schedule() {
        List<int[]> quiet = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            quiet.add(Arrays.copyOf(lengths[i], turns[i] + 1));
        }
        return new Schedule(List.copyOf(steps), quiet);
    }

    List<TraceStep> steps() {
        return trace;
    }
}
