package io.pinfold.core.epoch;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;

/**
 * The life of a physical memory, one int word: OPEN, CLOSING while a close looks for users, COUNTING while it counts
 * frames, then CLOSED, or OPEN again when something was still out. Written under the lifecycle lock, read by all
 * threads.
 */
public final class MemoryState {
    /** In use. */
    public static final int OPEN = 0;
    /** A close is looking for users; calls that need the memory open wait for the outcome. */
    public static final int CLOSING = 1;
    /** Frames and records are gone. */
    public static final int CLOSED = 2;
    /** A close has found no other users and counts the frames that are handed out; no frame is handed out meanwhile. */
    public static final int COUNTING = 3;

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

    /** Where the word is; for a slot, which loads it at each entry. */
    long address() {
        return address;
    }

    /** The state now; volatile. */
    public int get() {
        return Words.getIntVolatile(address);
    }

    /** Changes the state and wakes the threads that wait for the outcome of a close. Only under the lifecycle lock. */
    public void set(int state) {
        Words.setIntVolatile(address, state);
        if (state == OPEN || state == CLOSED) {
            Waits.wakeAll(address);
        }
    }

    /**
     * Waits while a close is looking for users.
     *
     * @throws MemoryClosedException if the memory is closed
     */
    public void awaitOpen() {
        awaitOutcome();
        if (get() == CLOSED) {
            throw closed();
        }
    }

    /** Waits while a close is looking for users; whether the memory is closed afterwards. */
    public boolean awaitWhetherClosed() {
        awaitOutcome();
        return get() == CLOSED;
    }

    private void awaitOutcome() {
        Waits.whileEqualsInt(address, CLOSING, WHAT);
        Waits.whileEqualsInt(address, COUNTING, WHAT);
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
