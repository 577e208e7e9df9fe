package io.pinfold.core.memory;

import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.StaleHandleException;
import io.pinfold.core.gup.WrongKindException;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.handle.FrameFreeze;
import io.pinfold.core.memory.handle.FrameViews;
import io.pinfold.core.memory.handle.FrameWrite;
import io.pinfold.core.memory.handle.HandleMisuse;
import io.pinfold.core.memory.handle.HandleRecycle;
import io.pinfold.core.memory.handle.HandleRelease;
import io.pinfold.core.memory.handle.HandleTake;
import io.pinfold.core.memory.handle.HeldFrames;
import io.pinfold.core.memory.handle.HoldLedger;
import io.pinfold.core.memory.handle.TakeCounts;
import io.pinfold.core.memory.handle.ValidatedRead;
import io.pinfold.core.page.FrameVersion;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Objects;

/**
 * User frames held by {@link FrameHandle}: what a buffer pool keeps instead of pointers. An owner allocates a frame and
 * publishes its handle; readers take it, which fails once the frame has been given to another owner; the owner evicts
 * by freezing. {@link PhysicalMemory#handles()} has the one of a memory. Any thread may call it, a virtual one too.
 *
 * <p>A <b>hold</b> is one reference or pin taken by handle: the owner's, from {@link #allocate}, and each one that
 * {@link #tryGet} or {@link #tryPin} took, here or of a session. A hold is given back exactly once, on any thread. As
 * long as there is one the memory does not close. Nothing here is called from inside a walker slot.
 *
 * {@snippet :
 * FrameHandles handles = memory.handles();
 * long handle = handles.allocate(); // the owner's hold; NONE if there is no frame
 * long pin = handles.tryPin(handle); // a reader, on any thread; NONE once the frame was evicted
 * if (pin != FrameHandle.NONE) {
 *     try (Arena arena = Arena.ofConfined()) {
 *         long write = handles.beginWrite(pin);
 *         if (write != 0) { // else another thread writes
 *             handles.view(pin, arena).set(ValueLayout.JAVA_LONG, 0, 42);
 *             handles.endWrite(pin, write); // readers without a hold go on
 *         }
 *     } finally {
 *         handles.unpin(pin);
 *     }
 * }
 * long value = handles.readLong(handle, 0, -1); // a reader that takes nothing; -1 once the frame was evicted
 * if (value == 42 && handles.tryFreeze(handle)) { // only the owner holds it
 *     handles.free(handle); // the handle leads nowhere from now on
 * }
 * }
 *
 * <h2>Reading without a hold</h2>
 *
 * <p>{@link #readLong} and {@link #copyOut} read first and check afterwards that the frame was in that life all the
 * time and that no holder wrote it meanwhile; else they read again. They store nothing that threads share, so any
 * number of threads read one frame without slowing each other, and nothing is given back. What they need of the holders
 * is that each write of a frame that is published stands between {@link #beginWrite} and {@link #endWrite}: a write
 * outside of them may be read half done. A frame that was just allocated may be filled before its handle is published,
 * and a frozen one before it is unfrozen.
 *
 * <h2>Releases without a hold</h2>
 *
 * <p>What is certain throws {@link MisuseException} with the values, and changes nothing: the life of the handle is
 * over ({@link StaleHandleException}); a put of a pin, or an unpin of a handle that is none
 * ({@link WrongKindException}); an owner's call ({@link #tryFreeze}, {@link #unfreeze}, {@link #free}) for a frame that
 * {@link #allocate} did not hand out; a frame that has fewer references than the release takes; a frame of other owners
 * (mapped, in a cache, pinned by address) of which nothing of the kind was taken by handle. The last two are a
 * {@link WrongKindException} if holds of the other kind are there, else a {@link DoubleReleaseException}. Two threads
 * that give back one hold at the same moment are such a case.
 *
 * <p>What is not certain when it happens takes a reference of another holder, as in the kernel: a release too many of
 * an allocated frame that others hold by handle. Tests that run on checked memory are told of it at the release. After
 * the memory was closed every call throws {@link MemoryClosedException}.
 *
 * <h2>Protocol: take by handle, against free, freeze and close</h2>
 *
 * <pre>
 * Taker (HandleTake)                              Owner
 * HANDLE1 type is user, volatile; else refuse     OWNER1 allocate: KEEP5, ALLOC1 to ALLOC3, BY_HANDLE, zero the frame,
 * HANDLE2 count: c &gt; 0 -&gt; c + n, volatile CAS            hand out pfn and generation
 * HANDLE3 compare the generation, volatile load;  OWNER2 freeze: version odd, volatile CAS; count 1 -&gt; 0, volatile
 *         another life: undo exactly; was that           CAS; FROZEN, volatile or
 *         the last reference: free                OWNER3 unfreeze: clear FROZEN, volatile and: the thread that finds
 *                                                        it goes on; version even, release; count 0 -&gt; 1, release
 *                                                 OWNER4 free: clear FROZEN as OWNER3; FREE2 to FREE5
 *
 * Close, under the lifecycle lock                 Holder
 * CLOSE4 state = COUNTING, volatile; under each   HOLDER1 compare type and generation, volatile: misuse throws
 *        zone's lock: frames handed out;          HOLDER2 count: c -&gt; c - n unless it is too small, volatile CAS
 *        any: out                                 HOLDER3 was it n: compare the generation again; FREE2 to FREE5
 * </pre>
 *
 * <p><b>HANDLE3 after HANDLE2.</b> A count above 0 belongs to a life whose generation was written (FREE4 of the life
 * before, zone lock, ALLOC3) before the count that HANDLE2 read. The reference keeps that life from ending, so HANDLE3
 * reads the generation of the very life that the reference is on. Before HANDLE2 the answer could be about a life that
 * ends in between. It is never a handle's earlier life: no two lives of a frame have the same generation.
 *
 * <p><b>HANDLE1</b> keeps references off page tables, whose free wants the count to be exactly 1. Frames of tables
 * never hold user pages, so what HANDLE1 read stays true for the frame whatever life it is in.
 *
 * <p><b>OWNER2 against HANDLE2</b> is FREEZE1 against GRAB3: after OWNER2 has succeeded no thread takes the frame until
 * OWNER3, and a frame that OWNER4 freed is never taken by this handle again.
 *
 * <p><b>HOLDER2 against HOLDER2, OWNER2</b> is a compareAndSet against a compareAndSet: of two that end one hold, the
 * second finds the count too small. <b>OWNER3, OWNER4 against each other</b>: FROZEN is cleared once, so of two one
 * goes on. A count of 0 alone says nothing: it is 0 between HOLDER2 and the free, too. OWNER2, OWNER3, OWNER4 and a
 * HOLDER2 that found the last reference compare the generation again afterwards, and give back what they took if it was
 * the next life's: HOLDER1 was about a life that another thread has ended since. A HOLDER2 that found another count
 * compares the generation before it tries that one. So a release too many meets the next life only if its count is the
 * same and has a reference left after it: no thread can tell that one from a release of that life.
 * While a release by an outdated handle has the last reference of the next life, which it gives back at once, a call of
 * that life's owner may be refused; the hold remains then.
 *
 * <p><b>Frames of other owners</b> (steps GUEST1 and GUEST2): HANDLE2 is GRAB1 to GRAB5 there, and their holds by
 * handle are counted in a word of their own, which decides in the place of HOLDER2.
 *
 * <p><b>Against CLOSE4</b> nothing is counted and no slot is entered: a hold is a count above 0 of a frame that is
 * handed out, and CLOSE4 counts those; {@code MemoryCore} says why what it reads does not grow. A call that comes too
 * late finds the zeros of a closed memory: HANDLE1 and HOLDER1 refuse them, HANDLE2 and HOLDER2 find a count of 0. A
 * view is listed under a hold, and counts until its arena closes.
 *
 * <p><b>Reads without a hold</b> are the protocol of {@code ValidatedRead}.
 */
