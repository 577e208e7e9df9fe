package io.pinfold.core.epoch;

import io.pinfold.core.words.Words;

/**
 * The action for a slot whose WalkerSlot was dropped: the slot comes back as if closed. Nothing happens if it was
 * closed. The action never waits, because one thread runs it for every memory.
 *
 * @param address of the control block
 * @param owner   of the slot
 */
record DroppedSlot(WalkerSlots slots, long address, long owner) implements Runnable {
    @Override
    public void run() {
        long word = address + SlotLayout.WORD;
        long found = Words.getLongVolatile(word);
        while (isOurs(found)) {
            long seen = Words.compareAndExchangeLong(word, found, SlotLayout.RELEASED);
            if (seen == found) {
                slots.giveBack(address);
                return;
            }
            found = seen;
        }
    }

    /** Idle, or in a walk that an error cut off: a walk that goes on refers to the WalkerSlot. */
    private boolean isOurs(long found) {
        return SlotLayout.isActive(found)
                ? Words.getLongVolatile(address + SlotLayout.OWNER) == owner
                : found == SlotLayout.idle(owner);
    }
}
