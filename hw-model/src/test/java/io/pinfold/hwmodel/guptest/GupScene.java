package io.pinfold.hwmodel.guptest;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One test of a megabyte by two callers, in which a corruption is planted. */
final class GupScene {

    /** Pages of the range, which are one slice. */
    static final int PAGES = 256;

    /** When it is planted. */
    enum Moment {
        OPEN, MAPPED, SET_UP, A_CALL_IS_DONE, HELD, GIVEN_BACK, END
    }

    /** What is tested. */
    enum Setting {
        PINS(GupCall.PIN_BASIC_TEST), LONGTERM(GupCall.PIN_LONGTERM_BENCHMARK), GETS(GupCall.GUP_FAST_BENCHMARK),
        /** Pins of pages with advice for huge ones, and against. */
        HUGE(HugePageAdvice.ALWAYS), SMALL(HugePageAdvice.NEVER);

        private final GupCall call;
        private final HugePageAdvice advice;

        Setting(GupCall call) {
            this.call = call;
            this.advice = HugePageAdvice.DEFAULT;
        }

        Setting(HugePageAdvice advice) {
            this.call = GupCall.PIN_FAST_BENCHMARK;
            this.advice = advice;
        }

        private GupTestOptions options() {
            return new GupTestOptions(1, 1, 16, List.of(call), FollFlags.FOLL_WRITE, 2, advice, false, false, true,
                    false, List.of());
        }
    }

    private final Setting setting;
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private @Nullable GupTestRun run;
    private String told = "";

    GupScene(Setting setting) {
        this.setting = setting;
    }

    /** Runs the test to its end with a corruption at a moment; what it reports. */
    GupTestReport play(Moment moment, Consumer<GupScene> corruption) {
        Consumer<Moment> reached = now -> {
            if (now == moment) {
                corruption.accept(this);
            }
        };
        GupTestOptions options = setting.options();
        MemoryPlan plan = MemoryPlan.of(options);
        MemoryOptions withDevice = plan.memory().withDeviceBytes(MemoryOptions.UNIT_BYTES);
        try (GupTestRun opened = GupTestRun.open(options, new MemoryPlan(withDevice, plan.calls()))) {
            run = opened;
            reached.accept(Moment.OPEN);
            if (opened.map()) {
                reached.accept(Moment.MAPPED);
                if (opened.prepare()) {
                    reached.accept(Moment.SET_UP);
                    call(opened, moment, reached);
                }
            }
            reached.accept(Moment.END);
            GupTestReport report = opened.finish();
            restore();
            return report;
        }
    }

    /** By hand, step by step, if something is planted between the steps. */
    private void call(GupTestRun opened, Moment moment, Consumer<Moment> reached) {
        if (moment != Moment.HELD && moment != Moment.GIVEN_BACK) {
            opened.callAll(done -> reached.accept(Moment.A_CALL_IS_DONE));
            return;
        }
        try (Crew crew = new Crew(opened.callers())) {
            opened.begin(setting.call);
            opened.get(crew, 0, PAGES);
            reached.accept(Moment.HELD);
            opened.checkHeld(setting.call, 0);
            restore();
            opened.put(crew);
            reached.accept(Moment.GIVEN_BACK);
            opened.checkReleased(setting.call, 0);
            restore();
        }
    }

    private void restore() {
        while (!undo.isEmpty()) {
            undo.pop().run();
        }
    }

    GupTestRun run() {
        return Objects.requireNonNull(run);
    }

    /**
     * {@code action} takes back what was just done: after the next check if it was done while pages are held or when
     * they were given back, else at the end.
     */
    void afterwards(Runnable action) {
        undo.push(action);
    }

    /** The finding of what is planted is to have {@code values} in its text. */
    void tells(String values) {
        told = values;
    }

    String told() {
        return told;
    }

    long frame(int page) {
        return run().space().frameAt(run().address() + page * 4096L);
    }

    /** The record of the frame of a page of the range. */
    long record(int page) {
        return Bridge.core(run().memory()).recordAddress(frame(page));
    }

    /** As many pins more as acquired, and taken back as many. */
    void countAcquired(int more) {
        count(more);
        afterwards(() -> count(-more));
    }

    private void count(int more) {
        try (PageBatch<?> batch = run().memory().newPageBatch(1)) {
            Bridge.held(batch).countAcquired(0, more);
        }
    }
}
