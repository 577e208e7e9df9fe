package io.pinfold.core.memory;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.words.Words;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * Pages obtained by one call of the GUP family, and the right to give them back. The caller owns it and uses it again and again;
 * it holds the frame numbers, why a short count was short, and whether the pages are got or pinned, so that what was pinned can
 * only be unpinned, once, on its own memory.
 *
 * <p>It may be filled on one thread and released on another, without further synchronisation; at any time one thread uses it, and
 * of two that fill or release at once one gets an exception. A batch that holds pages keeps its memory from closing. If a
 * batch is dropped while it holds pages they stay held, and {@link PhysicalMemory#close} names it as leaked.
 */
public final class PageBatch implements AutoCloseable {
    private final PhysicalMemory memory;
    private final int[] pfns;
    private final Registration registration;
    private final long slot;
    private final long id;
    private final FreeBatch deferred;
    private int size;
    private int stopErrno;
    private long stopAddress;

    private PageBatch(PhysicalMemory memory, int capacity) {
        this.memory = memory;
        this.pfns = new int[capacity];
        this.registration = new Registration(memory.batches());
        this.slot = registration.slot;
        this.id = registration.id;
        this.deferred = new FreeBatch(memory);
    }

    /**
     * An empty batch of {@code memory}.
     *
     * @param capacity most pages it can hold, at least 1
     * @throws IllegalStateException if the memory is closed
     */
    public static PageBatch create(PhysicalMemory memory, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity = " + capacity + " is less than 1");
        }
        PageBatch batch = new PageBatch(memory, capacity);
        // the object is complete: a failure to allocate above leaves no control block behind
        var unused = PageBatches.CLEANER.register(batch, batch.registration);
        return batch;
    }

    /** The memory whose pages it holds. */
    public PhysicalMemory memory() {
        return memory;
    }

    /** Most pages it can hold. */
    public int capacity() {
        return pfns.length;
    }

    /** Pages held now. */
    public int size() {
        return size;
    }

    /**
     * Frame number of a page held.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= index < size()}
     */
    public long pfn(int index) {
        return pfns[Objects.checkIndex(index, size)];
    }

    /** Why the last call obtained less than it was asked for: a positive errno, or 0. */
    public int stopReason() {
        return stopErrno;
    }

    /** Address of the first page that the last call did not obtain; of no meaning while {@link #stopReason} is 0. */
    public long stopAddress() {
        return stopAddress;
    }

    /** Whether it holds pins (and not gets, nor nothing). */
    public boolean isPinned() {
        return state() == BatchSlotLayout.HELD_PIN;
    }

    /** Whether it holds pages. */
    public boolean isHeld() {
        int state = state();
        return state == BatchSlotLayout.HELD_PIN || state == BatchSlotLayout.HELD_GET;
    }

    private int state() {
        int state = registration.state();
        Reference.reachabilityFence(this);
        return state;
    }

    // ---- for walkers ----------------------------------------------------------------------------------------------

    /**
     * For walkers: checks that it is of {@code other} and large enough, before anything is done.
     *
     * @throws IllegalArgumentException naming both memories, or both numbers
     */
    public void requireFor(PhysicalMemory other, int pages) {
        if (memory != other) {
            throw new IllegalArgumentException(this + " belongs to " + memory + " and is used with " + other);
        }
        if (pages > pfns.length) {
            throw new IllegalArgumentException(pages + " pages do not fit into " + this + " with a capacity of "
                    + pfns.length);
        }
    }

    /**
     * For walkers: begins to fill. Until {@link #commit} or {@link #abandon} the memory does not close, so the caller may give
     * back what it grabbed and drain its FreeBatch also outside its slot. The caller is inside its slot, or holds a {@link Use}.
     *
     * @return where the frame numbers go
     * @throws IllegalStateException if it is not empty
     */
    public int[] beginFill() {
        long empty = BatchSlotLayout.word(id, BatchSlotLayout.EMPTY);
        if (!Words.compareAndSetLong(slot + BatchSlotLayout.WORD, empty,
                BatchSlotLayout.word(id, BatchSlotLayout.FILLING))) {
            throw refused("cannot be filled");
        }
        stopErrno = 0;
        stopAddress = 0;
        return pfns;
    }

    /**
     * For walkers: the first {@code count} frame numbers are held from now on.
     *
     * @param count 0 to capacity; 0 makes it empty again
     * @param pinned whether pins are held, else gets
     * @param stopErrno why there are not more, positive, or 0
     * @param stopAddress first address not obtained
     */
    public void commit(int count, boolean pinned, int stopErrno, long stopAddress) {
        requireFilling();
        if (count < 0 || count > pfns.length) {
            throw new IndexOutOfBoundsException(count + " pages in " + this + " with a capacity of " + pfns.length);
        }
        this.stopErrno = stopErrno;
        this.stopAddress = stopAddress;
        this.size = count;
        Words.setLongOpaque(slot + BatchSlotLayout.PAGES, count);
        int state;
        if (count == 0) {
            state = BatchSlotLayout.EMPTY;
        } else {
            state = pinned ? BatchSlotLayout.HELD_PIN : BatchSlotLayout.HELD_GET;
        }
        // B2 -> B3: whoever releases, on whatever thread, sees the frame numbers
        Words.setLongRelease(slot + BatchSlotLayout.WORD, BatchSlotLayout.word(id, state));
        Reference.reachabilityFence(this);
    }

    /** For walkers: nothing is held; ends what {@link #beginFill} began. */
    public void abandon() {
        commit(0, false, 0, 0);
    }

    /** For walkers: nothing is held, for this reason; ends what {@link #beginFill} began. */
    public void abandon(int stopErrno, long stopAddress) {
        commit(0, false, stopErrno, stopAddress);
    }

    private void requireFilling() {
        if (state() != BatchSlotLayout.FILLING) {
            throw refused("is not being filled");
        }
    }

    /** For walkers: counts pins taken on a node, rolled-back ones too; between beginFill and the end of the release. */
    public void countAcquired(int node, long n) {
        count(BatchSlotLayout.ACQUIRED, node, n);
    }

    /** For walkers: counts pins about to be given back on a node; before the reference is dropped. */
    public void countReleased(int node, long n) {
        count(BatchSlotLayout.RELEASED, node, n);
    }

    private void count(int counters, int node, long n) {
        long address = slot + counters + (long) Objects.checkIndex(node, MemoryOptions.MAX_NODES) * Long.BYTES;
        Words.setLongOpaque(address, Words.getLongOpaque(address) + n); // one writer; readers only sum up
        Reference.reachabilityFence(this);
    }

    /**
     * For walkers, while filling: where folios go whose last reference a roll-back dropped. The filler drains it once it has
     * left its slot and before commit or abandon. The batch's own, so that it has one owner at a time as the batch has.
     */
    public FreeBatch deferred() {
        return deferred;
    }

    // ---- for PhysicalMemory's releases -----------------------------------------------------------------------------

    /** Begins a release; returns the frame numbers, of which {@link #size} count. */
    int[] beginRelease(boolean pinned) {
        long held = BatchSlotLayout.word(id, pinned ? BatchSlotLayout.HELD_PIN : BatchSlotLayout.HELD_GET);
        if (!Words.compareAndSetLong(slot + BatchSlotLayout.WORD, held,
                BatchSlotLayout.word(id, BatchSlotLayout.RELEASING))) { // B3 -> B2
            throw refused(pinned ? "cannot be unpinned" : "cannot be put");
        }
        return pfns;
    }

    /** Ends a release, however it went: the memory may wait for it. */
    void endRelease() {
        size = 0;
        Words.setLongOpaque(slot + BatchSlotLayout.PAGES, 0);
        // B4 -> C3: release is enough, close only has to see every put and free before it sees EMPTY
        Words.setLongRelease(slot + BatchSlotLayout.WORD, BatchSlotLayout.word(id, BatchSlotLayout.EMPTY));
        Reference.reachabilityFence(this);
    }

    private IllegalStateException refused(String what) {
        int state = state();
        if (memory.isClosed()) {
            return MemoryState.closed();
        }
        String why = switch (state) {
            case BatchSlotLayout.EMPTY -> "holds nothing (released before?)";
            case BatchSlotLayout.FILLING, BatchSlotLayout.RELEASING ->
                    "is " + BatchSlotLayout.nameOf(state) + ", by another thread";
            case BatchSlotLayout.HELD_GET -> "holds " + size + " gets, which putPages gives back";
            case BatchSlotLayout.HELD_PIN -> "holds " + size + " pins, which unpinUserPages gives back";
            default -> "is closed";
        };
        return new IllegalStateException(this + " " + what + ": it " + why);
    }

    /**
     * Gives the control block back; nothing happens if that was done before.
     *
     * @throws IllegalStateException if pages are held, or it is being filled or released
     */
    @Override
    public void close() {
        if (!registration.tryClose()) {
            int state = state();
            if (state != BatchSlotLayout.CLOSED) {
                throw new IllegalStateException(this + " cannot be closed while " + BatchSlotLayout.nameOf(state)
                        + (size == 0 ? "" : ", " + size + " pages"));
            }
        }
    }

    @Override
    public String toString() {
        return "page batch " + id + " of " + memory;
    }

    /** The control block, and what becomes of it when the batch is closed or dropped. */
    private static final class Registration implements Runnable {
        final PageBatches batches;
        final long slot;
        final long id;

        Registration(PageBatches batches) {
            this.batches = batches;
            this.slot = batches.register();
            this.id = BatchSlotLayout.id(Words.getLongVolatile(slot + BatchSlotLayout.WORD));
        }

        /** The batch's state. A word with another id belongs to whoever got the control block after this batch's end. */
        int state() {
            long word = Words.getLongVolatile(slot + BatchSlotLayout.WORD);
            return BatchSlotLayout.id(word) == id ? BatchSlotLayout.state(word) : BatchSlotLayout.CLOSED;
        }

        boolean tryClose() {
            boolean closed = Words.compareAndSetLong(slot + BatchSlotLayout.WORD,
                    BatchSlotLayout.word(id, BatchSlotLayout.EMPTY), BatchSlotLayout.word(id, BatchSlotLayout.CLOSED));
            if (closed) {
                batches.unregister(slot);
            }
            return closed;
        }

        /** Nothing refers to the batch any more: what it holds stays held and is called leaked. */
        @Override
        public void run() {
            if (!tryClose() && state() != BatchSlotLayout.CLOSED) {
                Words.setLongVolatile(slot + BatchSlotLayout.LEAKED, 1);
            }
        }
    }
}