public final class FrameHandles {
    private static final long SETTLE_NANOS = 1_000_000;
    private static final long PAUSE_NANOS = 20_000;

    private final MemoryCore memory;
    private final TakeCounts counts;
    private final FrameViews views = new FrameViews();

    FrameHandles(MemoryCore memory) {
        this.memory = memory;
        this.counts = new TakeCounts(memory.arena());
    }

    // ---- owners --------------------------------------------------------------------------------------------------

    /**
     * Allocates a frame of zeros with one reference, the owner's hold. Release with {@link #put}, or with
     * {@link #tryFreeze} and {@link #free}. Waits while a close counts what is out.
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
        return allocate(scope, node, false);
    }

    private long allocate(int scope, int node, boolean isProtected) {
        StackRoom.forPart();
        long pfn = memory.blocks().allocateByHandle(scope, node, isProtected); // OWNER1 (KEEP5) -> CLOSE4
        if (pfn < 0) {
            return FrameHandle.NONE;
        }
        long record = memory.recordAddress(pfn);
        Words.fill(memory.frameAddress(pfn), Align.PAGE_BYTES, (byte) 0);
        FrameVersion.end(record); // WRITE3 -> VALID1
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
     * {@link #allocate(int, int)} of a frame that sessions may read in a scope without a hold ({@code
     * GupSession.beginScope}). Every free of it, the last put or unpin of any thread too, ends the handle's life at
     * once, and gives the frame to others only after the scopes in which it may be read have ended; until then it
     * waits. No call waits for a scope: with too many frames waiting, an eighth of RAM and 64 at least, this call finds
     * no frame. Release with {@link #put}, or with {@link #tryFreeze} and {@link #free}.
     *
     * @param scope as for {@link #allocate(int, int)}
     * @param node the node to try first, 0 to {@link PhysicalMemory#nodes} - 1
     * @return the handle, or {@link FrameHandle#NONE} when there is no frame, or too many wait
     * @throws MemoryClosedException if the memory is closed
     * @throws IllegalArgumentException if {@code scope} is neither
     * @throws IndexOutOfBoundsException if there is no such node
     */
    public long allocateProtected(int scope, int node) {
        StackRoom.forPart();
        return memory.retiredFrames().isFull() ? FrameHandle.NONE : allocate(scope, node, true);
    }

