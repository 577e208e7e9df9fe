package io.pinfold.core.memory.frame;

import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.HeavyFence;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;

/**
 * The protected frames whose life is over and that readers in a scope may still read. They wait in a list, first in,
 * first out, linked through their records, so that retiring allocates nothing. Each is stamped with the last epoch of
 * scopes that may read it.
 *
 * <h2>Protocol: read in a scope, against free and reuse</h2>
 *
 * <pre>
 * Reader, in a session of its own                   The thread that frees a protected frame
 * SCOPE1 load the epoch, volatile                   SHIELD1 the count reaches 0 (FREE1)
 * SCOPE2 scope = epoch: release beside the heavy    SHIELD2 generation + 1, volatile (FREE4)
 *        fence, else volatile store                 SHIELD3 E = epoch++, volatile read-modify-write
 * SCOPE3 load the state, volatile; not OPEN: scope  SHIELD4 heavy fence, unless one was issued after E
 *        = none, wait, again from SCOPE1;           SHIELD5 scan the scopes of the slots in use, volatile loads
 *        load the epoch again                       SHIELD6 no scope of 1..E: onto a free list (FREE5)
 * SCOPE4 generation is the handle's, volatile
 * SCOPE5 load the data, in any mode
 * SCOPE6 scope = none, release
 * </pre>
 *
 * <p><b>Shape:</b> store buffering: the reader stores its scope (SCOPE2) and loads the generation (SCOPE4); the other
 * side stores the generation (SHIELD2) and loads the scope (SHIELD5). Forbidden: both miss each other. What forbids it
 * in each form is said in {@link WalkerSlots}, with SCOPE2 for SLOT3, SCOPE4 for SLOT5, SHIELD2 for the unlink. If
 * SHIELD5 reads SCOPE6 or a later store of the owner, SCOPE5 comes before SHIELD6, because they are release stores. It
 * does not matter when the reader found the handle: SCOPE4 is what counts, and it is for the whole scope.
 *
 * <p><b>Every free</b> of such a frame comes here, by whatever call and thread: {@link Blocks} asks the flags of the
 * record. No thread stores to the frame before SHIELD6: it is neither filled nor poisoned nor given back to the system.
 *
 * <p><b>A frame that is found already may be retired</b> while the scope goes on. Then its generation is the handle's
 * no more, and a read has to know that the frame waits for this very scope. The stamp says so: E is not below the epoch
 * that SCOPE3 loaded. SCOPE4 came before SHIELD2, so that epoch was loaded before SHIELD3. And the other way round, if
 * E is not below it, then SCOPE3 came before SHIELD3, so SHIELD5 of this frame finds the scope: the frame waits. The
 * epoch of SCOPE1 would not do: between SCOPE1 and SCOPE2 a scan may miss the scope. From before SHIELD2 until SHIELD3
 * the stamp stands for no epoch, and that of SHIELD3 may be below. A reader that finds it so exchanges it for its own
 * epoch, by a compareAndSet as SHIELD3 has, and SHIELD3 keeps the higher one. So the frame waits for that reader, too,
 * and the reader not for SHIELD3.
 *
 * <p><b>No call waits for a scope.</b> Scopes have a word of their own, which neither the scan for tables (RETIRE4) nor
 * the wait of a close (CLOSE2) looks at. SHIELD5 that finds one leaves the frames where they are; close lists it
 * (CLOSE3). When close counts frames, no scope is open or begins, so that all that waits is freed before.
 *
 * <p>Any thread, also inside a scope; not from inside a walker slot. After the memory was closed every method throws
 * MemoryClosedException, but {@link #pending}.
 */
public final class RetiredFrames {
    private static final int FIRST = 0;
    private static final int LAST = 8;
    private static final int PENDING = 16;
    private static final int TRIED = 24;
    private static final int BYTES = 32;
    /** Frames that wait before a scan is worth its heavy fence. */
    private static final int DUE = 64;
    /** One in so many frames of RAM may wait. */
    private static final int SHARE = 8;

    private final MemoryCore memory;
    private final WalkerSlots slots;
    private final long control;
    private final Mutex mutex = new Mutex("retired frames");

