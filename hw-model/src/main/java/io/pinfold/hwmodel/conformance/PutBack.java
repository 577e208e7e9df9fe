package io.pinfold.hwmodel.conformance;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has to be put back, last change first: at the end, after a failure, and when the JVM is told to end before that. Each change is
 * put back once.
 */
final class PutBack implements AutoCloseable {

    private final Deque<Runnable> changes = new ArrayDeque<>();
    private final Thread atExit = new Thread(this::undo, "put back");

    PutBack() {
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Registers how to undo a change, before or right after it is made. */
    synchronized void later(Runnable undo) {
        changes.push(undo);
    }

    /** Everything is tried, whatever fails; the first failure is thrown at the end. */
    private synchronized void undo() {
        RuntimeException first = null;
        while (!changes.isEmpty()) {
            try {
                changes.pop().run();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            return; // the JVM is ending: the hook does it
        }
        undo();
    }
}
