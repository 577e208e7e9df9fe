package io.pinfold.core.internal;

import io.pinfold.core.memory.batch.HeldPages;

/** The base class of a Batch, which holds its pages for the modules of the project. */
public abstract class BatchDoor {
    final HeldPages held;

    /** A door to {@code held}. */
    protected BatchDoor(HeldPages held) {
        this.held = held;
    }
}