    /**
     * {@link #allocateProtected(int, int)} of memory that may be pinned for long, preferably on node 0. Release with
     * {@link #put}, or with {@link #tryFreeze} and {@link #free}.
     *
     * @return the handle, or {@link FrameHandle#NONE} when there is no frame, or too many wait
     * @throws MemoryClosedException if the memory is closed
     */
    public long allocateProtected() {
        return allocateProtected(Blocks.NORMAL, 0);
    }

    /**
     * Gives protected frames that were freed to others, as far as no scope can read them any more. That happens by
     * itself when 64 more wait and when no other frame is left. Never waits; also from inside a scope.
     *
     * @return how many frames
     * @throws MemoryClosedException if the memory is closed
     */
    public int reclaim() {
        return memory.retiredFrames().step();
    }

    /** {@return protected frames that were freed and wait for scopes; also of a closed memory} */
    public long waiting() {
        return memory.retiredFrames().pending();
    }

    /**
     * Takes the frame out of circulation if only the caller holds it: from then on takers are refused, until {@link
     * #unfreeze} or {@link #free}, and so are readers. The caller's hold remains. False also when a taker with an
     * outdated handle touches the frame at this moment, and while a write has begun and not ended.
     *
     * @param handle a handle of {@link #allocate}, held by the caller
     * @return whether the frame is frozen; false if others hold it, or it is being written
     * @throws StaleHandleException if the life of the handle is over
     * @throws WrongKindException if it is a pin
     * @throws DoubleReleaseException if it is frozen already, or was freed at this moment
     * @throws MisuseException if it was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public boolean tryFreeze(long handle) {
        StackRoom.forPart();
        try {
            long record = HandleMisuse.requireOwner(memory, handle, "freeze");
            if (PageRefs.refCount(record) == 0) {
                throw HandleMisuse.released(handle, "freeze", "it has no reference: frozen or freed before");
            }
            if (!FrameFreeze.tryFreeze(record, handle, "freeze")) { // OWNER2
                return false;
            }
            long _ = PageFlags.set(record, PageFlags.FROZEN); // OWNER2 -> OWNER3, OWNER4
            return true;
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    /**
     * Ends a freeze: the frame is the caller's as before, and may be taken again.
     *
     * @param handle a handle of {@link #allocate} that {@link #tryFreeze} froze
     * @throws StaleHandleException if the life of the handle is over
     * @throws WrongKindException if it is a pin
     * @throws MisuseException if it is not frozen, or was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public void unfreeze(long handle) {
        StackRoom.forPart();
        try {
            long record = takeFrozen(handle, "unfreeze");
            FrameFreeze.unfreeze(record); // OWNER3
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    /**
     * Ends a freeze by freeing the frame: the handle leads nowhere from now on. Ends the caller's hold.
     *
     * @param handle a handle of {@link #allocate} that {@link #tryFreeze} froze
     * @throws StaleHandleException if the life of the handle is over
     * @throws WrongKindException if it is a pin
     * @throws MisuseException if it is not frozen, or was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public void free(long handle) {
        StackRoom.forPart();
        try {
            long _ = takeFrozen(handle, "free");
            HoldLedger.givenBack(memory, handle, false);
            freeFolio(FrameHandle.pfn(handle)); // OWNER4 -> CLOSE4
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    /** Of several threads that end a freeze one gets the record, the others an exception. */
    private long takeFrozen(long handle, String what) {
        long record = HandleMisuse.requireOwner(memory, handle, what);
        if ((PageFlags.clear(record, PageFlags.FROZEN) & PageFlags.FROZEN) == 0) { // OWNER3, OWNER4 -> OWNER3, OWNER4
            throw HandleMisuse.notFrozen(record, handle, what);
        }
        if (HandleMisuse.isOver(record, handle)) {
            long _ = PageFlags.set(record, PageFlags.FROZEN);
            throw HandleMisuse.over(record, handle, what);
        }
        return record;
    }

