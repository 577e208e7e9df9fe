package io.pinfold.hwmodel.conformance;

import io.pinfold.core.pagemap.CallbackFailure;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Undoes changes of the system, last change first: at the end, after a failure, and when a signal ends the JVM before
 * that. Each change is undone once.
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

    /** Undoes everything, whatever fails; the first failure is thrown at the end. */
    private synchronized void undo() {
        CallbackFailure failure = new CallbackFailure();
        while (!changes.isEmpty()) {
            failure.run(changes.pop());
        }
        failure.rethrow();
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            return; // the JVM is ending: the hook undoes the changes
        }
        undo();
    }
}
