package io.pinfold.core.memory;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.FrameHandle;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * User frames held by {@link FrameHandle}: what a buffer pool keeps instead of pointers. An owner allocates a frame and publishes its
 * handle; readers take it through a session, which fails once the frame has been given to somebody else; the owner evicts
 * by freezing. {@link PhysicalMemory#handles} has the one of a memory.
 *
 * <p>A <b>hold</b> is one reference or pin taken by handle: the owner's, from {@link #allocate}, and each one that a
 * session's tryGet or tryPin took. Whoever has a hold gives it back exactly once, on any thread and without a session. As long as
 * there is one the memory does not close. Nothing here is called from inside a walker slot.
 *
 * <h2>Protocol: take by handle, against free, freeze and close</h2>
 *
 * <pre>
 * Taker (HandleGrab)                              Owner
 * H1 enter the slot                               O1 allocate: hold += 1 under the lifecycle lock, then FrameLife A1 to
 * H2 type is user, volatile; else refuse             A3, zero the frame, hand out pfn and generation
 * H3 Grab G1 to G5: count above 0, volatile CAS   O2 freeze: count 1 -&gt; 0, volatile CAS
 * H4 compare the generation, volatile load;       O3 unfreeze: count 0 -&gt; 1, volatile CAS
 *    other life: undo exactly                     O4 free: FrameLife F2 to F5, then hold -= 1
 * H5 hold += 1, volatile                          Holder
 * H6 leave the slot; free what H4 put last        P1 holds: c &gt; 0 -&gt; c + 1, volatile CAS; 0: throw
 *                                                 P2 compare the generation; look at the count: misuse throws
 *                                                 P3 count the pin as released, drop, volatile; last: free
 * Close, under the lifecycle lock                 P4 hold -= 2, volatile: the last touch
 * C2 park every slot
 * C3 holds, volatile; above 0: out
 * </pre>
 *
 * <p><b>H4 after H3.</b> A count above 0 belongs to a life whose generation was written (F4 of the life before, zone lock, A3) before the
 * count that H3 read. The reference keeps that life from ending, so H4 reads the generation of the very life that the
 * reference is on. Before H3 the answer could be about a life that ends in between. It is never a handle's earlier life: no
 * two lives of a frame have the same generation.
 *
 * <p><b>H2</b> keeps references off page tables, whose free wants the count to be exactly 1. Frames of tables never hold user pages, so
 * what H2 read stays true for the frame whatever life it is in.
 *
 * <p><b>O2 against H3</b> is Grab's U3 against G3: after O2 has succeeded nobody takes the frame until O3, and a frame that O4 freed is
 * never taken by this handle again.
 *
 * <p><b>H5, O1, P1 against C3.</b> Holds grow only inside a slot, under the lifecycle lock, or from above 0. After C2 no slot can be entered,
 * and close has the lifecycle lock throughout: when C3 reads 0 it stays 0 and nobody is between H1 and H6, or between P1 and
 * P4. P1 is what makes that true of a release too many: it touches records only while something keeps the memory open.
 * P4 and O4 come last, so a close that reads 0 has every drop and every free behind it. The frames that H6 frees are
 * covered by a hold of their own.
 */
public final class FrameHandles {
    private static final int HOLDS = 0;
    private static final int RELEASED = Align.NO_SHARING_BYTES; // by node
    private static final int CONTROL_BYTES = RELEASED + Align.NO_SHARING_BYTES;

    private final PhysicalMemory memory;
    private final Arena arena; // keeps the control words
    private final long control;

    FrameHandles(PhysicalMemory memory, Arena arena) {
        this.memory = memory;
        this.arena = arena;
        this.control = ControlMemory.allocate(arena, "frame handles", CONTROL_BYTES, Align.NO_SHARING_BYTES).address();
    }

    // ---- owners --------------------------------------------------------------------------------------------------

    /**
     * Allocates a frame of zeros with one reference, the owner's hold: {@link #put} drops it, {@link #tryFreeze} and
     * {@link #free} evict. Waits while a close is looking for users.
     *
     * @param scope {@link Blocks#MOVABLE_FIRST} or {@link Blocks#NORMAL}
     * @param node the node to try first
     * @return the handle, or {@link FrameHandle#NONE} when there is no frame. Not an errno: the generation has the sign bit
     * @throws IllegalStateException if the memory is closed
     */
    public long allocate(int scope, int node) {
        memory.inspect(this::hold); // O1 -> C3
        long pfn = -Errno.ENOMEM;
        try {
            pfn = memory.blocks().allocate(0, scope, node);
        } finally {
            if (pfn < 0) {
                unhold(1);
            }
        }
        if (pfn < 0) {
            return FrameHandle.NONE;
        }
        Words.fill(memory.frameAddress(pfn), Align.PAGE_BYTES, (byte) 0);
        return FrameHandle.of(pfn, PageRefs.generation(memory.recordAddress(pfn)));
    }

    /** {@link #allocate(int, int)} of memory that may be pinned for long, preferably on node 0. */
    public long allocate() {
        return allocate(Blocks.NORMAL, 0);
    }

    /**
     * Takes the frame out of circulation if nobody but the caller holds it: from then on takers are refused, until
     * {@link #unfreeze} or {@link #free}. The caller's hold remains. False also when a taker with an outdated handle touches the frame
     * at this moment.
     *
     * @throws IllegalStateException if it is not the caller's to freeze: of another life, or frozen already
     */
    public boolean tryFreeze(long handle) {
        beginTouch(handle, "freeze");
        try {
            long head = record(headPfn(requireLife(handle, "freeze")));
            if (PageRefs.refCount(head) == 0) {
                throw misuse(handle, "freeze", "it has no reference: frozen or freed before");
            }
            return PageRefs.freeze(head, 1); // O2 -> H3
        } finally {
            unhold(1);
        }
    }

    /**
     * Ends a freeze: the frame is the caller's as before, and may be taken again.
     *
     * @throws IllegalStateException if it is not frozen
     */
    public void unfreeze(long handle) {
        beginTouch(handle, "unfreeze");
        try {
            long head = record(headPfn(requireLife(handle, "unfreeze")));
            int found = Words.compareAndExchangeInt(head + PageLayout.REFCOUNT, 0, 1); // O3 -> H3
            if (found != 0) {
                throw misuse(handle, "unfreeze", "it has " + found + " references and is not frozen");
            }
        } finally {
            unhold(1);
        }
    }

    /**
     * Ends a freeze by freeing the frame: the handle leads nowhere from now on. Ends the caller's hold.
     *
     * @throws IllegalStateException if it is not frozen
     */
    public void free(long handle) {
        beginTouch(handle, "free");
        int ended = 1;
        try {
            long headPfn = headPfn(requireLife(handle, "free"));
            int found = PageRefs.refCount(record(headPfn));
            if (found != 0) {
                throw misuse(handle, "free", "it has " + found + " references and is not frozen");
            }
            freeFolio(headPfn);
            ended = 2;
        } finally {
            unhold(ended); // O4 -> C3
        }
    }

    // ---- holders -------------------------------------------------------------------------------------------------

    /**
     * The handle of a frame in its present life. Means something only while the frame is held, for example pinned through a batch.
     *
     * @return the handle, or {@link FrameHandle#NONE} if it is no user frame: free, a page table, reserved
     * @throws IndexOutOfBoundsException if there is no such frame
     * @throws IllegalStateException if the memory is closed
     */
    public long handleOf(long pfn) {
        PageInfo page = memory.page(pfn);
        return page.type() == PageType.USER ? FrameHandle.of(pfn, page.generation()) : FrameHandle.NONE;
    }

    /**
     * Gives back a reference: one from tryGet, or the owner's. The last one frees the frame.
     *
     * @throws IllegalStateException if nothing of this kind can be held: the frame is in another life, frozen, or has no references
     */
    public void put(long handle) {
        release(handle, "put", false);
    }

    /**
     * Gives back a pin, from tryPin. The last one of a frame that its owner has put frees it.
     *
     * @throws IllegalStateException if nothing of this kind can be held: the frame is in another life, or has no pins
     */
    public void unpin(long handle) {
        release(handle, "unpin", true);
    }

    /**
     * The data of a frame that the caller holds. The segment is as long as the page and lives until {@code arena} is closed, which
     * is to happen before the hold is given back: the segment does not hold the frame.
     *
     * @throws IllegalStateException if the frame is in another life: the caller does not hold it
     */
    public MemorySegment view(long handle, Arena arena) {
        beginTouch(handle, "view");
        try {
            long pfn = requireLife(handle, "view");
            return Words.view(memory.frameAddress(pfn), Align.PAGE_BYTES, arena);
        } finally {
            unhold(1);
        }
    }

    private void release(long handle, String what, boolean pinned) {
        beginTouch(handle, what); // P1
        int ended = 1;
        try {
            long pfn = requireLife(handle, what); // P2
            long headPfn = headPfn(pfn);
            long head = record(headPfn);
            boolean large = Compound.of(head) != Compound.NONE;
            int references = PageRefs.refCount(head);
            int pins = pinned && large ? PageRefs.pinCount(head) : 1;
            int amount = pinned && !large ? PageRefs.PIN_BIAS : 1;
            if (references >= 0 && references < amount || pins < 1) {
                throw misuse(handle, what, "it has " + references + " references" + (pinned ? " and no pin" : ""));
            }
            if (pinned) {
                countReleased(pfn);
            }
            if (Grab.putAndTest(memory, headPfn, 1, pinned, large)) { // P3
                freeFolio(headPfn);
            }
            ended = 2;
        } finally {
            unhold(ended); // P4 -> C3
        }
    }

    private void freeFolio(long headPfn) {
        FreeBatch batch = new FreeBatch(memory);
        batch.add(headPfn);
        int unused = batch.drain();
    }

    // ---- checks --------------------------------------------------------------------------------------------------

    private long record(long pfn) {
        return PageLayout.record(memory.recordBase(), pfn);
    }

    /** The head of a frame that the caller holds; stable meanwhile. */
    private long headPfn(long pfn) {
        return PageRefs.headPfn(memory.recordBase(), pfn);
    }

    /** The pfn of a handle whose frame is in the life that the handle means. */
    private long requireLife(long handle, String what) {
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        long record = record(pfn);
        int generation = PageRefs.generation(record);
        if (generation != FrameHandle.generation(handle)) {
            throw misuse(handle, what, "the frame is in generation " + Integer.toUnsignedString(generation));
        }
        if (PageType.of(record) != PageType.USER) {
            throw misuse(handle, what, "the frame is " + PageType.nameOf(PageType.of(record)));
        }
        return pfn;
    }

    private static IllegalStateException misuse(long handle, String what, String why) {
        return new IllegalStateException("cannot " + what + " frame " + FrameHandle.pfn(handle) + " of generation "
                + Integer.toUnsignedString(FrameHandle.generation(handle)) + ": " + why);
    }

    // ---- holds ---------------------------------------------------------------------------------------------------

    /** P1: keeps the memory open while records are looked at, if somebody holds something; a holder does. */
    private void beginTouch(long handle, String what) {
        long holds = Words.getLongVolatile(control + HOLDS);
        while (holds > 0) {
            long found = Words.compareAndExchangeLong(control + HOLDS, holds, holds + 1); // P1 -> C3
            if (found == holds) {
                return;
            }
            holds = found;
        }
        if (memory.isClosed()) {
            throw MemoryState.closed();
        }
        throw misuse(handle, what, "nothing is held by handle");
    }

    /** H5 and O1; the caller is in a slot or has the lifecycle lock. */
    void hold() {
        long unused = Words.getAndAddLong(control + HOLDS, 1); // H5, O1 -> C3
    }

    /** The last touch. */
    void unhold(int n) {
        long unused = Words.getAndAddLong(control + HOLDS, -n); // P4, O4 -> C3
        Reference.reachabilityFence(arena);
    }

    /** Holds now; close asks after every slot is parked. */
    long holds() {
        return Words.getLongVolatile(control + HOLDS);
    }

    // ---- statistics ----------------------------------------------------------------------------------------------

    /** A pin is about to be dropped: takers count theirs in their slots, releasers have none. */
    void countReleased(long pfn) {
        long unused = Words.getAndAddLong(control + RELEASED + (long) memory.nodeOf(pfn) * Long.BYTES, 1);
    }

    /** Pins taken by handle on a node and given back. */
    long released(int node) {
        long released = Words.getLongVolatile(control + RELEASED + (long) node * Long.BYTES);
        Reference.reachabilityFence(arena);
        return released;
    }
}