    /**
     * Gives the frame another life if only the caller holds it: its handle leads nowhere from now on, and the caller
     * holds the frame by the new one. What a pool does with a frame that it uses for something else at once; it costs
     * no call of the allocator. The data stays, and may be overwritten before the new handle is published; the frame is
     * not dirty. The new hold ends as that of {@link #allocate}. Not in the kernel.
     *
     * @param handle a handle of {@link #allocate}, held by the caller
     * @return the handle of the new life; {@link FrameHandle#NONE} if others hold the frame, a taker with an outdated
     *     handle touches it at this moment, a write has begun and not ended, or the frame is protected, broken, or has
     *     used up its lives: the caller's hold remains then
     * @throws StaleHandleException if the life of the handle is over
     * @throws WrongKindException if it is a pin
     * @throws DoubleReleaseException if it is frozen, or was freed at this moment
     * @throws MisuseException if it was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public long tryRecycle(long handle) {
        StackRoom.forPart();
        try {
            long next = HandleRecycle.tryRecycle(memory, handle); // RECYCLE1 to RECYCLE4
            if (next != FrameHandle.NONE) {
                HoldLedger.givenBack(memory, handle, false);
                HoldLedger.taken(memory, next, false);
            }
            return next;
        } finally {
            Reference.reachabilityFence(memory);
        }
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
     * Takes a reference to a frame if it is in the life that the handle means, and neither free nor frozen. Never
     * waits. A {@code GupSession} has the same call, which keeps the count of takes that met another life in the
     * session. Release with {@link #put}, on any thread.
     *
     * @param handle a {@link FrameHandle}, or a pin, which stands for its handle; {@link FrameHandle#NONE} is refused
     * @return whether the caller has a reference
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws MemoryClosedException if the memory is closed
     */
    public boolean tryGet(long handle) {
        return take(handle, false);
    }

    /**
     * {@link #tryGet} of a pin, which says that the data is accessed, by a device for example. Not for long-term pins.
     * It counts the pin by one locked instruction on a word that few threads share; a {@code GupSession} counts in a
     * word of its own, without one. Release with {@link #unpin}, on any thread.
     *
     * @param handle a {@link FrameHandle}, or a pin, which stands for its handle; {@link FrameHandle#NONE} is refused
     * @return the pin, which {@link #unpin} takes; {@link FrameHandle#NONE} if the frame is not pinned
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws MemoryClosedException if the memory is closed
     */
    public long tryPin(long handle) {
        if (!take(handle, true)) {
            return FrameHandle.NONE;
        }
        counts.add(memory.nodeOf(FrameHandle.pfn(handle)));
        return FrameHandle.toPin(handle);
    }

