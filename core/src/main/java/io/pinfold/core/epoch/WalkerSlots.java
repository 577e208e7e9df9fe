package io.pinfold.core.epoch;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.HeavyFence;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * The walker slots of a memory and its epoch.
 *
 * <h2>Protocol: walk against freeing of tables, and against close</h2>
 *
 * <pre>
 * Walker                                       Reclaimer
 * SLOT1 (once) mark the slot in use, volatile  RETIRE1 unlink the table: volatile exchange of the entry above it
 * SLOT2 load the epoch, volatile               RETIRE2 E = epoch++, volatile read-modify-write
 * SLOT3 slot = epoch; of a session: release    RETIRE3 heavy fence, unless one was issued after E
 *       or volatile store; else volatile CAS   RETIRE4 scan the slots in use, volatile loads
 * SLOT4 load the state, volatile; not OPEN:    RETIRE5 no slot holds 1..E: free or re-use the table
 *       slot = idle, wait, again from SLOT2
 * SLOT5 load root and entries, volatile        Close
 * SLOT6 slot = idle, release store             CLOSE1 state = CLOSING, volatile
 *                                              CLOSE2 heavy fence; every slot in use: while active, wait
 *                                              CLOSE6 nothing else out: give back (see MemoryCore)
 * </pre>
 *
 * <p><b>Shape:</b> store buffering, twice: the walker stores its slot (SLOT3) and loads the entry (SLOT5) or the state
 * (SLOT4); the other side stores the entry (RETIRE1) or the state (CLOSE1) and loads the slot (RETIRE4, CLOSE2).
 * Forbidden: both miss each other. Two forms of SLOT3 forbid it; {@link HeavyFence} says which one runs.
 *
 * <p><b>Locked form.</b> All four accesses are volatile, so they are in one total order. If SLOT3 comes before RETIRE4,
 * RETIRE4 loads the walk's epoch. Because SLOT2 came before SLOT3, that epoch is not above E unless SLOT2 came after
 * RETIRE2, and then SLOT5 comes after RETIRE1 and loads no link. If SLOT3 comes after RETIRE4, SLOT5 comes after
 * RETIRE1 and loads no link. The same holds with SLOT1 in the place of SLOT3 for a slot that the scan has not found in
 * use.
 *
 * <p><b>Form with the heavy fence.</b> RETIRE3 gives the walker's thread a point P, between the begin and the return of
 * the fence. What the thread stored before P, the scan reads. What the reclaimer did before the fence, and what it had
 * read from others (the epoch's chain of read-modify-writes), the thread reads after P. If SLOT3 comes before P,
 * RETIRE4 reads it or a later store of the thread, and a later one is SLOT6 or comes after it. If SLOT3 comes after P,
 * so do SLOT4 and SLOT5, which load what CLOSE1 and RETIRE1 stored. An old epoch that is stored late is only careful.
 * One fence serves every epoch that was advanced before it began, on whatever thread the scan is.
 *
 * <p>SLOT6 needs no more than release: RETIRE4 that reads it (volatile, hence acquire) orders every load of the walk
 * before RETIRE5. SLOT3 is a release store and not an opaque one because the scan may read it in the place of the SLOT6
 * that it overwrote.
 *
 * <p>Only the owner writes its slot. A walk that meets a close takes its entry back and has touched nothing, so close
 * does not write the slots either. An idle session has no cost from a close and never blocks one.
 *
 * <p>A walker locks nothing inside a slot, so close may hold the locks of the memory while it waits for a walk to end.
 */
public final class WalkerSlots {
    private static final long FIRST_EPOCH = 1;
    /** Behind the epoch: the last one that came before a heavy fence, and how many fences there were. */
    private static final int FENCED = 8;
    private static final int FENCES = 16;

    private final MemoryState state;
    private final long epochWord;
    private final SlotTable table;
    private final long fencedWord;
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
        this.fencedWord = control + FENCED;
        this.folded = control + SlotLayout.COUNTERS;
        Words.setLongVolatile(epochWord, FIRST_EPOCH);
    }

    /**
     * A slot for one thread at a time. Waits while a close is looking for users.
     *
     * @param ownerSpace id of the address space whose CPU this is, 0 for none
     * @throws MemoryClosedException if the memory is closed
     */
    public SharedSlot open(long ownerSpace) {
        return open(ownerSpace, (slot, owner) -> new SharedSlot(this, slot, owner));
    }

    /**
     * A slot for a session of the calling thread. Waits while a close is looking for users.
     *
     * @throws MemoryClosedException if the memory is closed
     */
    public SessionSlot openForThread() {
        return open(0, (slot, owner) -> new SessionSlot(this, slot, owner, Thread.currentThread()));
    }

    private <S extends WalkerSlot> S open(long ownerSpace, Maker<S> maker) {
        StackRoom.forPart();
        for (;;) {
            table.makeRoom();
            state.awaitOpen();
            mutex.lock();
            try {
                if (state.get() == MemoryState.OPEN) { // else the first SLOT4 would wait
                    return openLocked(ownerSpace, maker);
                }
            } finally {
                mutex.unlock();
            }
        }
    }

    private <S extends WalkerSlot> S openLocked(long ownerSpace, Maker<S> maker) {
        long slot = table.acquire(); // SLOT1
        boolean isOpen = false;
        try {
            long owner = ++owners;
            Words.setLongVolatile(slot + SlotLayout.SPACE, ownerSpace);
            Words.setLongVolatile(slot + SlotLayout.OWNER, owner);
            S made = maker.make(slot, owner);
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

    /** What makes the owner of a block. */
    private interface Maker<S> {
        S make(long slot, long owner);
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
            Words.setLongRelease(slot + SlotLayout.SCOPE, SlotLayout.NO_SCOPE); // SCOPE6 -> SHIELD5: left open
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

    /**
     * Makes sure that a heavy fence was issued after the epoch became {@code epoch + 1}. One that was serves on every
     * thread: what its caller saw then, a later reader of the word sees too.
     */
    private void fence(long epoch) {
        if (!HeavyFence.isAsymmetric() || Words.getLongVolatile(fencedWord) >= epoch) {
            return;
        }
        long upTo = Words.getLongVolatile(epochWord) - 1; // before the fence: what was unlinked then is behind it
        heavyFence(); // RETIRE3
        long found = Words.getLongVolatile(fencedWord);
        while (found < upTo && !Words.compareAndSetLong(fencedWord, found, upTo)) {
            found = Words.getLongVolatile(fencedWord);
        }
    }

    private void heavyFence() {
        HeavyFence.fence();
        long _ = Words.getAndAddLong(epochWord + FENCES, 1);
    }

    /** How many heavy fences this memory has issued. */
    public long heavyFences() {
        return Words.getLongVolatile(epochWord + FENCES);
    }

    /** Whether every walk of the epochs 1..{@code epoch} has ended. */
    public boolean passed(long epoch) {
        fence(epoch);
        int chunks = table.chunks();
        for (int chunk = 0; chunk < chunks; chunk++) {
            for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                long slot = table.slot(chunk, Long.numberOfTrailingZeros(bits));
                if (holds(Words.getLongVolatile(slot + SlotLayout.WORD), epoch)) { // RETIRE4
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * The lowest epoch of the read scopes that are open, {@link Long#MAX_VALUE} if none is. What was taken from readers
     * before an epoch below that one, up to {@code epoch}, is found in no scope.
     *
     * @param epoch the highest one that {@link #advance} has returned to the caller
     */
    public long oldestScope(long epoch) {
        fence(epoch); // SHIELD4
        long oldest = Long.MAX_VALUE;
        int chunks = table.chunks();
        for (int chunk = 0; chunk < chunks; chunk++) {
            for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                long slot = table.slot(chunk, Long.numberOfTrailingZeros(bits));
                long scope = Words.getLongVolatile(slot + SlotLayout.SCOPE); // SHIELD5 -> SCOPE2, SCOPE6
                if (scope != SlotLayout.NO_SCOPE) {
                    oldest = Math.min(oldest, scope);
                }
            }
        }
        return oldest;
    }

    /**
     * The read scopes that are open, the oldest first. Close asks after {@link #awaitIdle}: a scope that begins later
     * is taken back.
     */
    public List<String> openScopes() {
        List<OpenScope> open = new ArrayList<>();
        int chunks = table.chunks();
        for (int chunk = 0; chunk < chunks; chunk++) {
            for (long bits = table.bitmap(chunk); bits != 0; bits &= bits - 1) {
                long slot = table.slot(chunk, Long.numberOfTrailingZeros(bits));
                long scope = Words.getLongVolatile(slot + SlotLayout.SCOPE); // CLOSE3 -> SCOPE2, SCOPE6
                if (scope != SlotLayout.NO_SCOPE) {
                    open.add(new OpenScope(scope, Words.getLongVolatile(slot + SlotLayout.OWNER),
                            Words.getLongOpaque(slot + SlotLayout.SCOPE_THREAD)));
                }
            }
        }
        open.sort(Comparator.comparingLong(OpenScope::epoch));
        long now = Words.getLongVolatile(epochWord);
        return open.stream().map(scope -> scope.text(now)).toList();
    }

    /** A read scope for a message. */
    private record OpenScope(long epoch, long owner, long thread) {
        String text(long now) {
            return "a read scope of walker slot " + owner + ", begun by thread #" + thread + " in epoch " + epoch
                    + " of " + now;
        }
    }

    /** Waits until every walk of the epochs 1..{@code epoch} has ended; not from inside a slot. */
    public void awaitPassed(long epoch) {
        fence(epoch);
        await(epoch, false, 0);
    }

    /**
     * Waits until every walk of the epochs 1..{@code epoch} by a CPU of one address space has ended; not from inside a
     * slot. A CPU enters by a compare-and-set, so that this needs no heavy fence.
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
                long word = Words.getLongVolatile(slot + SlotLayout.WORD); // RETIRE4
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
     * Waits for the walks going on. Only by close, after the state became CLOSING: a walk that begins later takes its
     * entry back. No lock is held while it waits: the walk may be one that an error cut off, and the cleaner needs the
     * mutex to give back others before it.
     */
    public void awaitIdle() {
        if (HeavyFence.isAsymmetric()) {
            heavyFence(); // CLOSE2 -> SLOT3
        }
        await(Long.MAX_VALUE, false, 0);
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

    /** Guards which slots are in use, and whose they are. */
    Mutex mutex() {
        return mutex;
    }

    MemoryState state() {
        return state;
    }

    long epochWord() {
        return epochWord;
    }
}
