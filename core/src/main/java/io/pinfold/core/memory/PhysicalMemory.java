package io.pinfold.core.memory;

import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.Reservation;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Physical memory: frames of 4096 bytes, a 64-byte record for each, and everything that hands them out and takes them back. Reserved,
 * not committed: a frame costs memory from its first use on. A memory that is dropped without {@link #close} stays reserved until the
 * process ends. Several memories in one process are normal. All methods may be
 * called from any thread.
 *
 * <h2>Protocol: close against everything</h2>
 *
 * <p>Frames and records are unmapped by {@link #close}; touching them afterwards would kill the JVM. So whoever touches them is
 * inside one of five things, and close looks at all five:
 *
 * <pre>
 * Toucher                                          Close, under the lifecycle lock
 * T1 a {@link Use} is open (address spaces, engines)       C1 state = CLOSING, volatile: new slots, uses and batches wait
 * T2 a walker slot is entered: CAS idle -&gt; epoch     C2 walker slots: CAS idle -&gt; parked; active: wait
 * T3 a batch is FILLING, HELD or RELEASING           C3 batches: RELEASING: wait; FILLING or HELD: out
 * T4 the lifecycle lock is held (inspection)         C4 uses: out; frames held or viewed by handle: out
 * T5 a frame is held by handle (FrameHandles)       C5 something out: un-park, state = OPEN, say what
 *                                                  C6 nothing out: state = CLOSED, volatile; unmap; wake who waits
 * </pre>
 *
 * <p>T2 against C2 is a race of two compareAndSets for one word. T3: a batch leaves EMPTY only inside a slot or a Use. After C2
 * no slot can be entered, so a batch that C3 sees EMPTY stays so unless a Use is open, and then C4 refuses; one that C3 sees HELD
 * makes C5 refuse, whether or not it is released meanwhile. T1 and T4 need the lifecycle lock, which close holds throughout.
 * T5 grows only in T2, in T4, or while it is above 0, so when C4 finds nothing held by handle that stays so.
 * Nobody in a slot or in a release waits for the lifecycle lock, so C2 and C3 end.
 *
 * <p>Control words (state, slots, lists' heads, counters) lie in an automatic arena that is never unmapped while anything refers
 * to the memory: an idle session, a statistics reader or a late release finds them, and is told that the memory is closed.
 */
public final class PhysicalMemory implements AutoCloseable {
    private static final long ZERO_PFN = 1;
    /** Frames below this one are nobody's: 0 means none, 1 is the zero page. */
    public static final long FIRST_USABLE_PFN = 2;
    private static final int STATE = 0;
    private static final int NEXT_ID = 128;
    private static final int CONTROL_BYTES = 256;

    private final MemoryMap map;
    private final long frames;
    private final long deviceStart;
    private final long frameBasePage;
    private final long recordBasePage;
    private final Reservation frameMemory;
    private final Reservation recordMemory;
    private final long control;
    private final MemoryState state;
    private final WalkerSlots slots;
    private final PageBatches batches;
    private final Blocks blocks;
    private final RetiredTables retired;
    private final FrameHandles handles;
    private final HugeZero hugeZero;
    private final DevPagemaps pagemaps;
    private final Mutex lifecycle = new Mutex("life of a memory");
    private volatile boolean isGone; // before frames and records are
    private final Set<Use> uses = new LinkedHashSet<>(); // guarded by lifecycle

    private PhysicalMemory(MemoryMap map, Reservation frameMemory, Reservation recordMemory) {
        this.map = map;
        this.frames = map.frames();
        this.deviceStart = map.deviceStart();
        this.frameMemory = frameMemory;
        this.recordMemory = recordMemory;
        this.frameBasePage = frameMemory.address() >>> Align.PAGE_SHIFT;
        this.recordBasePage = recordMemory.address() >>> Align.PAGE_SHIFT;
        Arena arena = Arena.ofAuto();
        this.control = ControlMemory.allocate(arena, "state of a memory", CONTROL_BYTES, 128).address();
        this.state = new MemoryState(control + STATE);
        this.slots = new WalkerSlots(arena, state);
        this.batches = new PageBatches(arena, state);
        this.blocks = new Blocks(this, map, arena, recordBase(), FIRST_USABLE_PFN);
        this.retired = new RetiredTables(this, slots, arena);
        this.handles = new FrameHandles(this, arena);
        this.hugeZero = new HugeZero(this, arena);
        this.pagemaps = new DevPagemaps(arena, slots, recordBasePage, deviceStart, frames, this::nextId,
                what -> use(what)::close);
        reserve(0);
        reserve(ZERO_PFN);
    }

    private void reserve(long pfn) {
        long record = PageLayout.record(recordBase(), pfn);
        Words.setLongRelease(record + PageLayout.FLAGS, PageType.toFlags(PageType.RESERVED));
        PageRefs.setCount(record, 1);
    }

    /**
     * Reserves a memory.
     *
     * @throws IllegalStateException if the system refuses the address space; the message names size, limit and remedy
     */
    public static PhysicalMemory open(MemoryOptions options) {
        MemoryMap map = new MemoryMap(options);
        Reservation frames = Reservation.of("frames", map.frames() << Align.PAGE_SHIFT);
        Reservation records;
        try {
            records = Reservation.of("page records", map.frames() << PageLayout.SHIFT);
        } catch (IllegalStateException e) {
            frames.release();
            throw e;
        }
        return new PhysicalMemory(map, frames, records);
    }

    // ---- geometry ------------------------------------------------------------------------------------------------

    /** What it was opened with. */
    public MemoryOptions options() {
        return map.options();
    }

    /**
     * Address of frame 0 as a page number: hot code writes {@code long frames = (memory.frameBasePage() & Align.PAGE_NUMBER_MASK) <<
     * Align.PAGE_SHIFT} into a local. Not a right to touch anything.
     */
    public long frameBasePage() {
        return frameBasePage;
    }

    /** Address of record 0 as a page number, like {@link #frameBasePage}. */
    public long recordBasePage() {
        return recordBasePage;
    }

    long frameBase() {
        return (frameBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
    }

    long recordBase() {
        return (recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
    }

    /**
     * Address of a frame. Not a right to touch it: see the protocol above.
     *
     * @throws IndexOutOfBoundsException if there is no such frame
     * @throws IllegalStateException if the memory is closed; no protection from a close that comes later
     */
    public long frameAddress(long pfn) {
        checkPfn(pfn);
        requireMapped();
        return frameBase() + (pfn << Align.PAGE_SHIFT);
    }

    /**
     * Address of a page record ({@link PageLayout}). Not a right to touch it: see the protocol above.
     *
     * @throws IndexOutOfBoundsException if there is no such frame
     * @throws IllegalStateException if the memory is closed; no protection from a close that comes later
     */
    public long recordAddress(long pfn) {
        checkPfn(pfn);
        requireMapped();
        return PageLayout.record(recordBase(), pfn);
    }

    /**
     * Every frame number that comes from outside, and every one read from an entry, goes through this check.
     *
     * @throws IndexOutOfBoundsException naming the number, if there is no such frame
     */
    public void checkPfn(long pfn) {
        if (pfn < 0 || pfn >= frames) {
            throw noSuchFrame(pfn);
        }
    }

    /**
     * For calls that touch frames or records and are no part of a walk: whoever comes after close is told, instead of killing the
     * JVM. A caller that a close may overtake is inside one of the five things of the protocol.
     *
     * @throws IllegalStateException if the memory is closed
     */
    void requireMapped() {
        if (isGone) {
            throw MemoryState.closed();
        }
    }

    private IndexOutOfBoundsException noSuchFrame(long pfn) {
        return new IndexOutOfBoundsException("pfn " + pfn + " is not in 0.." + (frames - 1) + " of " + this);
    }

    /** End of the pfn space: RAM, hole and device window. */
    public long frames() {
        return frames;
    }

    /** Frames of RAM; they start at pfn 0. */
    public long ramFrames() {
        return map.ramFrames();
    }

    /** First frame of the device window, which reaches to {@link #frames}; equal to it when there is none. */
    public long deviceStart() {
        return deviceStart;
    }

    /** The shared frame of zeros; its content is never written. */
    public long zeroPfn() {
        return ZERO_PFN;
    }

    /** Number of nodes. */
    public int nodes() {
        return map.options().nodes();
    }

    /** Node of a frame; 0 outside RAM. */
    public int nodeOf(long pfn) {
        checkPfn(pfn);
        return map.nodeOf(pfn);
    }

    /** Zone of a frame. */
    public ZoneKind zoneOf(long pfn) {
        checkPfn(pfn);
        return map.zoneOf(pfn);
    }

    /**
     * Whether a long-term pin may hold the page ("folio_is_longterm_pinnable"): not in ZONE_MOVABLE, nor in a CMA or ISOLATE
     * pageblock, and of device memory only that of type GENERIC; the zero page always. A folio is held as a whole, so none of
     * its pageblocks may be one of those. Means something only while the page is held. Not from inside a walker slot.
     *
     * @throws IndexOutOfBoundsException if there is no such frame
     * @throws IllegalStateException if the memory is closed
     */
    public boolean isLongtermPinnable(long pfn) {
        return isLongtermPinnable(pfn, 1);
    }

    /**
     * The same for {@code pages} pages from {@code pfn} on, all of one folio; true of no pages.
     *
     * @throws IndexOutOfBoundsException if the memory has no such frames, or {@code pages} is negative
     * @throws IllegalStateException if the memory is closed
     */
    public boolean isLongtermPinnable(long pfn, int pages) {
        checkPfn(pfn);
        if (pages < 0 || pages > frames - pfn) {
            throw new IndexOutOfBoundsException(pages + " pages from pfn " + pfn + " on are not in 0.." + (frames - 1)
                    + " of " + this);
        }
        lifecycle.lock(); // T4
        try {
            requireOpen();
            return LongtermRule.allows(this, pfn, pages);
        } finally {
            lifecycle.unlock();
        }
    }

    // ---- parts ---------------------------------------------------------------------------------------------------

    /** Where frames and tables are allocated and freed. */
    public Blocks blocks() {
        return blocks;
    }

    /** The walker slots and the epoch. */
    public WalkerSlots slots() {
        return slots;
    }

    /** Page tables that wait for walkers. */
    public RetiredTables retired() {
        return retired;
    }

    /** Frames held by handle: what buffer pools are made of. */
    public FrameHandles handles() {
        return handles;
    }

    /** The huge zero page, which is allocated when the first address space wants it. */
    public HugeZero hugeZero() {
        return hugeZero;
    }

    /**
     * Gives the huge zero page up if no open address space has mapped it ("shrink_huge_zero_page"). Its frames come back when the
     * last get or pin on it is released. Not from inside a walker slot.
     *
     * @return whether there was one, and nobody used it
     * @throws IllegalStateException if the memory is closed
     */
    public boolean shrinkHugeZero() {
        StackRoom.forCall();
        try (Use _ = use("shrinker of the huge zero page")) {
            return hugeZero.shrink();
        }
    }

    /** Device memory: pagemaps and the registry that leads to them. */
    public DevPagemaps pagemaps() {
        return pagemaps;
    }

    PageBatches batches() {
        return batches;
    }

    /** A number that this memory never gave out before, from 1: ids of address spaces, mappings, pagemaps. */
    public long nextId() {
        return Words.getAndAddLong(control + NEXT_ID, 1) + 1;
    }

    /** {@link PageBatch#create} for this memory. */
    public PageBatch newPageBatch(int capacity) {
        return PageBatch.create(this, capacity);
    }

    /** {@link ExtentBatch#create} for this memory. */
    public ExtentBatch newExtentBatch(int capacity) {
        return ExtentBatch.create(this, capacity);
    }

    /** Statistics, summed up now; also of a closed memory. */
    public VmStat vmStat() {
        StackRoom.forPart();
        return VmStats.sum(this);
    }

    // ---- release -------------------------------------------------------------------------------------------------

    /**
     * Gives back what a get call obtained ("put_page" for each page). Needs no session.
     *
     * @return pages given back
     * @throws IllegalStateException if the batch does not hold gets: released before, holding pins, in use
     * @throws IllegalArgumentException if the batch belongs to another memory
     */
    public int putPages(Batch batch) {
        return BatchRelease.all(this, checked(batch), false, false);
    }

    /** {@link #putPages(Batch)} under the kernel's name for the batch form ("release_pages"). */
    public int releasePages(Batch batch) {
        return BatchRelease.all(this, checked(batch), false, false);
    }

    /**
     * Gives back {@code count} pages of a list of gets, from entry {@code from} on; the others stay held.
     *
     * @throws IndexOutOfBoundsException if the batch does not have these entries
     * @throws IllegalStateException if one of them was given back before, or as for {@link #putPages(Batch)}; nothing is dropped then
     */
    public int putPages(PageBatch batch, int from, int count) {
        return BatchRelease.range(this, (PageBatch) checked(batch), from, count, false, false);
    }

    /**
     * Gives back {@code count} pages of one extent of gets, from its page {@code from} on; the others stay held.
     *
     * @throws IndexOutOfBoundsException if the batch or the extent does not have these pages
     * @throws IllegalStateException if a part in the middle leaves more extents than there is room for, or as for
     *         {@link #putPages(Batch)}; nothing is dropped then
     */
    public int putPages(ExtentBatch batch, int extent, int from, int count) {
        return BatchRelease.range(this, (ExtentBatch) checked(batch), extent, from, count, false, false);
    }

    /**
     * Gives back what a pin call obtained ("unpin_user_pages"). Needs no session.
     *
     * @return pages given back
     * @throws IllegalStateException if the batch does not hold pins: released before, holding gets, in use
     * @throws IllegalArgumentException if the batch belongs to another memory
     */
    public int unpinUserPages(Batch batch) {
        return BatchRelease.all(this, checked(batch), true, false);
    }

    /**
     * The same, and with {@code makeDirty} marks every page dirty first, under its lock ("unpin_user_pages_dirty_lock"): for whoever
     * wrote to the data. May wait for page locks.
     */
    public int unpinUserPagesDirtyLock(Batch batch, boolean makeDirty) {
        return BatchRelease.all(this, checked(batch), true, makeDirty);
    }

    /** The same for a part of a list; errors as for {@link #putPages(PageBatch, int, int)}. */
    public int unpinUserPagesDirtyLock(PageBatch batch, int from, int count, boolean makeDirty) {
        return BatchRelease.range(this, (PageBatch) checked(batch), from, count, true, makeDirty);
    }

    /** The same for a part of an extent; errors as for {@link #putPages(ExtentBatch, int, int, int)}. */
    public int unpinUserPageRangeDirtyLock(ExtentBatch batch, int extent, int from, int count, boolean makeDirty) {
        return BatchRelease.range(this, (ExtentBatch) checked(batch), extent, from, count, true, makeDirty);
    }

    private Batch checked(Batch batch) {
        Objects.requireNonNull(batch, "batch is null: there is nothing to release");
        batch.requireFor(this, 0);
        return batch;
    }

    // ---- life ----------------------------------------------------------------------------------------------------

    /**
     * Registers a user of frames and records that is neither a session nor a batch. Waits while a close is looking for users.
     *
     * @param what what {@link #close} lists it as
     * @throws IllegalStateException if the memory is closed
     */
    public Use use(String what) {
        StackRoom.forPart();
        lifecycle.lock();
        try {
            requireOpen();
            Use use = new Use(this, what);
            uses.add(use);
            return use;
        } finally {
            lifecycle.unlock();
        }
    }

    void endUse(Use use) {
        StackRoom.forPart();
        lifecycle.lock();
        try {
            uses.remove(use);
        } finally {
            lifecycle.unlock();
        }
    }

    /**
     * What a page record says now. It keeps the memory from closing meanwhile, so not from inside a walker slot.
     *
     * @throws IndexOutOfBoundsException if there is no such frame
     * @throws IllegalStateException if the memory is closed
     */
    public PageInfo page(long pfn) {
        StackRoom.forPart();
        checkPfn(pfn);
        lifecycle.lock(); // T4
        try {
            requireOpen();
            return PageInfo.read(recordBase(), pfn);
        } finally {
            lifecycle.unlock();
        }
    }

    /** Runs an inspection with the memory kept from closing (T4). It must not call {@link #use} or {@link #close}. */
    void inspect(Runnable inspection) {
        StackRoom.forPart();
        lifecycle.lock();
        try {
            requireOpen();
            inspection.run();
        } finally {
            lifecycle.unlock();
        }
    }

    /** Under the lifecycle lock the state is OPEN or CLOSED, never CLOSING. */
    private void requireOpen() {
        if (state.get() == MemoryState.CLOSED) {
            throw MemoryState.closed();
        }
    }

    /** Whether {@link #close} has succeeded. */
    public boolean isClosed() {
        return state.get() == MemoryState.CLOSED;
    }

    /**
     * Closes the memory: waits for walks and releases going on, and gives the address space back if nothing else is out. Open
     * sessions do not matter; their next call says that the memory is closed. Nothing happens if it is closed already. Not
     * from inside a walker slot.
     *
     * @throws IllegalStateException if batches hold pages, frames are held by handle, or address spaces, engines or other uses
     *         are open; the message lists them, and the memory stays open; or if the calling thread is inspecting the memory
     */
    @Override
    public void close() {
        StackRoom.forCall();
        if (lifecycle.heldByCurrentThread()) {
            throw new IllegalStateException(this + " is being inspected by this thread, which would read it further");
        }
        lifecycle.lock();
        try {
            if (state.get() == MemoryState.CLOSED) {
                return;
            }
            requireNothingOut();
            state.set(MemoryState.CLOSED); // C6
            isGone = true;
            try {
                frameMemory.release();
            } finally {
                recordMemory.release();
            }
        } finally {
            lifecycle.unlock();
        }
    }

    /** C1 to C5. The state is CLOSING afterwards; whatever is thrown instead, it is OPEN. */
    private void requireNothingOut() {
        boolean isDone = false;
        try {
            state.set(MemoryState.CLOSING); // C1
            slots.parkAll(); // C2
            List<String> out = stillOut();
            if (!out.isEmpty()) {
                throw new IllegalStateException(this + " cannot be closed, still out: " + String.join(", ", out));
            }
            isDone = true;
        } finally {
            if (!isDone) {
                slots.unparkAll(); // C5
                state.set(MemoryState.OPEN);
            }
        }
    }

    private List<String> stillOut() {
        List<String> out = new ArrayList<>(batches.held()); // C3
        for (Use use : uses) { // C4
            out.add(use.toString());
        }
        out.addAll(handles.out());
        return out;
    }

    @Override
    public String toString() {
        return "memory of " + map.options().ramBytes() + " bytes at 0x" + Long.toHexString(frameBase());
    }
}
