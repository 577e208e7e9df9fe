package io.pinfold.core.memory.frame;

/**
 * A registered user of a memory: an address space, an engine. While it is open the memory does not close, so its owner
 * may touch frames and records. {@code PhysicalMemory.use} opens one.
 */
public final class Use implements AutoCloseable {
    private final MemoryCore memory;
    private final String what;

    Use(MemoryCore memory, String what) {
        this.memory = memory;
        this.what = what;
    }

    /** Ends the use; nothing happens if it has ended already. */
    @Override
    public void close() {
        memory.endUse(this);
    }

    /** The text that the memory lists when it refuses to close. */
    @Override
    public String toString() {
        return what;
    }
}
