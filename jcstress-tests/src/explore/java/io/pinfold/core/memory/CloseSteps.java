package io.pinfold.core.memory;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.MemoryCore;

/**
 * The steps CLOSE1 to CLOSE6 of {@link PhysicalMemory#close}, except that frames are not given back, which a search
 * could not undo. It is in the product's package, because close reads package-private parts.
 */
public final class CloseSteps {
    private final PhysicalMemory memory;
    private final MemoryCore core;

    /** The steps for one memory. */
    public CloseSteps(PhysicalMemory memory) {
        this.memory = memory;
        this.core = Bridge.core(memory);
    }

    /**
     * Does CLOSE1 to CLOSE4; returns whether nothing was held. If so, no thread touches frames or records until {@link
     * #reopen}.
     */
    public boolean bar() {
        core.bar(); // CLOSE1 CLOSE2
        return Bridge.batches(memory).held().isEmpty() & memory.handles().out().isEmpty(); // CLOSE3 CLOSE4
    }

    /**
     * Does CLOSE6 without the unmapping: from here on every caller is refused. After a {@link #bar} that found nothing
     * held.
     */
    public void finish() {
        core.state().set(MemoryState.CLOSED); // CLOSE6
    }

    /** Does CLOSE5: callers may enter again. */
    public void reopen() {
        core.reopen();
    }
}