    private boolean take(long handle, boolean pinned) {
        int result = HandleTake.tryTake(memory, handle, pinned, null); // HANDLE1 to HANDLE3
        if (result == HandleTake.TAKEN) {
            HoldLedger.taken(memory, FrameHandle.ofPin(handle), pinned);
        } else if (result == HandleTake.RECYCLED) {
            counts.add(TakeCounts.RECYCLED);
        }
        Reference.reachabilityFence(memory);
        return result == HandleTake.TAKEN;
    }

    /**
     * Gives back a reference: one from tryGet, or the owner's. The last one frees the frame. Not for pins.
     *
     * @param handle the handle that the reference was taken by
     * @throws StaleHandleException if the life of the handle is over
     * @throws WrongKindException if it is a pin; or if pins alone were taken by handle of a frame of other owners
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
     * @param pin what tryPin returned
     * @throws StaleHandleException if the life of the pin is over
     * @throws WrongKindException if it is a handle and no pin, or if the frame has fewer references than a pin counts
     *         as (1,024): they are gets
     * @throws DoubleReleaseException if it has no reference, or is not allocated by handle and none was taken by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public void unpin(long pin) {
        release(pin, "unpin", true);
    }

    /**
     * {@link #unpin} of a pin through which the frame was written: marks it dirty first, under its lock. Kernel:
     * unpin_user_pages_dirty_lock().
     *
     * @param pin what tryPin returned
     * @throws StaleHandleException if the life of the pin is over
     * @throws WrongKindException as {@link #unpin}; the frame is not marked then, nor with the others
     * @throws DoubleReleaseException if it has no reference, or is not allocated by handle and none was taken by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public void unpinDirty(long pin) {
        release(pin, "unpin", true, true);
    }

    /**
     * {@link #tryPin} of several frames, one after the other. Release with {@link #unpinAll}, or each by itself.
     *
     * @param handles the frames; a frame may be there twice, and {@link FrameHandle#NONE} is refused
     * @param pins gets at least as many numbers: the pin of each frame, or {@link FrameHandle#NONE}
     * @return how many frames are pinned
     * @throws IndexOutOfBoundsException if the memory lacks one of the frames; none is pinned then
     * @throws IllegalArgumentException if there is no room for the pins; none is pinned then
     * @throws MemoryClosedException if the memory is closed
     */
    public int tryPinAll(long[] handles, long[] pins) {
        Objects.requireNonNull(handles, "handles");
        Objects.requireNonNull(pins, "pins");
        if (pins.length < handles.length) {
            throw new IllegalArgumentException(handles.length + " handles, and room for " + pins.length + " pins");
        }
        StackRoom.forWalk();
        for (long handle : handles) {
            memory.checkPfn(FrameHandle.pfn(handle));
        }
        int pinned = 0;
        for (int i = 0; i < handles.length; i++) {
            pins[i] = tryPin(handles[i]);
            pinned += pins[i] != FrameHandle.NONE ? 1 : 0;
        }
        return pinned;
    }

