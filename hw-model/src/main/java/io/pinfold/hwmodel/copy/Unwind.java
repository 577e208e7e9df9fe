package io.pinfold.hwmodel.copy;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What was acquired, and how to give it back: last acquired, first given back, on success and on failure alike. A step that
 * throws does not keep the others from being undone; the first problem is thrown at the end, the others suppressed in it.
 */
final class Unwind implements AutoCloseable {

    private final Deque<Step> steps = new ArrayDeque<>();

    private record Step(String what, Runnable undo) {
    }

    /** Notes how to undo what was just done. */
    void push(String what, Runnable undo) {
        steps.push(new Step(what, undo));
    }

    /** Undoes everything noted and not undone yet, in reverse order. */
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