    RetiredFrames(MemoryCore memory, WalkerSlots slots, Arena arena) {
        this.memory = memory;
        this.slots = slots;
        this.control = ControlMemory.allocate(arena, "retired frames", BYTES, Long.BYTES).address();
    }

    /**
     * Takes over frames whose generation the caller has raised (SHIELD2), and tries those that wait if enough do.
     *
     * @param chainHeadPfn the first one; they are linked through LINK
     */
    void retire(long chainHeadPfn) {
        mutex.lock();
        try {
            long epoch = slots.advance(); // SHIELD3, in the order of the list
            for (long pfn = chainHeadPfn; pfn != 0;) {
                long record = record(pfn);
                long next = Words.getIntOpaque(record + PageLayout.LINK);
                Words.setIntOpaque(record + PageLayout.LINK, 0);
                stamp(record + PageLayout.WAIT_EPOCH, epoch);
                append(pfn);
                pfn = next;
            }
            if (isDue()) { // not later: what another thread frees lets the memory close
                int _ = freeLocked();
            }
        } finally {
            mutex.unlock();
        }
    }

    private static void stamp(long address, long epoch) {
        long found = Words.compareAndExchangeLong(address, PageLayout.NO_EPOCH_YET, -epoch); // SHIELD3 -> SCOPE5
        if (found != PageLayout.NO_EPOCH_YET && -found < epoch) {
            Words.setLongVolatile(address, -epoch); // SHIELD3 -> SCOPE5
        }
    }

    private void append(long pfn) {
        long last = Words.getLongOpaque(control + LAST);
        if (last == 0) {
            Words.setLongOpaque(control + FIRST, pfn);
        } else {
            Words.setIntOpaque(record(last) + PageLayout.LINK, (int) pfn);
        }
        Words.setLongOpaque(control + LAST, pfn);
        Words.setLongVolatile(control + PENDING, pending() + 1);
    }

    /** One heavy fence for so many frames, also while a long scope keeps all of them; at once where it needs none. */
    private boolean isDue() {
        return !HeavyFence.isAsymmetric() || pending() >= Words.getLongOpaque(control + TRIED) + DUE;
    }

    /** Frees the frames that no scope can read any more, without waiting; returns how many. */
    public int step() {
        StackRoom.forPart();
        memory.requireMapped();
        if (pending() == 0) {
            return 0;
        }
        mutex.lock();
        try {
            return freeLocked();
        } finally {
            mutex.unlock();
        }
    }

    private int freeLocked() {
        long last = Words.getLongOpaque(control + LAST);
        if (last == 0) {
            return 0;
        }
        int freed = 0;
        long oldest = slots.oldestScope(epochOf(last)); // SHIELD4, SHIELD5
        for (long pfn = first(); pfn != 0 && epochOf(pfn) < oldest; pfn = first()) {
            long next = Words.getIntOpaque(record(pfn) + PageLayout.LINK);
            Words.setLongOpaque(control + FIRST, next);
            if (next == 0) {
                Words.setLongOpaque(control + LAST, 0);
            }
            Words.setLongVolatile(control + PENDING, pending() - 1);
            memory.blocks().freeWaiting(pfn); // SHIELD6
            freed++;
        }
        Words.setLongOpaque(control + TRIED, pending());
        return freed;
    }

    /** Whether so many frames wait that no more of their kind are handed out; tries them first. */
    public boolean isFull() {
        memory.requireMapped();
        long most = Math.max(DUE, memory.ramFrames() / SHARE);
        return pending() >= most && step() >= 0 && pending() >= most;
    }

    private long epochOf(long pfn) {
        return -Words.getLongOpaque(record(pfn) + PageLayout.WAIT_EPOCH);
    }

    private long first() {
        return Words.getLongOpaque(control + FIRST);
    }

    private long record(long pfn) {
        return PageLayout.record(memory.recordBase(), pfn);
    }

    /** Number of frames that wait; also of a closed memory. */
    public long pending() {
        return Words.getLongVolatile(control + PENDING);
    }
}