    /**
     * {@link #unpin} of several pins, one after the other. Each that is given back is replaced by
     * {@link FrameHandle#NONE}, so that after an exception the array holds the rest.
     *
     * @param pins what {@link #tryPinAll} filled; {@link FrameHandle#NONE} is passed over
     * @return how many were given back
     * @throws MisuseException as {@link #unpin}, for the first pin that is refused
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public int unpinAll(long[] pins) {
        Objects.requireNonNull(pins, "pins");
        StackRoom.forWalk();
        int given = 0;
        for (int i = 0; i < pins.length; i++) {
            if (pins[i] != FrameHandle.NONE) {
                unpin(pins[i]);
                pins[i] = FrameHandle.NONE;
                given++;
            }
        }
        return given;
    }

    /**
     * The data of a frame that the caller holds. The segment is as long as the page and lives until {@code arena} is
     * closed, which is to happen before the hold is given back: the segment does not hold the frame, and shows the next
     * owner's data afterwards. Until the arena is closed the memory does not close; an arena that never closes (the
     * global one) keeps it open for ever, an automatic one until it is collected. Takes a lock for a moment.
     *
     * @param handle the handle of a frame that the caller holds, or its pin
     * @param arena when it is closed the segment ends; confined, shared or automatic
     * @return the 4096 bytes of the frame
     * @throws StaleHandleException if the life of the handle is over: the caller does not hold the frame
     * @throws MisuseException if it is no user frame
     * @throws MemoryClosedException if the memory is closed
     * @throws IllegalStateException if the arena is closed
     * @throws WrongThreadException if the arena is confined to another thread
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public MemorySegment view(long handle, Arena arena) {
        Objects.requireNonNull(arena, "arena");
        StackRoom.forPart();
        try {
            long _ = HandleMisuse.requireLife(memory, handle, "view");
            return views.open(memory, handle, HoldLedger.arenaOfView(memory, FrameHandle.ofPin(handle), arena));
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    // ---- readers without a hold, and writers ----------------------------------------------------------------------

    /**
     * Reads eight bytes of a frame of {@link #allocate} without taking it. While a holder writes the frame it waits,
     * and gives up after some 10 milliseconds: a writer that has died in the middle is not waited for. Allocates
     * nothing. Not in the kernel.
     *
     * @param handle a {@link FrameHandle}, or a pin, which stands for its handle
     * @param offset the first byte, 0 to 4088, a multiple of 8
     * @param otherwise what to return if the frame cannot be read
     * @return the bytes, in the order of the machine, as they were at one moment during the call; {@code otherwise} if
     *     the life of the handle is over, the frame is frozen, or writes go on all the time
     * @throws IllegalArgumentException if {@code offset} is no multiple of 8
     * @throws IndexOutOfBoundsException if the frame has no such bytes, or the memory no such frame
     * @throws MisuseException if the frame is in that life, and was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     */
    public long readLong(long handle, long offset, long otherwise) {
        long value = ValidatedRead.readLong(memory, handle, offset, otherwise); // VALID1 to VALID5
        Reference.reachabilityFence(memory);
        return value;
    }

    /**
     * Copies bytes of a frame of {@link #allocate} without taking it: all of one moment, as {@link #readLong}, and it
     * waits as that does. May copy several times. Allocates nothing. Not in the kernel.
     *
     * @param handle a {@link FrameHandle}, or a pin, which stands for its handle
     * @param offset the first byte, 0 to 4096
     * @param target as many bytes as it has are copied, from none to the rest of the frame; if the result is false, its
     *     content is unspecified
     * @return whether they were copied; false if the life of the handle is over, the frame is frozen, or writes go on
     *     all the time
     * @throws IllegalArgumentException if the target is read-only
     * @throws IllegalStateException if the arena of the target is closed
     * @throws WrongThreadException if the target is confined to another thread
     * @throws IndexOutOfBoundsException if the frame has no such bytes, or the memory no such frame
     * @throws MisuseException if the frame is in that life, and was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     */
    public boolean copyOut(long handle, long offset, MemorySegment target) {
        Objects.requireNonNull(target, "target");
        boolean isCopied = ValidatedRead.copyOut(memory, handle, offset, target); // VALID1 to VALID5
        Reference.reachabilityFence(memory);
        return isCopied;
    }

    /**
     * Begins a read in several steps: {@link #peekLong} as often as needed, then {@link #validate}. Never waits. Not in
     * the kernel.
     *
     * @param handle a {@link FrameHandle}, or a pin, which stands for its handle
     * @return the stamp for {@link #validate}; 0 if the life of the handle is over, or the frame is frozen or being
     *     written
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws MisuseException if the frame is in that life, and was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     */
    public long tryRead(long handle) {
        long stamp = ValidatedRead.tryBegin(memory, handle); // VALID1, VALID2
        Reference.reachabilityFence(memory);
        return stamp;
    }

