package io.pinfold.core.memory.frame;

import io.pinfold.core.epoch.Dropped;
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
import io.pinfold.core.words.Waits;
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
 * <p>{@link #close} gives frames and records back to the system; what they held is gone then. So every access to them
 * is inside one of five things, and close checks all five:
 *
 * <pre>
 * Toucher                                            Close, under the lifecycle lock
 * KEEP1 a {@link Use} is open (address spaces, engines)      CLOSE1 state = CLOSING, volatile: what is new waits
 * KEEP2 a walker slot is entered, and the state     CLOSE2 heavy fence; walker slots: active: wait
 *       was OPEN behind that
 * KEEP3 a batch is FILLING, HELD or RELEASING; a      CLOSE3 batches: RELEASING: wait; FILLING or HELD: out;
 *       read scope is open (SCOPE1 to SCOPE3)              scopes, once the taken back are gone: out
 * KEEP4 the lifecycle lock is held (inspection)      CLOSE4 uses: out; none: state = COUNTING, volatile;
 * KEEP5 a frame is handed out: taken under its              under each zone's lock: frames handed out, less the
 *       zone's lock, while the state is neither             idle huge zero page: out; views: out
 *       COUNTING nor CLOSED; else wait               CLOSE5 something out: state = OPEN, say what
 *                                                    CLOSE6 nothing out: state = CLOSED, volatile; give back; wake
 * </pre>
 *
 * <p>KEEP2 against CLOSE1 and CLOSE2 is the protocol of {@code WalkerSlots}. KEEP3: a batch leaves EMPTY only inside a
 * slot or a Use. After CLOSE2 no slot can be entered, so a batch that CLOSE3 sees EMPTY stays so unless a Use is open,
 * and then CLOSE4 refuses; one that CLOSE3 sees HELD makes CLOSE5 refuse, whether or not it is released meanwhile.
 * KEEP1 and KEEP4 need the lifecycle lock, which close holds throughout. No thread in a slot or in a release waits for
 * the lifecycle lock, so CLOSE2 and CLOSE3 end.
 *
 * <p>KEEP5: a frame that is held by handle has a count above 0, so it is handed out. CLOSE4 stores COUNTING before it
 * takes the zone's lock, so a frame that is taken later under that lock is not taken: the number that CLOSE4 reads only
 * shrinks, and a 0 stays. Then every count is 0, and no take by handle succeeds. A release that was not the last
 * touches nothing after its compareAndSet; the touches of the last one end inside the zone's lock that CLOSE4 takes.
 * Allocation does not wait before CLOSE4, because a fault that waited with a page's lock could hold up a release that
 * CLOSE3 waits for. From CLOSE4 on there is neither.
 *
 * <p><b>A call that comes too late</b> (a release that belongs to no hold, a take by a handle that was kept) finds
 * zeros, which are no user frame, and is refused. The addresses go when nothing refers to the memory any more, so such
 * a call ends with a reachabilityFence.
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
    private static final long SETTLE_NANOS = 1_000_000;
    private static final long PAUSE_NANOS = 20_000;
    private static final int SCOPES_NAMED = 8;

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
    private final RetiredFrames retiredFrames;
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
        this.retiredFrames = new RetiredFrames(this, slots, arena);
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
        try {
            return reserveOnce(map);
        } catch (IllegalStateException full) {
            List<MemoryCore> made = new ArrayList<>();
            Dropped.collect(() -> reserveLate(map, made)); // closed memories that nothing refers to any more
            if (made.isEmpty()) {
                throw full;
            }
            return made.getFirst();
        }
    }

    private static boolean reserveLate(MemoryMap map, List<MemoryCore> made) {
        try {
            return made.add(reserveOnce(map));
        } catch (IllegalStateException full) {
            return false;
        }
    }

    private static MemoryCore reserveOnce(MemoryMap map) {
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

    /** Frames that wait for readers in a scope. */
    public RetiredFrames retiredFrames() {
        return retiredFrames;
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

    /** Under the lifecycle lock the state is OPEN or CLOSED, unless a close is running. */
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
     * Closes the memory: waits for walks and releases going on, and gives frames and records back if nothing else is
     * out. Nothing happens if it is closed already. Not from inside a walker slot.
     *
     * @param batches what batches hold, asked once every slot is idle (CLOSE3)
     * @param handles what is held by handle, asked after that if nothing else is out (CLOSE4)
     * @param views what is viewed by handle, asked last (CLOSE4)
     * @throws MisuseException if something is out; the message lists it, and the memory stays open
     */
    public void close(Supplier<List<String>> batches, Supplier<List<String>> handles, Supplier<List<String>> views) {
        StackRoom.forCall();
        if (lifecycle.heldByCurrentThread()) {
            throw new MisuseException(this + " is being inspected by this thread, which would read it further");
        }
        lifecycle.lock();
        try {
            if (state.get() == MemoryState.CLOSED) {
                return;
            }
            requireNothingOut(batches, handles, views);
            isGone = true; // first: a thread that sees CLOSED is told by every call
            state.set(MemoryState.CLOSED); // CLOSE6
            giveBack();
        } finally {
            lifecycle.unlock();
        }
    }

    /** The memory now, and the addresses once nothing refers to this object. */
    private void giveBack() {
        try {
            frameMemory.discard();
        } finally {
            try {
                recordMemory.discard();
            } finally {
                Dropped.whenDropped(this, new Addresses(frameMemory, recordMemory));
            }
        }
    }

    /** Runs CLOSE1 to CLOSE5. The state is COUNTING afterwards; if anything is thrown, it is OPEN. */
    private void requireNothingOut(Supplier<List<String>> batches, Supplier<List<String>> handles,
            Supplier<List<String>> views) {
        boolean isDone = false;
        try {
            bar();
            List<String> out = stillOut(batches, handles, views);
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
        slots.awaitIdle(); // CLOSE2
    }

    /** CLOSE5: what waits goes on. */
    public void reopen() {
        state.set(MemoryState.OPEN); // CLOSE5
    }

    /** CLOSE4: no frame is handed out any more, until {@link #reopen}. */
    public void barAllocation() {
        state.set(MemoryState.COUNTING); // CLOSE4 -> KEEP5
    }

    /**
     * CLOSE4: frames that are handed out, but for the huge zero page that no space uses. Frames that wait for readers
     * in a scope are freed first: CLOSE3 has found no scope, and none begins.
     */
    public long framesOut() {
        int _ = retiredFrames.step();
        return blocks.handedOut() - hugeZero.idleFrames();
    }

    private List<String> stillOut(Supplier<List<String>> batches, Supplier<List<String>> handles,
            Supplier<List<String>> views) {
        List<String> out = new ArrayList<>(openScopes()); // CLOSE3
        out.addAll(batches.get()); // CLOSE3
        for (Use use : uses) { // CLOSE4
            out.add(use.toString());
        }
        if (out.isEmpty()) { // else frames are handed out to what is listed
            barAllocation();
            out.addAll(handles.get());
        }
        out.addAll(views.get());
        return out;
    }

    /** A scope that meets this close is open for a moment, until it is taken back. */
    private List<String> openScopes() {
        List<String> open = slots.openScopes();
        long deadline = System.nanoTime() + SETTLE_NANOS;
        while (!open.isEmpty() && System.nanoTime() < deadline) {
            Waits.pause(this, PAUSE_NANOS);
            open = slots.openScopes();
        }
        return open.size() <= SCOPES_NAMED ? open
                : List.of(String.join(", ", open.subList(0, SCOPES_NAMED)), open.size() - SCOPES_NAMED + " more");
    }

    @Override
    public String toString() {
        return state.toString();
    }

    /** The addresses of a closed memory, which go once nothing refers to it. */
    private record Addresses(Reservation frames, Reservation records) implements Runnable {
        @Override
        public void run() {
            try {
                frames.release();
            } finally {
                records.release();
            }
        }
    }
}
