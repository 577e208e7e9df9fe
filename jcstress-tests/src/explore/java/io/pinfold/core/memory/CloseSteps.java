package io.pinfold.core.memory;

import io.pinfold.core.epoch.MemoryState;

/**
 * The steps C1 to C6 of {@link PhysicalMemory#close}, short of giving the frames back: a search cannot undo that. In the product's package,
 * because the parts that close looks at are its own.
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

    /** C1 to C4; whether nothing was out. From here on, and until {@link #reopen}, nobody touches frames or records if so. */
    public boolean bar() {
        state.set(MemoryState.CLOSING); // C1
        memory.slots().parkAll(); // C2
        return memory.batches().held().isEmpty() & memory.handles().out().isEmpty(); // C3 C4
    }

    /** C6, without the unmapping: from here on everybody is told. After a {@link #bar} that found nothing out. */
    public void finish() {
        state.set(MemoryState.CLOSED); // C6
    }

    /** C5: the way is free again. */
    public void reopen() {
        memory.slots().unparkAll();
        state.set(MemoryState.OPEN);
    }
}
