package io.pinfold.core.epoch;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.Objects;

/**
 * The walker slots of a memory and its epoch.
 *
 * <h2>Protocol: walk against freeing of tables (and against close)</h2>
 *
 * <pre>
 * Walker                                       Reclaimer
 * SLOT1 (once) mark the slot in use, volatile  RETIRE1 unlink the table: volatile exchange of the entry above it
 * SLOT2 load the epoch, volatile               RETIRE2 E = epoch++, volatile read-modify-write
 * SLOT3 slot: idle -&gt; epoch, volatile CAS      RETIRE3 scan the slots in use, volatile loads
 * SLOT4 load root and entries, volatile        RETIRE4 no slot holds 1..E: free or re-use the table
 * SLOT5 slot: idle, release store
 *                                              Close
 *                                              CLOSE1 state = CLOSING, volatile
 *                                              CLOSE2 every slot: idle -&gt; parked, volatile CAS; active: wait
 *                                              CLOSE6 nothing else out: give back (MemoryCore)
 * </pre>
 *
 * <p><b>Shape:</b> store buffering: the walker stores its slot and loads the entry; the reclaimer stores the entry and
 * loads the slot. Forbidden: RETIRE3 misses the walker <em>and</em> SLOT4 loads the link to the unlinked table. All
 * four are volatile, so they are in one total order. If SLOT3 comes before RETIRE3, RETIRE3 loads the walk's epoch.
 * Because SLOT2 came before SLOT3, that epoch is not above E unless SLOT2 came after RETIRE2, and then SLOT4 comes
 * after RETIRE1 and loads no link. If SLOT3 comes after RETIRE3, SLOT4 comes after RETIRE1 and loads no link. The same
 * holds with SLOT1 in the place of SLOT3 for a slot that the scan has not found in use.
 *
 * <p>With a release store for SLOT3, or an acquire load for SLOT4, both can miss each other, on x86 too. SLOT5 needs no
 * more than release: RETIRE3 that reads it (volatile, hence acquire) orders every load of the walk before RETIRE4.
 *
 * <p><b>Close</b> is a compareAndSet against a compareAndSet on the same word: either the walker is in and close waits
 * for it, or close was first and the walker waits for close. An idle session has no cost from this and never blocks a
 * close.
 *
 * <p>A walker locks nothing inside a slot, so close may hold the locks of the memory while it waits for a walk to end.
 */
public final class WalkerSlots {
    private static final long FIRST_EPOCH = 1;

    private final MemoryState state;
    private final long epochWord;
    private final SlotTable table;
    private final long folded;
    private final Mutex mutex = new Mutex("walker slots of a memory");
    private long owners; // guarded by mutex

    /**
     * Slots of one memory.
     *
     * @param arena control memory: an automatic arena
     * @param state the life of the memory
     */
    public WalkerSlots(Arena arena, MemoryState state) {
        this.state = state;
        this.table = new SlotTable(arena, "sessions and CPUs", SlotLayout.BYTES);
        long control = ControlMemory
                .allocate(arena, "epoch and counters of walkers",
                        SlotLayout.COUNTERS + SlotLayout.COUNTER_COUNT * (long) Long.BYTES, 128)
                .address();
        this.epochWord = control;
        this.folded = control + SlotLayout.COUNTERS;
        Words.setLongVolatile(epochWord, FIRST_EPOCH);
    }

    /**
     * A slot for a new walker. Waits while a close is looking for users.
     *
     * @param ownerSpace id of the address space whose CPU this is, 0 for a session
     * @throws MemoryClosedException if the memory is closed
     */
    public WalkerSlot open(long ownerSpace) {
        StackRoom.forPart();
        for (;;) {
            table.makeRoom();
            state.awaitOpen();
            mutex.lock();
            try {
                // close sets CLOSING before it takes the mutex to park, so a slot that is acquired here is parked too
                if (state.get() == MemoryState.OPEN) {
                    return openLocked(ownerSpace);
                }
            } finally {
                mutex.unlock();
            }
        }
    }

    private WalkerSlot openLocked(long ownerSpace) {
        long slot = table.acquire(); // SLOT1
        boolean isOpen = false;
        try {
            long owner = ++owners;
            Words.setLongVolatile(slot + SlotLayout.SPACE, ownerSpace);
            Words.setLongVolatile(slot + SlotLayout.OWNER, owner);
            WalkerSlot made = new WalkerSlot(this, slot, epochWord, owner);
            Dropped.whenDropped(made, new DroppedSlot(this, slot, owner));
            Words.setLongVolatile(slot + SlotLayout.WORD, SlotLayout.idle(owner));
            isOpen = true;
            return made;
        } finally {
            if (!isOpen) {
                table.release(slot);
            }
        }
    }

    void giveBack(long slot) {
        mutex.lock();
        try {
            for (int counter = 0; counter < SlotLayout.COUNTER_COUNT; counter++) {
                long from = slot + SlotLayout.COUNTERS + (long) counter * Long.BYTES;
                long to = folded + (long) counter * Long.BYTES;
                Words.setLongOpaque(to, Words.getLongOpaque(to) + Words.getLongOpaque(from));
                Words.setLongOpaque(from, 0);
            }
            Words.setLongVolatile(slot + SlotLayout.OWNER, 0);
            table.release(slot);
        } finally {
            mutex.unlock();
        }
    }

    /**
     * Begins a new epoch and returns the old one, E: every walk that may have read what was unlinked before this call
     * holds one of 1..E in its slot until it ends.
     */
    public long advance() {
        return Words.getAndAddLong(epochWord, 1); // RETIRE2 (CLEAR2): also the full fence between unlink and scan
    }

    /** How often the epoch has been advanced. */
    public long advances() {
        return Words.getLongVolatile(epochWord) - FIRST_EPOCH;
    }

