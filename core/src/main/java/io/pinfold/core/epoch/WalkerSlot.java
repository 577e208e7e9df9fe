package io.pinfold.core.epoch;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * The right of one owner to walk page tables without a lock. Between entry and {@link #exit} no table that the walk can
 * reach is freed, and the memory is not closed. In between the owner neither locks, allocates, parks nor frees.
 *
 * <p>A {@link SessionSlot} belongs to a thread, and its entry has no locked instruction; a {@link SharedSlot} is for
 * one thread at a time, whichever. An idle slot blocks no reclaimer and no close. A slot that is dropped is closed when
 * the collector finds it.
 */
public abstract sealed class WalkerSlot implements AutoCloseable permits SessionSlot, SharedSlot {
    private final WalkerSlots slots;
    private final long wordNumber;
    private final long owner;

    WalkerSlot(WalkerSlots slots, long address, long owner) {
        this.slots = slots;
        this.wordNumber = Align.wordNumber(address + SlotLayout.WORD);
        this.owner = owner;
    }

    final WalkerSlots slots() {
        return slots;
    }

    final long word() {
        return Align.wordAddress(wordNumber);
    }

    /** The value of its word while it is idle. */
    final long idle() {
        return SlotLayout.idle(owner);
    }

    /** Ends a walk; only the thread that began it, and only once. Neither is checked. */
    public final void exit() {
        Words.setLongRelease(word(), idle()); // SLOT6 -> RETIRE4, CLOSE2
        Reference.reachabilityFence(this);
    }

    /** A number that differs from those of other open slots; for picking a stripe of a striped counter. */
    public final int stripe() {
        return (int) owner;
    }

    /** Whether a walk is going on, in whatever thread; for assertions. */
    public final boolean isActive() {
        return SlotLayout.isActive(Words.getLongVolatile(word()));
    }

    /** Whether the slot is this owner's still, and not one that was given back. */
    final boolean isOwned() {
        return Words.getLongVolatile(word() - SlotLayout.WORD + SlotLayout.OWNER) == owner;
    }

    /**
     * Takes the entry back that met a close, and waits until the close has ended. A release store although nothing was
     * touched: the close may read it in the place of the end of the walk before.
     */
    final void awaitOpen() {
        Words.setLongRelease(word(), idle()); // SLOT6 -> CLOSE2
        slots.state().awaitOpen();
    }

    final MisuseException walking(long found, String what) {
        return new MisuseException(this + " is walking at epoch " + found + what);
    }

    /**
     * Adds to one of the slot's statistics; by the owner, during a walk or after it.
     *
     * @param counter 0 to 63; their meaning is io.pinfold.core.memory.frame.Counters'
     * @throws IndexOutOfBoundsException if there is no such counter
     */
    public final void count(int counter, long n) {
        long address = word() - SlotLayout.WORD + SlotLayout.COUNTERS
                + (long) Objects.checkIndex(counter, SlotLayout.COUNTER_COUNT) * Long.BYTES;
        Words.setLongOpaque(address, Words.getLongOpaque(address) + n); // one writer; readers only sum up
        Reference.reachabilityFence(this);
    }

    /**
     * Gives the slot back; nothing happens if that was done before.
     *
     * @throws MisuseException if a walk is going on
     */
    @Override
    public abstract void close();

    @Override
    public final String toString() {
        return "walker slot " + owner + " of " + slots.state();
    }
}
