package io.pinfold.core.memory.frame;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.memory.zone.MemoryMap;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pagemap.Pagemaps;
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
import java.util.Set;
import java.util.function.Supplier;

/**
 * The ground of a physical memory: frames, their records, and the parts that hand them out and take them back. All
 * packages of core work on it; users have the {@code PhysicalMemory} around it. All methods may be called from any
 * thread.
 *
 * <h2>Protocol: close against everything</h2>
 *
 * <p>Frames and records are unmapped by {@link #close}; touching them afterwards would kill the JVM. So every access to
 * them is inside one of five things, and close checks all five:
 *
 * <pre>
 * Toucher                                            Close, under the lifecycle lock
 * KEEP1 a {@link Use} is open (address spaces, engines)      CLOSE1 state = CLOSING, volatile: whatever is new waits
 * KEEP2 a walker slot is entered: CAS idle -&gt; epoch  CLOSE2 walker slots: CAS idle -&gt; parked; active: wait
 * KEEP3 a batch is FILLING, HELD or RELEASING        CLOSE3 batches: RELEASING: wait; FILLING or HELD: out
 * KEEP4 the lifecycle lock is held (inspection)      CLOSE4 uses: out; frames held or viewed by handle: out
 * KEEP5 a frame is held by handle (FrameHandles)     CLOSE5 something out: un-park, state = OPEN, say what
 *                                                    CLOSE6 nothing out: state = CLOSED, volatile; unmap; wake
 * </pre>
 *
 * <p>KEEP2 against CLOSE2 is a race of two compareAndSets for one word. KEEP3: a batch leaves EMPTY only inside a slot
 * or a Use. After CLOSE2 no slot can be entered, so a batch that CLOSE3 sees EMPTY stays so unless a Use is open, and
 * then CLOSE4 refuses; one that CLOSE3 sees HELD makes CLOSE5 refuse, whether or not it is released meanwhile. KEEP1
 * and KEEP4 need the lifecycle lock, which close holds throughout. KEEP5 grows only in KEEP2, in KEEP4, or while it is
 * above 0, so when CLOSE4 finds nothing held by handle that stays so. No thread in a slot or in a release waits for the
 * lifecycle lock, so CLOSE2 and CLOSE3 end.
 *
 * <p>Control words (state, slots, lists' heads, counters) lie in an automatic arena that is never unmapped while
 * anything refers to the memory: an idle session, a statistics reader or a late release finds them mapped, and reads in
 * them that the memory is closed.
 */
public final class MemoryCore {
    private static final long ZERO_PFN = 1;
    /** Frames below this one are never handed out: 0 means none, 1 is the zero page. */
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
    private final Arena arena = Arena.ofAuto();
    private final long control;
    private final MemoryState state;
    private final WalkerSlots slots;
    private final Blocks blocks;
    private final RetiredTables retired;
    private final HugeZero hugeZero;
    private final Pagemaps pagemaps;
    private final Mutex lifecycle = new Mutex("life of a memory");
    private volatile boolean isGone; // before frames and records are
    private final Set<Use> uses = new LinkedHashSet<>(); // guarded by lifecycle

