package io.pinfold.core.memory;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.internal.Bridge;

/**
 * The steps CLOSE1 to CLOSE6 of {@link PhysicalMemory#close}, short of giving the frames back: a search cannot undo
 * that. In the product's package, because the parts that close looks at are its own.
 */
public final class CloseSteps {
    private final PhysicalMemory memory;
    private final MemoryState state;

    /**
     * For one memory.
     *
     * @param state what it keeps its life in
     */
    public CloseSteps(PhysicalMemory memory, MemoryState state) {
        this.memory = memory;
        this.state = state;
    }

    /**
     * CLOSE1 to CLOSE4; whether nothing was out. From here on, and until {@link #reopen}, nobody touches frames or
     * records if so.
     */
    public boolean bar() {
        state.set(MemoryState.CLOSING); // CLOSE1
        Bridge.core(memory).slots().parkAll(); // CLOSE2
        return Bridge.batches(memory).held().isEmpty() & memory.handles().out().isEmpty(); // CLOSE3 CLOSE4
    }

    /** CLOSE6, without the unmapping: from here on everybody is told. After a {@link #bar} that found nothing out. */
    public void finish() {
        state.set(MemoryState.CLOSED); // CLOSE6
    }

    /** CLOSE5: the way is free again. */
    public void reopen() {
        Bridge.core(memory).slots().unparkAll();
        state.set(MemoryState.OPEN);
    }
}
