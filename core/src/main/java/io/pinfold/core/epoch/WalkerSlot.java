package io.pinfold.core.epoch;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * The right of one owner to walk page tables without a lock. Between {@link #enter} and {@link #exit} no table that the
 * walk can reach is freed, and the memory is not closed. In between the owner neither locks, allocates, parks nor
 * frees.
 *
 * <p>Used by one thread at a time; it may be handed over. Concurrent use throws. An idle slot blocks no reclaimer and
 * no close. A slot that is dropped is closed when the collector finds it.
 */
public final class WalkerSlot implements AutoCloseable {
    private final WalkerSlots slots;
    private final long wordNumber;
    private final long epochNumber;
    private final long owner;
    private final long idle;

    WalkerSlot(WalkerSlots slots, long address, long epochWord, long owner) {
        this.slots = slots;
        this.wordNumber = Align.wordNumber(address + SlotLayout.WORD);
        this.epochNumber = Align.wordNumber(epochWord);
        this.owner = owner;
        this.idle = SlotLayout.idle(owner);
    }

    long word() {
        return Align.wordAddress(wordNumber);
    }

    /**
     * Begins a walk. Waits while a close is looking for users.
     *
     * @throws MisuseException if the slot is in use by another thread or closed
     * @throws io.pinfold.core.gup.MemoryClosedException if the memory is closed
     */
    public void enter() {
        long epoch = Words.getLongVolatile(Align.wordAddress(epochNumber)); // SLOT2 -> RETIRE2
        StackRoom.forPart(epoch);
        if (Words.compareAndExchangeLong(word(), idle, epoch) != idle) { // SLOT3 (KEEP2, GUARD1) -> RETIRE3, CLOSE2
            enterBarred();
        }
    }

    /** Ends a walk; only the thread that began it, and only once. Neither is checked. */
    public void exit() {
        Words.setLongRelease(word(), idle); // SLOT5 -> RETIRE3, CLOSE2
        Reference.reachabilityFence(this);
    }

    /** A number that differs from those of other open slots; for picking a stripe of a striped counter. */
    public int stripe() {
        return (int) owner;
    }

    /** Whether a walk is going on, in whatever thread; for assertions. */
    public boolean isActive() {
        return SlotLayout.isActive(Words.getLongVolatile(word()));
    }

    /**
     * Checks that it is open and that no walk is going on, for calls of its owner that enter no walk. One look: of two
     * threads that misuse a slot at the same moment none may be told.
     *
     * @throws MisuseException if the slot is in use by another thread or closed
     */
    public void requireIdle() {
        long found = Words.getLongOpaque(word());
        if (found != idle && found != (idle | SlotLayout.PARKED_MARK)) {
            throw barred(found);
        }
    }

    private void enterBarred() {
        for (;;) {
            long found = Words.getLongVolatile(word());
            if (found == (idle | SlotLayout.PARKED_MARK)) {
                slots.state().awaitOpen();
            } else if (found != idle) {
                throw barred(found);
            }
            if (Words.compareAndSetLong(word(), idle, Words.getLongVolatile(Align.wordAddress(epochNumber)))) {
                return;
            }
        }
    }

    private MisuseException barred(long found) {
        if (SlotLayout.isActive(found) && Words.getLongVolatile(word() - SlotLayout.WORD + SlotLayout.OWNER) == owner) {
            return new MisuseException(this + " is walking at epoch " + found
                    + ": it is used by two threads at once");
        }
        if (slots.state().get() == MemoryState.CLOSED) {
            return slots.state().closed();
        }
        return new MisuseException(this + " is closed");
    }

    /**
     * Adds to one of the slot's statistics; by the owner, during a walk or after it.
     *
     * @param counter 0 to 63; their meaning is io.pinfold.core.memory.frame.Counters'
     * @throws IndexOutOfBoundsException if there is no such counter
     */
    public void count(int counter, long n) {
        long address = word() - SlotLayout.WORD + SlotLayout.COUNTERS
                + (long) Objects.checkIndex(counter, SlotLayout.COUNTER_COUNT) * Long.BYTES;
        Words.setLongOpaque(address, Words.getLongOpaque(address) + n); // one writer; readers only sum up
        Reference.reachabilityFence(this);
    }

    /**
     * Gives the slot back; nothing happens if that was done before or the memory is closed.
     *
     * @throws MisuseException if a walk is going on
     */
    @Override
    public void close() {
        StackRoom.forPart();
        for (;;) {
            long found = Words.compareAndExchangeLong(word(), idle, SlotLayout.RELEASED);
            if (found == idle) {
                slots.giveBack(word() - SlotLayout.WORD);
                return;
            }
            if (SlotLayout.isActive(found)
                    && Words.getLongVolatile(word() - SlotLayout.WORD + SlotLayout.OWNER) == owner) {
                throw new MisuseException(this + " is walking at epoch " + found + " and cannot be closed");
            }
            if (found != (idle | SlotLayout.PARKED_MARK) || slots.state().awaitWhetherClosed()) {
                return;
            }
        }
    }

    @Override
    public String toString() {
        return "walker slot " + owner + " of " + slots.state();
    }
}
