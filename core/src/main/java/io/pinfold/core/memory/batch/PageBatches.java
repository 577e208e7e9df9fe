package io.pinfold.core.memory.batch;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.epoch.SlotTable;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * The batches of a memory: their control blocks, what they hold when the memory is to be closed, and their statistics.
 */
public final class PageBatches {
    private final MemoryState state;
    private final SlotTable table;
    private final long folded;
    private final Mutex mutex = new Mutex("batches of a memory");
    private long ids; // guarded by mutex

    public PageBatches(Arena arena, MemoryState state) {
        this.state = state;
        this.table = new SlotTable(arena, "page batches", BatchSlotLayout.BYTES);
        this.folded = ControlMemory.allocate(arena, "counters of closed batches", BatchSlotLayout.BYTES, 128).address();
    }

    /** Registers a control block whose word is EMPTY under a new id. Waits while a close is looking for users. */
    long register() {
        StackRoom.forPart();
        for (;;) {
            table.makeRoom();
            state.awaitOpen();
            mutex.lock();
            try {
                if (state.get() == MemoryState.OPEN) {
                    long slot = table.acquire();
                    Words.setLongVolatile(slot + BatchSlotLayout.LEAKED, 0);
                    Words.setLongVolatile(slot + BatchSlotLayout.PAGES, 0);
                    Words.setLongVolatile(slot + BatchSlotLayout.WORD,
                            BatchSlotLayout.word(++ids, BatchSlotLayout.EMPTY));
                    return slot;
                }
            } finally {
                mutex.unlock();
            }
        }
    }

    /** Takes back the control block of a batch that is CLOSED. */
    void unregister(long slot) {
        mutex.lock();
        try {
            for (int offset = BatchSlotLayout.ACQUIRED; offset < BatchSlotLayout.BYTES; offset += Long.BYTES) {
                Words.setLongOpaque(folded + offset,
                        Words.getLongOpaque(folded + offset) + Words.getLongOpaque(slot + offset));
                Words.setLongOpaque(slot + offset, 0);
            }
            Words.setLongVolatile(slot + BatchSlotLayout.WORD, 0);
            table.release(slot);
        } finally {
            mutex.unlock();
        }
    }

    /** Sum of one counter over all batches, present and past; acquires what was done before it was counted. */
    public long sum(int offset) {
        mutex.lock();
        try {
            long sum = Words.getLongOpaque(folded + offset);
            for (int chunk = 0; chunk < table.chunks(); chunk++) {
                for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                    long slot = table.slot(chunk, Long.numberOfTrailingZeros(bits));
                    sum += Words.getLongAcquire(slot + offset); // COUNT3 -> COUNT2; COUNT4
                }
            }
            return sum;
        } finally {
            mutex.unlock();
        }
    }

    /**
     * What batches hold, one sentence each; waits for releases going on. Called only by close, after every walk has
     * ended: from then on no batch that is found EMPTY here begins to fill, unless through an address space, which is
     * listed itself.
     */
    public List<String> held() {
        List<String> held = new ArrayList<>();
        mutex.lock();
        try {
            for (int chunk = 0; chunk < table.chunks(); chunk++) {
                for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                    describeHeld(table.slot(chunk, Long.numberOfTrailingZeros(bits)), held);
                }
            }
        } finally {
            mutex.unlock();
        }
        return held;
    }

    private static void describeHeld(long slot, List<String> held) {
        long word = Words.getLongVolatile(slot + BatchSlotLayout.WORD);
        while (BatchSlotLayout.state(word) == BatchSlotLayout.RELEASING) {
            Waits.pollWhileEqualsLong(slot + BatchSlotLayout.WORD, word, "end of a release");
            word = Words.getLongVolatile(slot + BatchSlotLayout.WORD);
        }
        int state = BatchSlotLayout.state(word);
        if (state == BatchSlotLayout.EMPTY || state == BatchSlotLayout.CLOSED) {
            return;
        }
        boolean leaked = Words.getLongVolatile(slot + BatchSlotLayout.LEAKED) != 0;
        held.add("page batch " + BatchSlotLayout.id(word) + " (" + BatchSlotLayout.nameOf(state)
                + (state == BatchSlotLayout.FILLING ? "" : ": " + Words.getLongVolatile(slot + BatchSlotLayout.PAGES)
                        + " pages")
                + (leaked ? ", leaked: nothing refers to it any more" : "") + ")");
    }
}
