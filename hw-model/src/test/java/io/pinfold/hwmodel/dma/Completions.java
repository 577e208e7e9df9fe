package io.pinfold.hwmodel.dma;

/** Completes descriptors as only a faulty engine does. */
public final class Completions {

    private Completions() {
    }

    /** Submits, runs and reaps one descriptor by hand. */
    public static void complete(DmaEngine engine, DmaDescriptor descriptor) {
        engine.submit(descriptor);
        engine.ring();
        while (engine.poll() == null) {
            Thread.onSpinWait();
        }
    }

    /** The same, then completes it once more. */
    public static void completeTwice(DmaEngine engine, DmaDescriptor descriptor) {
        complete(engine, descriptor);
        engine.complete(descriptor, DmaStatus.DONE);
    }

    /** Runs and completes a descriptor that was not submitted. */
    public static void completeUnsubmitted(DmaEngine engine, DmaDescriptor descriptor) {
        descriptor.move(DmaDescriptor.IDLE, DmaDescriptor.RUNNING);
        engine.complete(descriptor, DmaStatus.DONE);
    }

    /** Submits a chain of three of which the engine, when it closes, loses the one in the middle. */
    public static void loseOne(DmaEngine engine, DmaDescriptor first, DmaDescriptor lost, DmaDescriptor last) {
        first.then(lost).then(last);
        engine.submit(first);
        last.move(DmaDescriptor.QUEUED, DmaDescriptor.IDLE);
        last.queue(null); // the engine goes back from the last one, and finds nothing before it
    }
}
