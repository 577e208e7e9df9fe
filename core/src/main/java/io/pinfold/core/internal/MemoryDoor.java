package io.pinfold.core.internal;

import io.pinfold.core.memory.batch.PageBatches;
import io.pinfold.core.memory.frame.MemoryCore;

/** The base class of a PhysicalMemory, which holds its core for the modules of the project. */
public abstract class MemoryDoor {
    final MemoryCore core;
    final PageBatches batches;

    /** A door to {@code core}, with batches of its own. */
    protected MemoryDoor(MemoryCore core) {
        this.core = core;
        this.batches = new PageBatches(core.arena(), core.state());
    }
}
