package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.MemoryModel;
import io.pinfold.jcstress.explore.memory.Op;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The recording and the schedule of the current run; the runs of a search have neither. */
final class RunRecording {
    private final ExploredSystem system;
    private @Nullable ScheduleRecorder recorder;
    private @Nullable ScheduleCursor cursor;

    RunRecording(ExploredSystem system) {
        this.system = system;
    }

    /** From here on, runs are recorded. */
    ScheduleRecorder start() {
        ScheduleRecorder begun = new ScheduleRecorder(system.names.size());
        recorder = begun;
        return begun;
    }

    /** From here on, runs follow a schedule and are recorded. */
    ScheduleRecorder start(Schedule schedule) {
        cursor = new ScheduleCursor(schedule, system.names.size());
        return start();
    }

    void stop() {
        recorder = null;
        cursor = null;
    }

    boolean isOn() {
        return recorder != null;
    }

    /** The schedule that runs follow; null if they are free. */
    @Nullable
    ScheduleCursor cursor() {
        return cursor;
    }

    /** Records an access of a strand, without a scheduling point or with one. */
    void access(Strand strand, boolean quiet) {
        if (recorder != null) {
            recorder.access(strand.index, quiet);
        }
    }

    /** Records a step of a strand, in one of its ways. */
    void step(int strand, int way) {
        if (recorder != null) {
            recorder.step("t" + strand, way);
        }
    }

    /**
     * Records the result of an access. A store that stays in the strand's own buffer changes nothing that other strands
     * see.
     */
    void trace(Strand strand, long result, int way, boolean buffered) {
        if (recorder != null) {
            String state = buffered ? "" : system.world.state();
            recorder.trace(new TraceStep(strand.index, "", 0, new Op().copy(strand.op), result, way, buffered,
                    strand.lockMask != 0, strand.sites, state));
        }
    }

    /** Performs an event of the memory, and records it. */
    void perform(EventNumbers events, int transition) {
        MemoryModel model = system.model;
        ScheduleRecorder to = recorder;
        if (to == null) {
            model.performEvent(events.name(transition));
            return;
        }
        String text = events.text(model, transition);
        to.step(text, 0);
        model.performEvent(events.name(transition));
        to.trace(new TraceStep(events.strand(transition), text, events.name(transition), new Op(), 0, 0, false, false,
                List.of(), system.world.state()));
    }
}
