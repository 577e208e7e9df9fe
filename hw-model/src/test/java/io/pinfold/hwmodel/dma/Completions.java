package io.pinfold.hwmodel.dma;

/** Completes descriptors as only a broken engine would. */
public final class Completions {

    private Completions() {
    }

    /** Submits, runs and reaps one descriptor by hand, then completes it once more. */
    public static void completeTwice(DmaEngine engine, DmaDescriptor descriptor) {
        engine.submit(descriptor);
        engine.ring();
        while (engine.poll() == null) {
            Thread.onSpinWait();
        }
        engine.complete(descriptor, DmaStatus.DONE);
    }
}
