package io.pinfold.core.epoch;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;

/**
 * A slot for one thread at a time, handed over as its owner likes: that of a Cpu, and the memory's own. Its entry is a
 * compare-and-set, so that of two threads one is refused, and so that a flush needs no heavy fence.
 */
public final class SharedSlot extends WalkerSlot {
    private final long epochNumber;

    SharedSlot(WalkerSlots slots, long address, long owner) {
        super(slots, address, owner);
        this.epochNumber = Align.wordNumber(slots.epochWord());
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
        long idle = idle();
        long found = Words.compareAndExchangeLong(word(), idle, epoch); // SLOT3 (KEEP2, GUARD1) -> RETIRE4, CLOSE2
        if (found != idle) {
            throw barred(found);
        }
        if (slots().state().get() != MemoryState.OPEN) { // SLOT4 -> CLOSE1
            awaitOpen();
            enter();
        }
    }

    private MisuseException barred(long found) {
        if (SlotLayout.isActive(found) && isOwned()) {
            return walking(found, ": it is used by two threads at once");
        }
        return slots().state().get() == MemoryState.CLOSED ? slots().state().closed()
                : new MisuseException(this + " is closed");
    }

    @Override
    public void close() {
        StackRoom.forPart();
        long found = Words.compareAndExchangeLong(word(), idle(), SlotLayout.RELEASED);
        if (found == idle()) {
            slots().giveBack(word() - SlotLayout.WORD);
        } else if (SlotLayout.isActive(found) && isOwned()) {
            throw walking(found, " and cannot be closed");
        }
    }
}
