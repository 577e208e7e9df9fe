package io.pinfold.core.memory;

import io.pinfold.core.memory.frame.Use;

/**
 * A registered user of a memory: an engine, a cache. While it is open the memory does not close.
 * {@link PhysicalMemory#use} opens one. Any thread may close it.
 */
public final class MemoryLease implements AutoCloseable {
    private final Use use;

    MemoryLease(Use use) {
        this.use = use;
    }

    /** Ends the lease; nothing happens if it has ended already. */
    @Override
    public void close() {
        use.close();
    }

    /** What the memory lists when it refuses to close. */
    @Override
    public String toString() {
        return use.toString();
    }
}
