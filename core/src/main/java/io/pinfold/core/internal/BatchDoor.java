package io.pinfold.core.internal;

import io.pinfold.core.memory.batch.HeldPages;

/** What is behind a Batch. */
public abstract class BatchDoor {
    final HeldPages held;

    /** A door to {@code held}. */
    protected BatchDoor(HeldPages held) {
        this.held = held;
    }
}
