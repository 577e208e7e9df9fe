package io.pinfold.core.epoch;

import io.pinfold.core.words.Waits;
import java.lang.ref.Cleaner;

/**
 * The return of control blocks whose owners were dropped without close. A block comes back once the collector finds
 * that nothing refers to its owner. A table of blocks that is full starts a collection.
 */
public final class Dropped {
    /** One daemon thread for the process. */
    private static final Cleaner CLEANER = Cleaner.create();
    private static final long FIRST_PAUSE_NANOS = 1_000_000;
    private static final int PAUSES = 9;

    private Dropped() {
    }

    /**
     * Runs {@code action} some time after nothing refers to {@code owner} any more.
     *
     * @param action must not refer to the owner
     */
    public static void whenDropped(Object owner, Runnable action) {
        Cleaner.Cleanable _ = CLEANER.register(owner, action);
    }

    /**
     * Starts a collection and gives the cleaner half a second to empty a block of {@code table}, which is full. The
     * caller holds no lock.
     */
    static void collect(SlotTable table) {
        System.gc();
        long pause = FIRST_PAUSE_NANOS;
        for (int pauses = 0; pauses < PAUSES && !table.hasRoom(); pauses++) {
            Waits.pause(table, pause);
            pause *= 2;
        }
    }
}
