package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.MemoryModel;
import io.pinfold.jcstress.explore.memory.Op;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether the run that is on is written down, and whether it follows a {@link Schedule}; a search in full flight does neither. */
final class Recording {
    private final Stage stage;
    private @Nullable Recorder recorder;
    private @Nullable Script script;

    Recording(Stage stage) {
        this.stage = stage;
    }

    /** From here on, runs are written down. */
    Recorder start() {
        Recorder begun = new Recorder(stage.names.size());
        recorder = begun;
        return begun;
    }

    /** From here on, runs follow a schedule and are written down. */
    Recorder start(Schedule schedule) {
        script = new Script(schedule, stage.names.size());
        return start();
    }

    void stop() {
        recorder = null;
        script = null;
    }

    boolean isOn() {
        return recorder != null;
    }

    /** What runs follow; null if they are free. */
    @Nullable
    Script script() {
        return script;
    }

    /** A strand makes an access, without a scheduling point or with one. */
    void access(Strand strand, boolean quiet) {
        if (recorder != null) {
            recorder.access(strand.index, quiet);
        }
    }

    /** A strand takes a step, in one of its ways. */
    void step(int strand, int way) {
        if (recorder != null) {
            recorder.step("t" + strand, way);
        }
    }

    /** What an access came to. What stays in the strand's own buffer changes nothing that anybody could see. */
    void trace(Strand strand, long result, int way, boolean buffered) {
        if (recorder != null) {
            String state = buffered ? "" : stage.world.state();
            recorder.trace(new TraceStep(strand.index, "", 0, new Op().copy(strand.op), result, way, buffered,
                    strand.lockMask != 0, strand.sites, state));
        }
    }

    /** Performs an event of the memory, and writes it down. */
    void perform(Events events, int transition) {
        MemoryModel model = stage.model;
        Recorder to = recorder;
        if (to == null) {
            model.performEvent(events.name(transition));
            return;
        }
        String text = events.text(model, transition);
        to.step(text, 0);
        model.performEvent(events.name(transition));
        to.trace(new TraceStep(events.strand(transition), text, events.name(transition), new Op(), 0, 0, false, false,
                List.of(), stage.world.state()));
    }
}
