package io.pinfold.core.memory.batch;

import io.pinfold.core.epoch.Dropped;
import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.WrongKindException;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.frame.Use;
import io.pinfold.core.memory.zone.MemoryMap;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * The pages behind a batch: what the call that fills it and the release that empties it work on. A list ({@link
 * PageList}) or extents ({@link ExtentList}). One thread uses it at a time; of two threads the compare-and-set of its
 * control block lets one through.
 *
 * <h2>Protocol: fill and release, against each other and close</h2>
 *
 * <pre>
 * BATCH1 a filler: EMPTY -&gt; FILLING, volatile CAS; lost: throw
 * BATCH2 the filler: frame numbers first, then FILLING -&gt; HELD, release
 * BATCH3 a releaser: HELD -&gt; RELEASING, volatile CAS; lost: throw
 * BATCH4 the releaser: after the last put and free, RELEASING -&gt; EMPTY, release
 * </pre>
 */
public abstract sealed class HeldPages permits PageList, ExtentList {
    private final MemoryCore memory;
    private final BatchRegistration registration;
    private final long slotNumber;
    private final long emptyWord;
    private final FreeBatch deferred;
    private int size;
    private boolean isFilling; // for misuse by the filler itself; between threads the word of the control block tells
    private int stopErrno;
    private long stopAddress;

    HeldPages(MemoryCore memory, PageBatches batches) {
        this.memory = memory;
        this.deferred = new FreeBatch(memory);
        this.registration = new BatchRegistration(batches); // last: nothing is allocated after it
        this.slotNumber = Align.wordNumber(registration.slot);
        this.emptyWord = BatchSlotLayout.word(registration.id, BatchSlotLayout.EMPTY);
    }

    /**
     * Called when the object is complete: from now on the control block comes back when the batch is dropped. If the
     * registration fails, it comes back at once.
     */
    final void registerCleaner() {
        boolean isRegistered = false;
        try {
            Dropped.whenDropped(this, registration);
            isRegistered = true;
        } finally {
            if (!isRegistered) {
                registration.tryClose();
            }
        }
    }

    /** The memory whose pages it holds. */
    public final MemoryCore memory() {
        return memory;
    }

    /** Pages held now. */
    public final int size() {
        return size;
    }

    /** The reason why the last call obtained fewer pages than requested: a positive errno, or 0. */
    public final int stopReason() {
        return stopErrno;
    }

    /** Address of the first page that the last call did not obtain; without meaning while {@link #stopReason} is 0. */
    public final long stopAddress() {
        return stopAddress;
    }

    /** Whether it holds pins (and not gets, nor nothing). */
    public final boolean isPinned() {
        return state() == BatchSlotLayout.HELD_PIN;
    }

    /** Whether it holds pages. */
    public final boolean isHeld() {
        int state = state();
        return state == BatchSlotLayout.HELD_PIN || state == BatchSlotLayout.HELD_GET;
    }

    private long slot() {
        return Align.wordAddress(slotNumber);
    }

    private int state() {
        int state = registration.state();
        Reference.reachabilityFence(this);
        return state;
    }

    // ---- for walkers ----------------------------------------------------------------------------------------------

    /**
     * Checks that it is of {@code other} and large enough, before anything is done.
     *
     * @throws IllegalArgumentException naming both memories, or both numbers
     */
    public final void requireFor(MemoryCore other, int pages) {
        if (memory != other) {
            throw new IllegalArgumentException(this + " belongs to " + memory + " and is used with " + other);
        }
        requireRoom(pages);
    }

    abstract void requireRoom(int pages);

    /**
     * Begins to fill. Until {@link #commit} or {@link #abandon} the memory does not close, so the caller may give back
     * what it grabbed and drain its FreeBatch also outside its slot. The caller is inside its slot, or holds a
     * {@link Use}.
     *
     * @throws MisuseException if it is not empty
     * @throws io.pinfold.core.gup.MemoryClosedException if the memory is closed
     */
    public final void beginFill() {
        memory.requireMapped();
        beginFillInSlot();
    }

