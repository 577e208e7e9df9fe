package io.pinfold.core.epoch;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;

/**
 * The life of a physical memory, one int word: OPEN, CLOSING while a close looks for users, then CLOSED, or OPEN again
 * when something was still out. Written under the lifecycle lock, read by all threads.
 */
public final class MemoryState {
    /** In use. */
    public static final int OPEN = 0;
    /** A close is looking for users; calls that need the memory open wait for the outcome. */
    public static final int CLOSING = 1;
    /** Frames and records are gone. */
    public static final int CLOSED = 2;

    private static final String WHAT = "close of a memory";

    private final long address;
    private final String memory;

    /**
     * The state kept in the int word at {@code address} of control memory.
     *
     * @param memory names the memory in messages
     */
    public MemoryState(long address, String memory) {
        this.address = address;
        this.memory = memory;
    }

    /** The state now; volatile. */
    public int get() {
        return Words.getIntVolatile(address);
    }

    /** Changes the state and wakes the threads that wait for the outcome of a close. Only under the lifecycle lock. */
    public void set(int state) {
        Words.setIntVolatile(address, state);
        if (state != CLOSING) {
            Waits.wakeAll(address);
        }
    }

    /**
     * Waits while a close is looking for users.
     *
     * @throws MemoryClosedException if the memory is closed
     */
    public void awaitOpen() {
        Waits.whileEqualsInt(address, CLOSING, WHAT);
        if (get() == CLOSED) {
            throw closed();
        }
    }

    /** Waits while a close is looking for users; whether the memory is closed afterwards. */
    public boolean awaitWhetherClosed() {
        Waits.whileEqualsInt(address, CLOSING, WHAT);
        return get() == CLOSED;
    }

    /** What every call on a closed memory answers. */
    public MemoryClosedException closed() {
        return new MemoryClosedException(memory + " is closed");
    }

    /** The name of the memory: its size and address. */
    @Override
    public String toString() {
        return memory;
    }
}
