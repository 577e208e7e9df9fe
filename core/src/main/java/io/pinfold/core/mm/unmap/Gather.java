package io.pinfold.core.mm.unmap;

import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.HugePages;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.pagemap.CallbackFailure;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.TableFree;

/**
 * The list of what a zap took out of the tables, until the flush (mmu_gather): frames whose mapping is gone but whose
 * reference is still held, and the tables that were deposited for leaves. {@link #flush()} waits for {@code Cpu}
 * accesses to end, then drops mapping counts and references, then frees. It belongs to one operation, which ends with
 * {@link #rethrow()}: an exception from a callback of a device must not keep the rest from being unmapped.
 */
public final class Gather {
    private static final int CAPACITY = 512;
    /** The bit of an element that the folio was mapped as a whole. The frame number is above. */
    private static final long WHOLE = 1;

    private final Mm mm;
    private final FreeBatch freed;
    private final TableFree tables;
    private final CallbackFailure failure = new CallbackFailure();
    private final long[] mappings = new long[CAPACITY];
    private int size;
    private boolean isFlushDue;

    public Gather(Mm mm) {
        this.mm = mm;
        this.freed = new FreeBatch(mm.memory());
        this.tables = new TableFree(mm.memory());
    }

    boolean isFull() {
        return size == CAPACITY;
    }

    /**
     * Takes over the reference of an entry that was just taken out; the table's lock is still held, {@link #isFull()}
     * is false. Dirty and accessed go to the page here: the entry is gone, and no {@code Cpu} sets bits in it any more.
     *
     * <p>An entry that was not present holds nothing, unless its page is in memory of a device: what it stands for is
     * dropped by its holder.
     *
     * @param level of the entry; above PTE it was a leaf
     */
    void add(long entry, int level) {
        isFlushDue |= Entry.isPresent(entry); // any other permitted no access, so no Cpu is to be waited for
        if (UserPages.isDevicePrivate(mm.memory(), entry)) {
            mappings[size++] = Entry.pfn(entry) << 1; // counted like a present one
            return;
        }
        if (NonPresent.kind(entry) != 0) {
            return;
        }
        MemoryCore memory = mm.memory();
        boolean isCounted = level == Geometry.PTE ? !Entry.isSpecial(entry) : HugePages.isCounted(memory, entry);
        if (!isCounted) {
            return; // zero pages and device memory: the mapping held no reference
        }
        long pfn = Entry.pfn(entry);
        UserPages.transferBits(memory, pfn, Entry.isDirty(entry), Entry.isAccessed(entry));
        mappings[size++] = pfn << 1 | (level == Geometry.PTE ? 0 : WHOLE);
    }

    /** Takes over the table that was deposited for a leaf that is gone. */
    void addDeposit(long table) {
        tables.addDeposit(table);
    }

    /** {@link #flush} for an operation that has nothing else to do: throws the exceptions of callbacks. */
    public void finish() {
        flush();
        rethrow();
    }

    /** Throws the exceptions of callbacks in any flush: the last step of the operation. */
    public void rethrow() {
        failure.rethrow();
    }

    /**
     * Waits for the {@code Cpu} accesses that may have read the entries, then drops what they held. No lock of a table
     * is held.
     */
    public void flush() {
        MemoryCore memory = mm.memory();
        if (isFlushDue) {
            isFlushDue = false;
            TlbFlush.flush(mm); // FLUSH2, FLUSH3: before the first reference goes
        }
        for (int i = 0; i < size; i++) {
            long pfn = mappings[i] >>> 1;
            if ((mappings[i] & WHOLE) != 0) {
                HugePages.dropMapping(memory, pfn, freed); // FLUSH4
            } else {
                UserPages.dropMapping(memory, pfn, freed); // FLUSH4
            }
        }
        size = 0;
        failure.run(freed::drain);
        if (tables.size() > 0) {
            tables.finish();
        }
    }
}
