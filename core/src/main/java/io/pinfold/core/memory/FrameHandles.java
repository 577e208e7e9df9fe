package io.pinfold.core.memory;

import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.StaleHandleException;
import io.pinfold.core.gup.WrongKindException;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.Counters;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.handle.FrameViews;
import io.pinfold.core.memory.handle.HandleHolds;
import io.pinfold.core.memory.handle.HandleMisuse;
import io.pinfold.core.memory.handle.HandleRelease;
import io.pinfold.core.memory.handle.HoldLedger;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * User frames held by {@link FrameHandle}: what a buffer pool keeps instead of pointers. An owner allocates a frame and
 * publishes its handle; readers take it through a session, which fails once the frame has been given to another owner;
 * the owner evicts by freezing. {@link PhysicalMemory#handles()} has the one of a memory.
 *
 * <p>A <b>hold</b> is one reference or pin taken by handle: the owner's, from {@link #allocate}, and each one that a
 * session's tryGet or tryPin took. A hold is given back exactly once, on any thread and without a session. As long as
 * there is one the memory does not close. Nothing here is called from inside a walker slot.
 *
 * {@snippet :
 * FrameHandles handles = memory.handles();
 * long handle = handles.allocate(); // the owner's hold; NONE if there is no frame
 * if (session.tryPin(handle)) { // a reader, on any thread; false once the frame was evicted
 *     try (Arena arena = Arena.ofConfined()) {
 *         handles.view(handle, arena).set(ValueLayout.JAVA_LONG, 0, 42);
 *     } finally {
 *         handles.unpin(handle);
 *     }
 * }
 * if (handles.tryFreeze(handle)) { // only the owner holds it
 *     handles.free(handle); // the handle leads nowhere from now on
 * }
 * }
 *
 * <h2>Releases without a hold</h2>
 *
 * <p>What is certain throws {@link MisuseException} with the values, and changes nothing: the life of the handle is
 * over ({@link StaleHandleException}); an owner's call ({@link #tryFreeze}, {@link #unfreeze}, {@link #free}) for a
 * frame that {@link #allocate} did not hand out; a frame that has fewer references than the release takes; a frame of
 * other owners (mapped, in a cache, pinned by address) of which nothing of the kind was taken by handle. The last two
 * are a {@link WrongKindException} if holds of the other kind are there, else a {@link DoubleReleaseException}. Two
 * threads that give back one hold at the same moment are such a case.
 *
 * <p>What is not certain when it happens takes a reference of another holder, as in the kernel: a release too many of
 * an allocated frame that others hold by handle, and a put for a pin. Close refuses and says so if pins were given back
 * as gets. Tests that run on checked memory are told of both at the release.
 *
 * <h2>Protocol: take by handle, against free, freeze and close</h2>
 *
 * <pre>
 * Taker (HandleGrab)                              Owner
 * HANDLE1 enter the slot                          OWNER1 allocate: hold += 1 under the lifecycle lock, then ALLOC1 to
 * HANDLE2 type is user, volatile; else refuse     ALLOC3, BY_HANDLE, zero the frame, hand out pfn and generation
 * HANDLE3 GRAB1 to GRAB5: count above 0, CAS      OWNER2 freeze: count 1 -&gt; 0, volatile CAS; FROZEN, volatile or
 * HANDLE4 compare the generation, volatile load;  OWNER3 unfreeze: clear FROZEN, volatile and: who finds it goes on;
 *         other life: undo exactly                       count 0 -&gt; 1, release
 * HANDLE5 hold += 1, volatile                     OWNER4 free: clear FROZEN as OWNER3; FREE2 to FREE5; hold -= 1
 * HANDLE6 leave the slot; free what HANDLE4 put last
 *                                                 Holder
 * Close, under the lifecycle lock                 HOLDER1 holds: c &gt; 0 -&gt; c + 1, volatile CAS; 0: throw
 * CLOSE2 park every slot                          HOLDER2 compare the generation; look at the count: misuse throws
 * CLOSE4 holds, volatile; above 0: out            HOLDER3 count the pin as released; count: c -&gt; c - n unless it is
 *                                                         too small, volatile CAS; was it n: free
 *                                                 HOLDER4 hold -= 2, volatile: the last touch
 * </pre>
 *
 * <p><b>HANDLE4 after HANDLE3.</b> A count above 0 belongs to a life whose generation was written (FREE4 of the life
 * before, zone lock, ALLOC3) before the count that HANDLE3 read. The reference keeps that life from ending, so HANDLE4
 * reads the generation of the very life that the reference is on. Before HANDLE3 the answer could be about a life that
 * ends in between. It is never a handle's earlier life: no two lives of a frame have the same generation.
 *
 * <p><b>HANDLE2</b> keeps references off page tables, whose free wants the count to be exactly 1. Frames of tables
 * never hold user pages, so what HANDLE2 read stays true for the frame whatever life it is in.
 *
 * <p><b>OWNER2 against HANDLE3</b> is FREEZE1 against GRAB3: after OWNER2 has succeeded no thread takes the frame until
 * OWNER3, and a frame that OWNER4 freed is never taken by this handle again.
 *
 * <p><b>HOLDER3 against HOLDER3, OWNER2</b> is a compareAndSet against a compareAndSet: of two that end one hold, the
 * second finds the count too small. <b>OWNER3, OWNER4 against each other</b>: FROZEN is cleared once, so of two one
 * goes on. A count of 0 alone says nothing: it is 0 between HOLDER3 and the free, too. OWNER2, OWNER3, OWNER4 and a
 * HOLDER3 that found the last reference compare the generation again afterwards, and give back what they took if it was
 * the next life's: HOLDER2 was about a life that another thread has ended since.
 *
 * <p><b>Frames of other owners</b> (steps GUEST1 and GUEST2): their holds by handle are counted in a word of their own,
 * which decides before HOLDER3.
 *
 * <p><b>HANDLE5, OWNER1, HOLDER1 against CLOSE4.</b> Holds grow only inside a slot, under the lifecycle lock, or from
 * above 0. After CLOSE2 no slot can be entered, and close has the lifecycle lock throughout: when CLOSE4 reads 0 it
 * stays 0 and no thread is between HANDLE1 and HANDLE6, or between HOLDER1 and HOLDER4. HOLDER1 is what makes that true
 * of a release too many: it touches records only while something keeps the memory open. HOLDER4 and OWNER4 come last,
 * so a close that reads 0 has every drop and every free behind it. The frames that HANDLE6 frees are covered by a hold
 * of their own. A view is listed under a hold, and counts until its arena closes.
 */
public final class FrameHandles {
    private final MemoryCore memory;
    private final HandleHolds holds;
    private final FrameViews views = new FrameViews();

    FrameHandles(MemoryCore memory, HandleHolds holds) {
        this.memory = memory;
        this.holds = holds;
    }

    // ---- owners --------------------------------------------------------------------------------------------------

    /**
     * Allocates a frame of zeros with one reference, the owner's hold. Release with {@link #put}, or with
     * {@link #tryFreeze} and {@link #free}. Waits while a close is looking for users.
     *
     * @param scope 0: ZONE_MOVABLE first, then ZONE_NORMAL, for frames that are never pinned for long; 1: ZONE_NORMAL
     *         only
     * @param node the node to try first, 0 to {@link PhysicalMemory#nodes} - 1
     * @return the handle, or {@link FrameHandle#NONE} when there is no frame. Not an errno: the generation has the sign
     *     bit
     * @throws MemoryClosedException if the memory is closed
     * @throws IllegalArgumentException if {@code scope} is neither
     * @throws IndexOutOfBoundsException if there is no such node
     */
    public long allocate(int scope, int node) {
        memory.inspect(holds::add); // OWNER1 -> CLOSE4
        long pfn = -Errno.ENOMEM;
        try {
            pfn = memory.blocks().allocate(0, scope, node);
        } finally {
            if (pfn < 0) {
                holds.remove(1);
            }
        }
        if (pfn < 0) {
            return FrameHandle.NONE;
        }
        long record = memory.recordAddress(pfn);
        long _ = PageFlags.set(record, PageFlags.BY_HANDLE);
        Words.fill(memory.frameAddress(pfn), Align.PAGE_BYTES, (byte) 0);
        long handle = FrameHandle.of(pfn, PageRefs.generation(record));
        HoldLedger.taken(memory, handle, false);
        return handle;
    }

    /**
     * {@link #allocate(int, int)} of memory that may be pinned for long, preferably on node 0. Release with
     * {@link #put}, or with {@link #tryFreeze} and {@link #free}.
     *
     * @return the handle, or {@link FrameHandle#NONE} when there is no frame
     * @throws MemoryClosedException if the memory is closed
     */
    public long allocate() {
        return allocate(Blocks.NORMAL, 0);
    }

    /**
     * Takes the frame out of circulation if only the caller holds it: from then on takers are refused, until {@link
     * #unfreeze} or {@link #free}. The caller's hold remains. False also when a taker with an outdated handle touches
     * the frame at this moment.
     *
     * @param handle a handle of {@link #allocate}, held by the caller
     * @return whether the frame is frozen; false if others hold it
     * @throws StaleHandleException if the life of the handle is over
     * @throws DoubleReleaseException if it is frozen already, or nothing is held by handle
     * @throws MisuseException if it was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public boolean tryFreeze(long handle) {
        beginTouch(handle, "freeze");
        try {
            long record = HandleMisuse.requireOwned(memory, handle, "freeze");
            if (PageRefs.refCount(record) == 0) {
                throw HandleMisuse.released(handle, "freeze", "it has no reference: frozen or freed before");
            }
            if (!PageRefs.freeze(record, 1)) { // OWNER2 -> HANDLE3, HOLDER3
                return false;
            }
            if (HandleMisuse.isOver(record, handle)) {
                PageRefs.unfreeze(record, 1);
                throw HandleMisuse.over(record, handle, "freeze");
            }
            long _ = PageFlags.set(record, PageFlags.FROZEN); // OWNER2 -> OWNER3, OWNER4
            return true;
        } finally {
            holds.remove(1);
        }
    }

    /**
     * Ends a freeze: the frame is the caller's as before, and may be taken again.
     *
     * @param handle a handle of {@link #allocate} that {@link #tryFreeze} froze
     * @throws StaleHandleException if the life of the handle is over
     * @throws DoubleReleaseException if nothing is held by handle
     * @throws MisuseException if it is not frozen, or was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public void unfreeze(long handle) {
        beginTouch(handle, "unfreeze");
        try {
            PageRefs.unfreeze(takeFrozen(handle, "unfreeze"), 1); // OWNER3 -> HANDLE3
        } finally {
            holds.remove(1);
        }
    }

    /**
     * Ends a freeze by freeing the frame: the handle leads nowhere from now on. Ends the caller's hold.
     *
     * @param handle a handle of {@link #allocate} that {@link #tryFreeze} froze
     * @throws StaleHandleException if the life of the handle is over
     * @throws DoubleReleaseException if nothing is held by handle
     * @throws MisuseException if it is not frozen, or was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public void free(long handle) {
        beginTouch(handle, "free");
        int ended = 1;
        try {
            long _ = takeFrozen(handle, "free");
            HoldLedger.givenBack(memory, handle, false);
            freeFolio(FrameHandle.pfn(handle));
            ended = 2;
        } finally {
            holds.remove(ended); // OWNER4 -> CLOSE4
        }
    }

    /** Of several threads that end a freeze one gets the record, the others an exception. */
    private long takeFrozen(long handle, String what) {
        long record = HandleMisuse.requireOwned(memory, handle, what);
        if ((PageFlags.clear(record, PageFlags.FROZEN) & PageFlags.FROZEN) == 0) { // OWNER3, OWNER4 -> OWNER3, OWNER4
            throw HandleMisuse.notFrozen(record, handle, what);
        }
        if (HandleMisuse.isOver(record, handle)) {
            long _ = PageFlags.set(record, PageFlags.FROZEN);
            throw HandleMisuse.over(record, handle, what);
        }
        return record;
    }

    // ---- holders -------------------------------------------------------------------------------------------------

    /**
     * The handle of a frame in its present life. Means something only while the frame is held, for example pinned
     * through a batch.
     *
     * @param pfn frame number, 0 to {@link PhysicalMemory#frames} - 1
     * @return the handle, or {@link FrameHandle#NONE} if it is no user frame: free, a page table, reserved
     * @throws IndexOutOfBoundsException if there is no such frame
     * @throws MemoryClosedException if the memory is closed
     */
    public long handleOf(long pfn) {
        memory.checkPfn(pfn);
        long[] handle = {FrameHandle.NONE};
        memory.inspect(() -> {
            PageInfo page = PageInfo.read(memory.recordBase(), pfn);
            if (page.type() == PageType.USER) {
                handle[0] = FrameHandle.of(pfn, page.generation());
            }
        });
        return handle[0];
    }

    /**
     * Gives back a reference: one from tryGet, or the owner's. The last one frees the frame. Not for pins.
     *
     * @param handle the handle that the reference was taken by
     * @throws StaleHandleException if the life of the handle is over
     * @throws WrongKindException if pins alone are held. A pin counts as 1,024 references; where that many frames are
     *         held by handle, pins cannot be told from gets, and {@link PhysicalMemory#close} names pins that were put
     * @throws DoubleReleaseException if it is frozen, has no reference, or is not allocated by handle and none was
     *     taken by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public void put(long handle) {
        release(handle, "put", false);
    }

    /**
     * Gives back a pin, from tryPin. The last one of a frame that its owner has put frees it.
     *
     * @param handle the handle that the pin was taken by
     * @throws StaleHandleException if the life of the handle is over
     * @throws WrongKindException if the frame has fewer references than a pin counts as (1,024): they are gets
     * @throws DoubleReleaseException if it has no reference, or is not allocated by handle and none was taken by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public void unpin(long handle) {
        release(handle, "unpin", true);
    }

    /**
     * The data of a frame that the caller holds. The segment is as long as the page and lives until {@code arena} is
     * closed, which is to happen before the hold is given back: the segment does not hold the frame, and shows the next
     * owner's data afterwards. Until the arena is closed the memory does not close; an arena that never closes (the
     * global one) keeps it open for ever, an automatic one until it is collected. Takes a lock for a moment.
     *
     * @param handle the handle of a frame that the caller holds
     * @param arena when it is closed the segment ends; confined, shared or automatic
     * @return the 4096 bytes of the frame
     * @throws StaleHandleException if the life of the handle is over: the caller does not hold the frame
     * @throws DoubleReleaseException if nothing is held by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IllegalStateException if the arena is closed
     * @throws WrongThreadException if the arena is confined to another thread
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public MemorySegment view(long handle, Arena arena) {
        Objects.requireNonNull(arena, "arena");
        beginTouch(handle, "view");
        try {
            long _ = HandleMisuse.requireLife(memory, handle, "view");
            return views.open(memory, handle, HoldLedger.arenaOfView(memory, handle, arena));
        } finally {
            holds.remove(1);
        }
    }

    private void release(long handle, String what, boolean pinned) {
        beginTouch(handle, what); // HOLDER1
        int ended = 1;
        try {
            long last = HandleRelease.drop(memory, holds, handle, what, pinned); // HOLDER2, HOLDER3
            ended = 2;
            HoldLedger.givenBack(memory, handle, pinned);
            if (last != 0) {
                freeFolio(last);
            }
        } finally {
            holds.remove(ended); // HOLDER4 -> CLOSE4
        }
    }

    private void freeFolio(long headPfn) {
        FreeBatch batch = new FreeBatch(memory);
        batch.add(headPfn);
        int _ = batch.drain();
    }

    /** HOLDER1: keeps the memory open while records are looked at, if a frame is held; a holder does. */
    private void beginTouch(long handle, String what) {
        if (holds.tryAdd()) {
            return;
        }
        if (memory.isClosed()) {
            throw memory.state().closed();
        }
        throw HandleMisuse.released(handle, what, "nothing is held by handle");
    }

    // ---- for close and statistics --------------------------------------------------------------------------------

    /** What of all this keeps the memory open; close asks after every slot is parked. */
    List<String> out() {
        List<String> out = new ArrayList<>();
        long held = holds.count(); // CLOSE4
        if (held != 0) {
            out.add(held + " frames held by handle");
        }
        out.addAll(views.list());
        if (held == 0) {
            long pinned = 0;
            long unpinned = 0;
            for (int node = 0; node < memory.nodes(); node++) {
                pinned += memory.slots().sum(Counters.handlePins(node));
                unpinned += holds.released(node);
            }
            if (pinned != unpinned) {
                out.add("frames that were pinned by handle and put: " + pinned + " pins were taken, " + unpinned
                        + " were given back as pins");
            }
        }
        return out;
    }
}
