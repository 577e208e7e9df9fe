package io.pinfold.core.memory.frame;

import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.HeavyFence;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;

/**
 * The page tables that are unlinked but may still be read by walkers. They wait in chains, first in, first out. Each
 * chain is stamped with the last epoch whose walks may read its tables; see {@link WalkerSlots} for the protocol
 * (RETIRE1 to RETIRE5).
 *
 * <p>Chains are linked through the records of the tables, so that retiring allocates nothing. Any thread that holds a
 * {@link Use}, not from inside a walker slot. After the memory was closed every method throws MemoryClosedException,
 * but {@link #pending}.
 */
public final class RetiredTables {
    private static final int FIRST = 0;
    private static final int LAST = 8;
    private static final int PENDING = 16;
    private static final int BYTES = 24;
    /** Tables that wait before a scan is worth its heavy fence, which costs more than the unmapping of a page. */
    private static final int DUE = 64;

    private final MemoryCore memory;
    private final WalkerSlots slots;
    private final long control;
    private final Mutex mutex = new Mutex("retired page tables");

    RetiredTables(MemoryCore memory, WalkerSlots slots, Arena arena) {
        this.memory = memory;
        this.slots = slots;
        this.control = ControlMemory.allocate(arena, "retired tables", BYTES, Long.BYTES).address();
    }

    /**
     * Links a table in front of a chain that the caller is building.
     *
     * @param pfn a table that is unlinked from the entry above it
     * @param chainHeadPfn the chain so far, 0 for none
     * @return {@code pfn}, the head of the longer chain
     * @throws IllegalArgumentException if one of them is no page table
     */
    public long link(long pfn, long chainHeadPfn) {
        requireTable(pfn);
        if (chainHeadPfn != 0) {
            requireTable(chainHeadPfn);
        }
        Words.setIntOpaque(PageLayout.record(memory.recordBase(), pfn) + PageLayout.LINK, (int) chainHeadPfn);
        return pfn;
    }

    /**
     * Hands over a chain of tables. The caller has unlinked every one with a volatile exchange of the entry above
     * (RETIRE1) and does not touch them any more. They are freed by a {@link #step} after the walks of that time have
     * ended.
     *
     * @param chainHeadPfn what {@link #link} returned last; 0 for an empty chain
     * @throws IllegalArgumentException if it is no page table
     */
    public void retire(long chainHeadPfn) {
        if (chainHeadPfn == 0) {
            return;
        }
        requireTable(chainHeadPfn);
        long epoch = slots.advance(); // RETIRE2
        long record = PageLayout.record(memory.recordBase(), chainHeadPfn);
        Words.setLongOpaque(record + PageLayout.TABLE_RETIRE_EPOCH, epoch);
        Words.setIntOpaque(record + PageLayout.LINK_PREV, 0);
        mutex.lock();
        try {
            long last = Words.getLongOpaque(control + LAST);
            if (last == 0) {
                Words.setLongOpaque(control + FIRST, chainHeadPfn);
            } else {
                Words.setIntOpaque(PageLayout.record(memory.recordBase(), last) + PageLayout.LINK_PREV,
                        (int) chainHeadPfn);
            }
            Words.setLongOpaque(control + LAST, chainHeadPfn);
            Words.setLongVolatile(control + PENDING, pending() + lengthOf(chainHeadPfn));
        } finally {
            mutex.unlock();
        }
    }

    private void requireTable(long pfn) {
        int type = PageType.of(memory.recordAddress(pfn));
        if (type != PageType.TABLE) {
            throw new IllegalArgumentException("frame " + pfn + " is no page table but " + PageType.nameOf(type));
        }
    }

    private int lengthOf(long chainHeadPfn) {
        int length = 0;
        for (long pfn = chainHeadPfn; pfn != 0; pfn = linkOf(pfn)) {
            length++;
        }
        return length;
    }

    private long linkOf(long pfn) {
        return Words.getIntOpaque(PageLayout.record(memory.recordBase(), pfn) + PageLayout.LINK);
    }

    /** Frees the tables that no walk can read any more, without waiting; returns how many. */
    public int step() {
        StackRoom.forPart();
        memory.requireMapped();
        if (pending() == 0) {
            return 0;
        }
        int freed = 0;
        mutex.lock();
        try {
            for (long chain = first(); chain != 0; chain = first()) {
                long record = PageLayout.record(memory.recordBase(), chain);
                if (!slots.passed(Words.getLongOpaque(record + PageLayout.TABLE_RETIRE_EPOCH))) { // RETIRE4
                    break;
                }
                long next = Words.getIntOpaque(record + PageLayout.LINK_PREV);
                Words.setLongOpaque(control + FIRST, next);
                if (next == 0) {
                    Words.setLongOpaque(control + LAST, 0);
                }
                freed += freeChain(chain); // RETIRE5
            }
            Words.setLongVolatile(control + PENDING, pending() - freed);
        } finally {
            mutex.unlock();
        }
        return freed;
    }

    /** {@link #step} if so many tables wait that it is worth a heavy fence; at once where it needs none. */
    public int stepWhenDue() {
        memory.requireMapped();
        return HeavyFence.isAsymmetric() && pending() < DUE ? 0 : step();
    }

    private int freeChain(long chainHeadPfn) {
        int freed = 0;
        long pfn = chainHeadPfn;
        while (pfn != 0) {
            long next = linkOf(pfn);
            memory.blocks().freeTable(pfn);
            pfn = next;
            freed++;
        }
        return freed;
    }

    private long first() {
        return Words.getLongOpaque(control + FIRST);
    }

    /**
     * Frees all tables retired before this call, waiting for the walkers; returns how many. Not from inside a walker
     * slot.
     */
    public int drain() {
        StackRoom.forPart();
        memory.requireMapped();
        slots.awaitPassed(slots.advance());
        return step();
    }

    /** Number of tables that wait; also of a closed memory. */
    public long pending() {
        return Words.getLongVolatile(control + PENDING);
    }
}