    /** {@link #beginFill} for a caller inside its slot, which is entered only while the memory is open. */
    public final void beginFillInSlot() {
        if (Words.compareAndExchangeLong(slot() + BatchSlotLayout.WORD, emptyWord,
                // BATCH1 (KEEP3) -> CLOSE3: one test less than compareAndSet
                emptyWord | BatchSlotLayout.FILLING) != emptyWord) {
            throw refused("cannot be filled");
        }
        isFilling = true;
        stopErrno = 0;
        stopAddress = 0;
    }

    /** Checked before what is appended changes: else the pages of a batch that holds them would change. */
    final void requireAppending() {
        if (!isFilling) {
            throw refused("is not being filled");
        }
    }

    /** Room for one more page, {@code pfn}; false only of extents. */
    public abstract boolean hasRoomFor(long pfn);

    /**
     * While filling: {@code pages} pages from {@code firstPfn} on, which follow each other in the request, have been
     * grabbed.
     *
     * @param pages at least 1
     * @throws IndexOutOfBoundsException if there is no room for them
     * @throws MisuseException if it is not being filled
     */
    public abstract void append(long firstPfn, int pages);

    /**
     * While filling: takes the last page appended off again; its pfn. The caller gives it back.
     *
     * @throws MisuseException if nothing is appended, or it is not being filled
     */
    public abstract long takeLast();

    /** Clears everything that was appended. */
    abstract void clear();

    /** Pages appended so far. */
    abstract int appended();

    /**
     * Ends the filling: what was appended is held from now on. If nothing was appended, the batch is empty again.
     *
     * @param pinned whether pins are held, else gets
     * @param stopErrno the reason why there are not more, positive, or 0
     * @param stopAddress first address not obtained
     */
    public final void commit(boolean pinned, int stopErrno, long stopAddress) {
        this.stopErrno = stopErrno;
        this.stopAddress = stopAddress;
        commit(pinned);
    }

    /** {@link #commit(boolean, int, long)} of a call that obtained everything. */
    public final void commit(boolean pinned) {
        long slot = slot(); // a local: behind an access of the control block the compiler reads fields again
        long empty = emptyWord;
        if (!isFilling) {
            throw refused("is not being filled");
        }
        int count = appended();
        this.size = count;
        this.isFilling = false;
        Words.setLongOpaque(slot + BatchSlotLayout.PAGES, count);
        int held = pinned ? BatchSlotLayout.HELD_PIN : BatchSlotLayout.HELD_GET;
        // BATCH2 -> BATCH3: a release on any thread reads the frame numbers
        Words.setLongRelease(slot + BatchSlotLayout.WORD, count == 0 ? empty : empty | held);
        Reference.reachabilityFence(this);
    }

    /** Ends what {@link #beginFill} began, with nothing held. */
    public final void abandon() {
        abandon(0, 0);
    }

    /** Ends what {@link #beginFill} began, with nothing held, for this reason. */
    public final void abandon(int stopErrno, long stopAddress) {
        requireFilling();
        clear();
        commit(false, stopErrno, stopAddress);
    }

    /**
     * Gives back what was appended, and ends what {@link #beginFill} began, after something was thrown: nothing is
     * held, and counts are as if the call had never been made. Outside every slot.
     *
     * @param pinned whether pins were appended, else gets
     * @param thrown what ended the call; what is thrown now is suppressed in it
     */
    public final void rollBack(boolean pinned, Throwable thrown) {
        requireFilling();
        try {
            if (pinned) {
                BatchRelease.dropAppendedPins(memory, this);
            } else {
                BatchRelease.dropAppendedGets(memory, this);
            }
        } catch (Throwable more) {
            if (!more.equals(thrown)) {
                thrown.addSuppressed(more);
            }
        } finally {
            abandon();
        }
    }

    /** Whether what {@link #beginFill} began has not ended; only the filler changes that. */
    public final boolean isFilling() {
        return Words.getLongOpaque(slot() + BatchSlotLayout.WORD) == (emptyWord | BatchSlotLayout.FILLING);
    }

    private void requireFilling() {
        if (!isFilling()) {
            throw refused("is not being filled");
        }
    }

    /** Counts pins taken on a node, rolled-back ones too; between beginFill and the end of the release. */
    public final void countAcquired(int node, long n) {
        long address = counter(BatchSlotLayout.ACQUIRED, node);
        Words.setLongOpaque(address, Words.getLongOpaque(address) + n); // COUNT1: one writer
        Reference.reachabilityFence(this);
    }

