package io.pinfold.core.memory.frame;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.page.RecordText;
import io.pinfold.core.words.Words;

/**
 * A list of folios whose count has reached 0 and that wait to be freed. The last put may come where no lock may be
 * taken: in a walker slot, under a page-table lock, or in the middle of a batch. The folios are linked through their
 * records, so that adding allocates nothing.
 *
 * <p>One owner at a time. What is on it is still handed out, which keeps the memory from closing.
 */
public final class FreeBatch {
    private static final long DEVICE_DUE = 1L << 63;

    private final MemoryCore memory;
    /** Pfn of the first folio, 0 for none, and {@link #DEVICE_DUE}: one word, since every release asks if it is 0. */
    private long waiting;

    /** An empty batch of frames of {@code memory}. */
    public FreeBatch(MemoryCore memory) {
        this.memory = memory;
    }

    /**
     * Takes over a folio whose count the caller has brought to 0. Neither locks nor allocates.
     *
     * @param headPfn pfn of the head
     * @throws MemoryModelError if the frame is not an allocated head with a count of 0: freed twice, or still
     *     referenced
     * @throws MemoryClosedException if the memory is closed
     */
    public void add(long headPfn) {
        memory.checkPfn(headPfn);
        memory.requireMapped();
        long record = PageLayout.record(memory.recordBase(), headPfn);
        if (PageType.of(record) != PageType.USER || PageRefs.refCount(record) != 0
                || Compound.isTail(Compound.of(record))) {
            throw new MemoryModelError("cannot free " + RecordText.read(memory.recordBase(), headPfn));
        }
        long pending = Words.getLongVolatile(record + PageLayout.FLAGS) & ~PageType.MASK
                | PageType.toFlags(PageType.PENDING);
        if (PageType.ofFlags(Words.getAndSetLong(record + PageLayout.FLAGS, pending)) != PageType.USER) {
            throw new MemoryModelError("frame " + headPfn + " is being freed by two threads at once");
        }
        Words.setIntOpaque(record + PageLayout.LINK, (int) waiting);
        waiting = waiting & DEVICE_DUE | headPfn;
    }

    /**
     * Notes that a device page became idle: its owner is notified when this batch is drained. Neither locks nor
     * allocates.
     */
    void addDeviceDue() {
        waiting |= DEVICE_DUE;
    }

    /** Whether nothing waits. */
    public boolean isEmpty() {
        return waiting == 0;
    }

    /**
     * Frees everything that waits, and notifies the owners of device pages that became idle; locks, so not from inside
     * a walker slot.
     *
     * @return the number of folios freed
     * @throws MemoryModelError if one of them is still mapped or pinned; it is dropped from the batch and never freed
     */
    public int drain() {
        try {
            return first() == 0 ? 0 : memory.blocks().freeChain(this);
        } finally {
            if ((waiting & DEVICE_DUE) != 0) {
                waiting = first();
                memory.pagemaps().runDue(); // last: a callback may use this batch's memory in any way, and throw
            }
        }
    }

    /** Takes one folio off the batch; its pfn, or 0 when there is none left. */
    long takeFirst() {
        long pfn = first();
        if (pfn != 0) {
            waiting = waiting & DEVICE_DUE
                    | Words.getIntOpaque(PageLayout.record(memory.recordBase(), pfn) + PageLayout.LINK);
        }
        return pfn;
    }

    private long first() {
        return waiting & ~DEVICE_DUE;
    }
}
