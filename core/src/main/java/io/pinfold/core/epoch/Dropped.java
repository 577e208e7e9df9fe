package io.pinfold.core.epoch;

import io.pinfold.core.words.Waits;
import java.lang.ref.Cleaner;
import java.util.function.BooleanSupplier;

/**
 * The return of what its owner has no use for any more: control blocks of owners that were dropped without close, and
 * addresses of closed memories. It comes back once the collector finds that nothing refers to the owner. A table of
 * blocks that is full, and a reservation without room, start a collection.
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
     * Starts a collection and gives the cleaner half a second to return what {@code isThere} asks for. The caller holds
     * no lock.
     */
    public static void collect(BooleanSupplier isThere) {
        System.gc();
        long pause = FIRST_PAUSE_NANOS;
        for (int pauses = 0; pauses < PAUSES && !isThere.getAsBoolean(); pauses++) {
            Waits.pause(isThere, pause);
            pause *= 2;
        }
    }
}
