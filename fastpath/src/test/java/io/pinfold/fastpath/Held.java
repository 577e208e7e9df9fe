package io.pinfold.fastpath;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.memory.PageBatch;

/** Pages that a stress thread obtained, to be released by it or another one. */
final class Held {

    private final StressWorld world;
    final PageBatch<?> batch;
    private final boolean pin;
    private final int window;
    private final int first;
    private final int[] generations;

    Held(StressWorld world, PageBatch<?> batch, boolean pin, int window, int first) {
        this.world = world;
        this.batch = batch;
        this.pin = pin;
        this.window = window;
        this.first = first;
        this.generations = new int[batch.size()];
        for (int i = 0; i < generations.length; i++) {
            generations[i] = world.memory.page(batch.pfn(i)).generation();
        }
    }

    /** Still the same life of each frame, with nothing but its own stamp in it. */
    void check() {
        for (int i = 0; i < generations.length; i++) {
            long pfn = batch.pfn(i);
            world.check(window, first + i, pfn);
            int generation = world.memory.page(pfn).generation();
            if (generation != generations[i]) {
                throw new AssertionError(
                        "frame " + pfn + " went from generation " + generations[i] + " to " + generation
                                + " while it was held");
            }
            if (pin && pfn != world.memory.zeroPfn() && !world.memory.page(pfn).maybePinned()) {
                throw new AssertionError(
                        "I4: frame " + pfn + " is pinned and does not look so: " + world.memory.page(pfn));
            }
        }
    }

    PageBatch<?> release() {
        check();
        int released = pin ? world.memory.unpinUserPages(Kinds.pins(batch)) : world.memory.putPages(Kinds.gets(batch));
        if (released != generations.length) {
            throw new AssertionError("released " + released + " of " + generations.length);
        }
        return batch;
    }
}