    /** Whether every walk of the epochs 1..{@code epoch} has ended. */
    public boolean passed(long epoch) {
        int chunks = table.chunks();
        for (int chunk = 0; chunk < chunks; chunk++) {
            for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                long slot = table.slot(chunk, Long.numberOfTrailingZeros(bits));
                if (holds(Words.getLongVolatile(slot + SlotLayout.WORD), epoch)) { // RETIRE3
                    return false;
                }
            }
        }
        return true;
    }

    /** Waits until every walk of the epochs 1..{@code epoch} has ended; not from inside a slot. */
    public void awaitPassed(long epoch) {
        await(epoch, false, 0);
    }

    /**
     * Waits until every walk of the epochs 1..{@code epoch} by a CPU of one address space has ended; not from inside a
     * slot.
     *
     * @param ownerSpace what the slot was opened with
     */
    public void awaitPassed(long epoch, long ownerSpace) {
        await(epoch, true, ownerSpace);
    }

    private void await(long epoch, boolean onlyOwner, long ownerSpace) {
        int chunks = table.chunks();
        for (int chunk = 0; chunk < chunks; chunk++) {
            for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                long slot = table.slot(chunk, Long.numberOfTrailingZeros(bits));
                long word = Words.getLongVolatile(slot + SlotLayout.WORD); // RETIRE3
                // A slot handed to another owner between the two loads has left the walk that the first one saw.
                while (holds(word, epoch)
                        && (!onlyOwner || Words.getLongVolatile(slot + SlotLayout.SPACE) == ownerSpace)) {
                    Waits.pollWhileEqualsLong(slot + SlotLayout.WORD, word, "end of a walk");
                    word = Words.getLongVolatile(slot + SlotLayout.WORD);
                }
            }
        }
    }

    private static boolean holds(long word, long epoch) {
        return SlotLayout.isActive(word) && word <= epoch;
    }

    /**
     * Parks every slot, waiting for the walks going on. Only by close, after the state became CLOSING. The mutex is not
     * held while it waits: the walk may be one that an error cut off, and the cleaner needs the mutex to give back
     * others before it.
     */
    public void parkAll() {
        for (long walking = parkIdle(); walking != 0; walking = parkIdle()) {
            long word = Words.getLongVolatile(walking);
            if (SlotLayout.isActive(word)) {
                Waits.pollWhileEqualsLong(walking, word, "end of a walk, to close the memory");
            }
        }
    }

    /** Parks the slots that are idle, and returns the address of the word of one that is not, or 0. */
    private long parkIdle() {
        mutex.lock();
        try {
            int chunks = table.chunks();
            for (int chunk = 0; chunk < chunks; chunk++) {
                for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                    long address = table.slot(chunk, Long.numberOfTrailingZeros(bits)) + SlotLayout.WORD;
                    if (!tryPark(address)) {
                        return address;
                    }
                }
            }
            return 0;
        } finally {
            mutex.unlock();
        }
    }

    private static boolean tryPark(long address) {
        long word = Words.getLongVolatile(address);
        while (!SlotLayout.isActive(word)) {
            if (word == SlotLayout.RELEASED || SlotLayout.isParked(word)
                    || Words.compareAndSetLong(address, word, word | SlotLayout.PARKED_MARK)) { // CLOSE2 -> SLOT3
                return true;
            }
            word = Words.getLongVolatile(address);
        }
        return false;
    }

    /** Undoes {@link #parkAll}. Only by close, before the state becomes OPEN again. */
    public void unparkAll() {
        mutex.lock();
        try {
            int chunks = table.chunks();
            for (int chunk = 0; chunk < chunks; chunk++) {
                for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                    long address = table.slot(chunk, Long.numberOfTrailingZeros(bits)) + SlotLayout.WORD;
                    long word = Words.getLongVolatile(address);
                    if (SlotLayout.isParked(word)) {
                        Words.setLongVolatile(address, word & ~SlotLayout.PARKED_MARK);
                    }
                }
            }
        } finally {
            mutex.unlock();
        }
    }

    /** Number of slots in use. */
    public int inUse() {
        int count = 0;
        int chunks = table.chunks();
        for (int chunk = 0; chunk < chunks; chunk++) {
            count += Long.bitCount(table.bitmap(chunk));
        }
        return count;
    }

    /** Number of slots in use by CPUs of one address space. */
    public int inUse(long ownerSpace) {
        int count = 0;
        int chunks = table.chunks();
        for (int chunk = 0; chunk < chunks; chunk++) {
            for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                long slot = table.slot(chunk, Long.numberOfTrailingZeros(bits));
                boolean isOpen = Words.getLongVolatile(slot + SlotLayout.WORD) != SlotLayout.RELEASED;
                count += isOpen && Words.getLongVolatile(slot + SlotLayout.SPACE) == ownerSpace ? 1 : 0;
            }
        }
        return count;
    }

    /**
     * Sum of one counter over the slots in use and all those given back.
     *
     * @throws IndexOutOfBoundsException if {@code counter} is not in 0..63
     */
    public long sum(int counter) {
        Objects.checkIndex(counter, SlotLayout.COUNTER_COUNT);
        mutex.lock();
        try {
            long offset = (long) counter * Long.BYTES;
            long sum = Words.getLongOpaque(folded + offset);
            int chunks = table.chunks();
            for (int chunk = 0; chunk < chunks; chunk++) {
                for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                    sum += Words.getLongOpaque(
                            table.slot(chunk, Long.numberOfTrailingZeros(bits)) + SlotLayout.COUNTERS + offset);
                }
            }
            return sum;
        } finally {
            mutex.unlock();
        }
    }

    MemoryState state() {
        return state;
    }
}