    /** Counts the pins of everything appended so far, each on its node. */
    public abstract void countAcquiredByNode();

    /** Counts pins about to be given back on a node; before the reference is dropped. */
    public final void countReleased(int node, long n) {
        long address = counter(BatchSlotLayout.RELEASED, node);
        Words.setLongRelease(address, Words.getLongOpaque(address) + n); // COUNT2 -> COUNT3 (MP)
        Reference.reachabilityFence(this);
    }

    private long counter(int counters, int node) {
        return slot() + counters + (long) Objects.checkIndex(node, MemoryMap.MAX_NODES) * Long.BYTES;
    }

    /**
     * While filling: where folios go whose last reference a roll-back dropped. The filler drains it once it has
     * left its slot and before commit or abandon. The batch's own, so that it has one owner at a time as the batch has.
     */
    public final FreeBatch deferred() {
        return deferred;
    }

    // ---- for MemoryCore's releases -----------------------------------------------------------------------------

    /** Begins a release, of all or of a part. */
    public final void beginRelease(boolean pinned) {
        long held = emptyWord | (pinned ? BatchSlotLayout.HELD_PIN : BatchSlotLayout.HELD_GET);
        if (Words.compareAndExchangeLong(slot() + BatchSlotLayout.WORD, held,
                emptyWord | BatchSlotLayout.RELEASING) != held) { // BATCH3 -> BATCH2
            throw refusedRelease(pinned ? "cannot be unpinned" : "cannot be put");
        }
    }

    /** Ends a release of everything, also after an exception, because a close may wait for the end. */
    public final void endRelease() {
        clear();
        end(0, emptyWord);
    }

    /** Ends a release that gave {@code pages} of the pages back. */
    final void endPartialRelease(int pages, boolean pinned) {
        int left = size - pages;
        if (left == 0) {
            endRelease();
        } else {
            end(left, emptyWord | (pinned ? BatchSlotLayout.HELD_PIN : BatchSlotLayout.HELD_GET));
        }
    }

    private void end(int left, long word) {
        long slot = slot();
        size = left;
        Words.setLongOpaque(slot + BatchSlotLayout.PAGES, left);
        // BATCH4 -> CLOSE3: release is enough, close only has to see every put and free before it sees EMPTY
        Words.setLongRelease(slot + BatchSlotLayout.WORD, word);
        Reference.reachabilityFence(this);
    }

    /** Nothing is appended that could be taken off. */
    final MisuseException nothingAppended() {
        return new MisuseException(this + " has no page to take off: nothing is appended");
    }

    private MisuseException refused(String what) {
        int state = state();
        return memory.isClosed() ? memory.state().closed() : new MisuseException(text(what, state));
    }

    private MisuseException refusedRelease(String what) {
        int state = state();
        if (memory.isClosed()) {
            return memory.state().closed();
        }
        String text = text(what, state);
        return switch (state) {
            case BatchSlotLayout.EMPTY -> new DoubleReleaseException(text);
            case BatchSlotLayout.HELD_GET, BatchSlotLayout.HELD_PIN -> new WrongKindException(text);
            default -> new MisuseException(text);
        };
    }

    private String text(String what, int state) {
        String why = switch (state) {
            case BatchSlotLayout.EMPTY -> "holds nothing (released before?)";
            case BatchSlotLayout.FILLING, BatchSlotLayout.RELEASING ->
                    "is " + BatchSlotLayout.nameOf(state) + ", by another thread";
            case BatchSlotLayout.HELD_GET -> "holds " + size + " gets, which putPages gives back";
            case BatchSlotLayout.HELD_PIN -> "holds " + size + " pins, which unpinUserPages gives back";
            default -> "is closed";
        };
        return this + " " + what + ": it " + why;
    }

    /**
     * Gives the control block back; nothing happens if that was done before.
     *
     * @throws MisuseException if pages are held, or it is being filled or released
     */
    public final void close() {
        if (!registration.tryClose()) {
            int state = state();
            if (state != BatchSlotLayout.CLOSED) {
                throw new MisuseException(this + " cannot be closed while " + BatchSlotLayout.nameOf(state)
                        + (size == 0 ? "" : ", " + size + " pages"));
            }
        }
    }

    abstract String kind();

    @Override
    public final String toString() {
        return kind() + " " + registration.id + " of " + memory;
    }
}
