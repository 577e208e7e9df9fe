package io.pinfold.hwmodel.copy;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A stack of undo steps for acquired resources: last acquired, first given back, on success and on failure alike. All
 * steps run even if one throws; the first problem is thrown at the end, the others suppressed in it.
 */
final class Unwind implements AutoCloseable {

    private final Deque<Step> steps = new ArrayDeque<>();

    private record Step(String what, Runnable undo) {
    }

    /** Adds the undo step of the last action. */
    void push(String what, Runnable undo) {
        steps.push(new Step(what, undo));
    }

    /** Runs all undo steps not run yet, in reverse order. */
    @Override
    public void close() {
        IllegalStateException first = null;
        for (Step step = steps.poll(); step != null; step = steps.poll()) {
            try {
                step.undo().run();
            } catch (Throwable e) {
                if (first == null) {
                    first = new IllegalStateException("giving back " + step.what() + ": " + e.getMessage(), e);
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