    private MemoryCore(MemoryMap map, Reservation frameMemory, Reservation recordMemory) {
        this.map = map;
        this.frames = map.frames();
        this.deviceStart = map.deviceStart();
        this.frameMemory = frameMemory;
        this.recordMemory = recordMemory;
        this.frameBasePage = frameMemory.address() >>> Align.PAGE_SHIFT;
        this.recordBasePage = recordMemory.address() >>> Align.PAGE_SHIFT;
        this.control = ControlMemory.allocate(arena, "state of a memory", CONTROL_BYTES, 128).address();
        this.state = new MemoryState(control + STATE,
                "memory of " + map.ramBytes() + " bytes at 0x" + Long.toHexString(frameMemory.address()));
        this.slots = new WalkerSlots(arena, state);
        this.blocks = new Blocks(this, map, arena, recordBase(), FIRST_USABLE_PFN);
        this.retired = new RetiredTables(this, slots, arena);
        this.hugeZero = new HugeZero(this, arena);
        this.pagemaps = new Pagemaps(arena, slots, recordBasePage, deviceStart, frames, this::nextId,
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
    public static MemoryCore reserve(MemoryMap map) {
        Reservation frames = Reservation.of("frames", map.frames() << Align.PAGE_SHIFT);
        Reservation records;
        try {
            records = Reservation.of("page records", map.frames() << PageLayout.SHIFT);
        } catch (IllegalStateException e) {
            frames.release();
            throw e;
        }
        return new MemoryCore(map, frames, records);
    }

    // ---- geometry ------------------------------------------------------------------------------------------------

    /** The map from pfn to node and zone. */
    public MemoryMap map() {
        return map;
    }

    /**
     * Address of frame 0 as a page number: hot code writes {@code long frames = (memory.frameBasePage() &
     * Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT} into a local. It gives no right to touch anything.
     */
    public long frameBasePage() {
        return frameBasePage;
    }

    /** Address of record 0 as a page number, like {@link #frameBasePage}. */
    public long recordBasePage() {
        return recordBasePage;
    }

    public long frameBase() {
        return (frameBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
    }

    public long recordBase() {
        return (recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
    }

    /**
     * Address of a frame. Not a right to touch it: see the protocol above.
     *
     * @throws IndexOutOfBoundsException if there is no such frame
     * @throws MemoryClosedException if the memory is closed; no protection from a close that comes later
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
     * @throws MemoryClosedException if the memory is closed; no protection from a close that comes later
     */
    public long recordAddress(long pfn) {
        checkPfn(pfn);
        requireMapped();
        return PageLayout.record(recordBase(), pfn);
    }

    /**
     * Checks a frame number. Every one that comes from outside, and every one read from an entry, goes through this
     * check.
     *
     * @throws IndexOutOfBoundsException naming the number, if there is no such frame
     */
    public void checkPfn(long pfn) {
        if (pfn < 0 || pfn >= frames) {
            throw noSuchFrame(pfn);
        }
    }

    /**
     * Checks that frames and records are mapped, for calls that touch them and are no part of a walk. After close the
     * call throws, instead of killing the JVM. A caller that a close may overtake is inside one of the five things of
     * the protocol.
     *
     * @throws MemoryClosedException if the memory is closed
     */
    public void requireMapped() {
        if (isGone) {
            throw state.closed();
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
        return map.nodes();
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

    // ---- parts ---------------------------------------------------------------------------------------------------

    /** Control memory that is never unmapped while anything refers to the memory. */
    public Arena arena() {
        return arena;
    }

    /** OPEN, CLOSING or CLOSED. */
    public MemoryState state() {
        return state;
    }

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

    /** The huge zero page, which is allocated when the first address space needs it. */
    public HugeZero hugeZero() {
        return hugeZero;
    }

    /** Device memory: pagemaps and the registry that leads to them. */
    public Pagemaps pagemaps() {
        return pagemaps;
    }

    /** A number that this memory never gave out before, from 1: ids of address spaces, mappings, pagemaps. */
    public long nextId() {
        return Words.getAndAddLong(control + NEXT_ID, 1) + 1;
    }

    // ---- life ----------------------------------------------------------------------------------------------------

    /**
     * Registers a user of frames and records that is neither a session nor a batch. Waits while a close is looking for
     * users.
     *
     * @param what what {@link #close} lists it as
     * @throws MemoryClosedException if the memory is closed
     */
    public Use use(String what) {
        StackRoom.forPart();
        lifecycle.lock();
        try {
            requireOpen();
            Use use = new Use(this, what);
            uses.add(use); // KEEP1 -> CLOSE4
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
     * Runs an inspection with the memory kept from closing (KEEP4). It must not call {@link #use} or {@link #close}.
     */
    public void inspect(Runnable inspection) {
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
            throw state.closed();
        }
    }

    /** Whether {@link #close} has succeeded. */
    public boolean isClosed() {
        return state.get() == MemoryState.CLOSED;
    }

    /**
     * Closes the memory: waits for walks and releases going on, and gives the address space back if nothing else is
     * out. Nothing happens if it is closed already. Not from inside a walker slot.
     *
     * @param batches what batches hold, asked once every slot is parked (CLOSE3)
     * @param handles what is held by handle, asked after that (CLOSE4)
     * @throws MisuseException if something is out; the message lists it, and the memory stays open
     */
    public void close(Supplier<List<String>> batches, Supplier<List<String>> handles) {
        StackRoom.forCall();
        if (lifecycle.heldByCurrentThread()) {
            throw new MisuseException(this + " is being inspected by this thread, which would read it further");
        }
        lifecycle.lock();
        try {
            if (state.get() == MemoryState.CLOSED) {
                return;
            }
            requireNothingOut(batches, handles);
            state.set(MemoryState.CLOSED); // CLOSE6
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

    /** Runs CLOSE1 to CLOSE5. The state is CLOSING afterwards; if anything is thrown, it is OPEN. */
    private void requireNothingOut(Supplier<List<String>> batches, Supplier<List<String>> handles) {
        boolean isDone = false;
        try {
            bar();
            List<String> out = stillOut(batches, handles);
            if (!out.isEmpty()) {
                throw new MisuseException(this + " cannot be closed, still out: " + String.join(", ", out));
            }
            isDone = true;
        } finally {
            if (!isDone) {
                reopen();
            }
        }
    }

    /** CLOSE1 and CLOSE2: whatever is new waits, and no walk is going on any more. */
    public void bar() {
        state.set(MemoryState.CLOSING); // CLOSE1
        slots.parkAll(); // CLOSE2
    }

    /** CLOSE5: what waits goes on. */
    public void reopen() {
        slots.unparkAll(); // CLOSE5
        state.set(MemoryState.OPEN);
    }

    private List<String> stillOut(Supplier<List<String>> batches, Supplier<List<String>> handles) {
        List<String> out = new ArrayList<>(batches.get()); // CLOSE3
        for (Use use : uses) { // CLOSE4
            out.add(use.toString());
        }
        out.addAll(handles.get());
        return out;
    }

    @Override
    public String toString() {
        return state.toString();
    }
}
