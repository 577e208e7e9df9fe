package io.pinfold.core.mm;

import io.pinfold.core.memory.FreeBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Entry;

/**
 * What a zap took out of the tables, waiting for the flush (mmu_gather): frames whose mapping is gone but whose reference
 * is still held. {@link #flush()} makes {@code Cpu} accesses end, then drops mapping counts and references, then frees.
 * Owned by one operation.
 */
final class Gather {
    private static final int CAPACITY = 512;

    private final AddressSpace space;
    private final FreeBatch freed;
    private final int[] pfns = new int[CAPACITY];
    private int size;

    Gather(AddressSpace space) {
        this.space = space;
        this.freed = new FreeBatch(space.memory());
    }

    boolean isFull() {
        return size == CAPACITY;
    }

    /**
     * Takes over the reference of an entry that was just taken out; the table's lock is still held, {@link #isFull()} is
     * false. Dirty and accessed go to the page here: the entry is gone, and no {@code Cpu} sets bits in it any more.
     */
    void add(long entry) {
        if (Entry.isSpecial(entry)) {
            return; // the zero page: the mapping held no reference
        }
        long pfn = Entry.pfn(entry);
        UserPages.transferBits(space.memory(), pfn, Entry.isDirty(entry), Entry.isAccessed(entry));
        pfns[size++] = (int) pfn;
    }

    /** Waits for the {@code Cpu} accesses that may have seen the entries, then drops what they held. No lock of a table. */
    void flush() {
        if (size == 0) {
            return;
        }
        PhysicalMemory memory = space.memory();
        TlbFlush.flush(space); // T2, T3: before the first reference goes
        for (int i = 0; i < size; i++) {
            UserPages.dropMapping(memory, Integer.toUnsignedLong(pfns[i]), freed); // T4
        }
        size = 0;
        freed.drain();
    }
}
