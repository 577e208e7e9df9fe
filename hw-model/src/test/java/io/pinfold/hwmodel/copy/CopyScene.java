package io.pinfold.hwmodel.copy;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.PageType;
import io.pinfold.hwmodel.dma.DmaDescriptor;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One copy, in which a corruption is planted. */
final class CopyScene {

    /** How much is copied, and how many rivals there are. */
    enum Setting {
        ALONE(100_000, 0), OPPOSED(100_000, 1), NOTHING_TO_COPY(0, 1);

        private final int bytes;
        private final int rivals;

        Setting(int bytes, int rivals) {
            this.bytes = bytes;
            this.rivals = rivals;
        }
    }

    /** When it is planted. */
    enum Moment {
        OPEN, A_CHUNK_IS_COPIED, ALL_IS_COPIED, TORN_DOWN
    }

    final CopyTestFiles files;
    private final Setting setting;
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private @Nullable CopyRun run;
    private String told = "";

    CopyScene(Path directory, Setting setting) {
        this.setting = setting;
        this.files = new CopyTestFiles(directory, setting.bytes);
    }

    /** Runs the copy to its end with a corruption at a moment; what its audit says. */
    CopyReport play(Moment moment, Consumer<CopyScene> corruption) {
        CopyOptions options = files.options(8, setting.rivals, Lifetime.PIN, 1);
        boolean[] isPlanted = new boolean[1];
        Consumer<Moment> reached = now -> {
            if (now == moment && !isPlanted[0]) {
                isPlanted[0] = true;
                corruption.accept(this);
            }
        };
        try (CopyRun opened = CopyRun.open(options, () -> false, done -> reached.accept(Moment.A_CHUNK_IS_COPIED))) {
            run = opened;
            reached.accept(Moment.OPEN);
            opened.copy();
            reached.accept(Moment.ALL_IS_COPIED);
            opened.tearDown();
            reached.accept(Moment.TORN_DOWN);
            CopyReport report = opened.audit();
            while (!undo.isEmpty()) {
                undo.pop().run();
            }
            return report;
        }
    }

    CopyRun run() {
        return Objects.requireNonNull(run);
    }

    PhysicalMemory memory() {
        return run().memory();
    }

    /** {@code action} takes back what was just done, after the audit. */
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

    long userFrame() {
        return frameOfType(memory(), PageType.USER);
    }

    /** A transfer of one user frame. */
    DmaDescriptor transfer() {
        return new DiscardingDevice().take(memory(), userFrame());
    }

    static long frameOfType(PhysicalMemory memory, int type) {
        for (long pfn = 1; pfn < memory.ramFrames(); pfn++) {
            if (memory.page(pfn).type() == type) {
                return pfn;
            }
        }
        throw new AssertionError("no frame of type " + PageType.nameOf(type));
    }
}
