package io.pinfold.core.memory.batch;

import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;

/** The control block of a batch, and its end when the batch is closed or dropped. */
public final class BatchRegistration implements Runnable {
    final long slot;
    final long id;
    private final PageBatches batches;

    BatchRegistration(PageBatches batches) {
        this.batches = batches;
        this.slot = batches.register();
        this.id = BatchSlotLayout.id(Words.getLongVolatile(slot + BatchSlotLayout.WORD));
    }

    /** The batch's state. A word with another id belongs to a batch that got the control block after this one's end. */
    int state() {
        long word = Words.getLongVolatile(slot + BatchSlotLayout.WORD);
        return BatchSlotLayout.id(word) == id ? BatchSlotLayout.state(word) : BatchSlotLayout.CLOSED;
    }

    boolean tryClose() {
        StackRoom.forPart();
        boolean closed = Words.compareAndSetLong(slot + BatchSlotLayout.WORD,
                BatchSlotLayout.word(id, BatchSlotLayout.EMPTY), BatchSlotLayout.word(id, BatchSlotLayout.CLOSED));
        if (closed) {
            batches.unregister(slot);
        }
        return closed;
    }

    /** The end of a batch that nothing refers to any more: what it holds stays held and is reported as leaked. */
    @Override
    public void run() {
        if (!tryClose() && state() != BatchSlotLayout.CLOSED) {
            Words.setLongVolatile(slot + BatchSlotLayout.LEAKED, 1);
        }
    }
}