    /**
     * Eight bytes of a frame in whatever state it is: half written, or another owner's by now. Until {@link #validate}
     * has answered true they mean nothing: no index, no length, no loop and no exception may follow from them. Not in
     * the kernel.
     *
     * @param handle the one that {@link #tryRead} was called with
     * @param offset the first byte, 0 to 4088, a multiple of 8
     * @return the bytes, in the order of the machine
     * @throws IllegalArgumentException if {@code offset} is no multiple of 8
     * @throws IndexOutOfBoundsException if the frame has no such bytes, or the memory no such frame
     * @throws MemoryClosedException if the memory is closed
     */
    public long peekLong(long handle, long offset) {
        long value = ValidatedRead.peekLong(memory, handle, offset); // VALID3
        Reference.reachabilityFence(memory);
        return value;
    }

    /**
     * Whether all that {@link #peekLong} returned since {@link #tryRead} was the frame's data at one moment. May be
     * asked several times, for example after each step of a long read. Not in the kernel.
     *
     * @param handle the one that {@link #tryRead} was called with
     * @param stamp what {@link #tryRead} returned; a stamp of another handle is not always noticed
     * @return whether it was; false for a stamp of 0
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws MemoryClosedException if the memory is closed
     */
    public boolean validate(long handle, long stamp) {
        boolean isValid = ValidatedRead.validate(memory, handle, stamp); // VALID4, VALID5
        Reference.reachabilityFence(memory);
        return isValid;
    }

    /**
     * Begins a write to a frame of {@link #allocate} that the caller holds: from now on readers wait, and
     * {@link #tryFreeze} fails. One thread writes a frame at a time; takers are not kept away. Never waits. End with
     * {@link #endWrite}, on any thread, before the hold is given back. A write that never ends leaves readers without
     * an answer until the frame is freed: its owner gives it up with {@link #put}. A caller that holds nothing is not
     * noticed while others hold the frame. Not in the kernel.
     *
     * @param handle the handle of the frame, or its pin
     * @return the stamp for {@link #endWrite}; 0 if another thread writes
     * @throws StaleHandleException if the life of the handle is over
     * @throws DoubleReleaseException if it has no reference: it is frozen, and its owner's alone, or freed at this
     *     moment
     * @throws MisuseException if it was not allocated by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public long beginWrite(long handle) {
        StackRoom.forPart();
        try {
            return FrameWrite.tryBegin(memory, handle); // WRITE1, WRITE2
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    /**
     * Ends a write: readers find what was written. Not in the kernel.
     *
     * @param handle the handle or pin that {@link #beginWrite} was called with
     * @param stamp what it returned
     * @throws StaleHandleException if the life of the handle is over
     * @throws DoubleReleaseException if it is frozen
     * @throws MisuseException if that write does not go on: it has ended before, or never begun; or the frame was not
     *     allocated by handle
     * @throws MemoryClosedException if the memory is closed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public void endWrite(long handle, long stamp) {
        StackRoom.forPart();
        try {
            FrameWrite.end(memory, handle, stamp); // WRITE3
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    private void release(long number, String what, boolean pinned) {
        release(number, what, pinned, false);
    }

    private void release(long number, String what, boolean pinned, boolean makeDirty) {
        StackRoom.forPart(number);
        try {
            long last = HandleRelease.drop(memory, number, what, pinned, makeDirty); // HOLDER1, HOLDER2
            HoldLedger.givenBack(memory, FrameHandle.ofPin(number), pinned);
            if (last != 0) {
                freeFolio(last); // HOLDER3 -> CLOSE4
            }
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    private void freeFolio(long headPfn) {
        FreeBatch batch = new FreeBatch(memory);
        batch.add(headPfn);
        int _ = batch.drain();
    }

    // ---- for close and statistics --------------------------------------------------------------------------------

    /**
     * What is held by handle; close asks when nothing else is out. A take by an outdated handle may be the last to let
     * go of a frame, so it looks again for a moment.
     */
    List<String> held() {
        long deadline = System.nanoTime() + SETTLE_NANOS;
        long frames = memory.framesOut(); // CLOSE4
        while (frames != 0 && System.nanoTime() < deadline) {
            Waits.pause(this, PAUSE_NANOS);
            frames = memory.framesOut();
        }
        return frames == 0 ? List.of() : HeldFrames.describe(memory, frames);
    }

    /** The takes that no session counted. */
    TakeCounts counts() {
        return counts;
    }

    /** The views that are open; asked after {@link #held}, because a view is opened under a hold. */
    List<String> viewed() {
        return views.list();
    }
}
