package io.pinfold.fastpath;

import static io.pinfold.core.gup.FollFlags.FOLL_FAST_ONLY;
import static io.pinfold.core.gup.FollFlags.FOLL_GET;
import static io.pinfold.core.gup.FollFlags.FOLL_PIN;

import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.batch.PageList;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.handle.HandleGrab;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.slow.FlagRules;
import io.pinfold.core.mm.slow.SlowGupCalls;
import io.pinfold.core.mm.slow.SlowResult;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.StackRoom;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * The door to the lock-free walk: takes references on the pages behind an address range without a lock.
 *
 * <p>A session belongs to one physical memory; address spaces are arguments. It holds a walker slot, which tells
 * whoever frees page tables that a walk is running; an idle or forgotten session holds up nobody.
 *
 * <p><b>Threading.</b> One thread at a time; it may be handed over. Two calls at once on one session are detected, and
 * the second throws {@link MisuseException}. Many threads, or virtual threads: one session each, or a {@link
 * GupSessionPool}. Batches are released by any thread without a session (see {@link PhysicalMemory}).
 *
 * <p><b>Result of the four calls.</b> Either {@code n} with 1 &lt;= n &lt;= pages: the batch holds references on the
 * first n pages of the range, and says in {@code stopReason()} why it is not more. Or a negative errno: nothing is
 * held. 0 pages asked for: 0. The fast-only calls also answer 0 when the walk could not have even the first page.
 * <ul>
 * <li>-EINVAL: illegal flags, a negative number of pages, no batch;
 * <li>-EOVERFLOW: the end of the range is not an address;
 * <li>-EFAULT: the range ends beyond user space, or nothing is mapped at its start, or not with that permission;
 * <li>-ENOMEM: a fault found no frame, a count is about to overflow, or FOLL_LONGTERM met a page that must stay
 * movable;
 * <li>-EOPNOTSUPP: FOLL_LONGTERM met memory of a file-system DAX file.
 * </ul>
 * The start is rounded down to its page. What the walk obtained is kept whatever the slow path meets afterwards. What a
 * driver throws in a fault reaches the caller, and then nothing is held.
 *
 * <p><b>Misuse throws</b> before anything is taken: a batch that holds pages, is closed, too small or of another
 * memory; a space of another memory or closed; a closed session or memory.
 *
 * <h2>Protocol: one call</h2>
 *
 * <pre>
 * CALL1 flags legal? else -EINVAL, before any side effect
 * CALL2 is the range in user space, the batch empty and large enough?
 * CALL3 a pin: set HAS_PINNED, tested first; before WALK2
 * CALL4 the walk, in the slot: WALK1 to WALK10
 * CALL5 all obtained: the batch holds them (BATCH2)
 * CALL6 not all: the slow path for the rest, unless fast-only; the prefix stays
 * </pre>
 *
 * <p>Kernel: get_user_pages_fast(), pin_user_pages_fast() and their fast_only forms.
 *
 * {@snippet :
 * PageBatch batch = memory.newPageBatch(16); // used again and again
 * int pinned = session.pinUserPagesFast(space, address, 16, FollFlags.FOLL_WRITE, batch);
 * if (pinned < 0) {
 *     throw new IOException(Errno.nameOf(pinned)); // nothing is held
 * }
 * try {
 *     for (int i = 0; i < pinned; i++) {
 *         device.accept(batch.pfn(i)); // the device writes to the frame
 *     }
 * } finally {
 *     memory.unpinUserPagesDirtyLock(batch, true);
 * }
 * }
 */
public final class GupSession implements AutoCloseable {

    private final PhysicalMemory memory;
    private final MemoryCore core;
    private final WalkerSlot slot;
    private final WalkTally tally;
    private final FastWalk walk;
    private final HandleGrab byHandle;

    private GupSession(PhysicalMemory memory) {
        this.memory = memory;
        MemoryCore core = Bridge.core(memory);
        this.core = core;
        this.slot = core.slots().open(0);
        this.tally = new WalkTally(core, slot);
        this.walk = new FastWalk(core, tally, slot.stripe());
        this.byHandle = new HandleGrab(core, Bridge.holds(memory), slot);
    }

    /**
     * Opens a session.
     *
     * @param memory where the pages are
     * @return a session for one thread at a time
     * @throws MemoryClosedException if the memory is closed
     */
    public static GupSession open(PhysicalMemory memory) {
        StackRoom.forWalk();
        return new GupSession(memory);
    }

    /**
     * Opens sessions to be shared by many threads.
     *
     * @param memory where the pages are
     * @param n      sessions, 1 to 64: as many calls can walk at once
     * @return the pool
     * @throws IllegalArgumentException if {@code n} is not in range
     * @throws MemoryClosedException    if the memory is closed
     */
    public static GupSessionPool pool(PhysicalMemory memory, int n) {
        return new GupSessionPool(memory, n);
    }

    /**
     * The memory this session walks.
     *
     * @return what was passed to {@link #open}
     */
    public PhysicalMemory memory() {
        return memory;
    }

    /**
     * Takes a plain reference on each page of a range: for the page record, not for its data. Release with
     * {@link PhysicalMemory#putPages(Batch)}. Kernel: get_user_pages_fast().
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param flags   FOLL_WRITE, FOLL_FORCE, FOLL_NOFAULT, FOLL_FAST_ONLY; FOLL_GET is implied
     * @param batch an empty batch of this memory; without one the answer is -EINVAL
     * @return pages obtained, or a negative errno; see the class comment
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or another thread is in a
     *         call of the session
     * @throws MemoryClosedException if the memory is closed
     */
    public int getUserPagesFast(AddressSpace space, long address, int pages, int flags, @Nullable Batch batch) {
        int illegal = FlagRules.checkFast(flags, false); // CALL1
        return illegal != 0 ? illegal : obtain(space, address, pages, flags | FOLL_GET, batch);
    }

    /**
     * Pins each page of a range: for data that a device or another thread reads or writes. Release with
     * {@link PhysicalMemory#unpinUserPages(Batch)} or {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}.
     * Kernel: pin_user_pages_fast().
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param flags   FOLL_WRITE, FOLL_LONGTERM, FOLL_FORCE, FOLL_NOFAULT, FOLL_FAST_ONLY
     * @param batch an empty batch of this memory; without one the answer is -EINVAL
     * @return pages obtained, or a negative errno; see the class comment
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or another thread is in a
     *         call of the session
     * @throws MemoryClosedException if the memory is closed
     */
    public int pinUserPagesFast(AddressSpace space, long address, int pages, int flags, @Nullable Batch batch) {
        int illegal = FlagRules.checkFast(flags, true); // CALL1
        return illegal != 0 ? illegal : obtain(space, address, pages, flags | FOLL_PIN, batch);
    }

    /**
     * {@link #getUserPagesFast}, but never enters the slow path: it takes no lock, does not fault and does not wait.
     * Release with {@link PhysicalMemory#putPages(Batch)}. Kernel: get_user_pages_fast_only().
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param flags   as for {@link #getUserPagesFast}
     * @param batch an empty batch of this memory; without one the answer is -EINVAL
     * @return pages obtained, may be 0; or a negative errno for illegal arguments
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or another thread is in a
     *         call of the session
     * @throws MemoryClosedException if the memory is closed
     */
    public int getUserPagesFastOnly(AddressSpace space, long address, int pages, int flags, @Nullable Batch batch) {
        return getUserPagesFast(space, address, pages, flags | FOLL_FAST_ONLY, batch);
    }

    /**
     * {@link #pinUserPagesFast}, but never enters the slow path: it takes no lock, does not fault and does not wait.
     * Release with {@link PhysicalMemory#unpinUserPages(Batch)} or
     * {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}. Kernel: pin_user_pages_fast_only().
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param flags   as for {@link #pinUserPagesFast}
     * @param batch an empty batch of this memory; without one the answer is -EINVAL
     * @return pages obtained, may be 0; or a negative errno for illegal arguments
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or another thread is in a
     *         call of the session
     * @throws MemoryClosedException if the memory is closed
     */
    public int pinUserPagesFastOnly(AddressSpace space, long address, int pages, int flags, @Nullable Batch batch) {
        return pinUserPagesFast(space, address, pages, flags | FOLL_FAST_ONLY, batch);
    }

    /**
     * Takes a plain reference on a frame by its handle, unless the frame is in another life, free or frozen. Takes no
     * lock, allocates nothing. Release with {@link FrameHandles#put}, on any thread.
     *
     * @param handle a {@link io.pinfold.core.gup.FrameHandle}; NONE is refused
     * @return whether the frame is held
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws MisuseException if the session is closed, or another thread is in a call of it
     * @throws MemoryClosedException if the memory is closed
     */
    public boolean tryGet(long handle) {
        return byHandle.tryGet(handle);
    }

    /**
     * Pins a frame by its handle, unless the frame is in another life, free or frozen. Takes no lock, allocates
     * nothing. Not for long-term pins. Release with {@link FrameHandles#unpin}, on any thread.
     *
     * @param handle a {@link io.pinfold.core.gup.FrameHandle}; NONE is refused
     * @return whether the frame is pinned
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws MisuseException if the session is closed, or another thread is in a call of it
     * @throws MemoryClosedException if the memory is closed
     */
    public boolean tryPin(long handle) {
        return byHandle.tryPin(handle);
    }

    /**
     * Gives the slot back. Batches filled through this session are not affected. A second call does nothing.
     *
     * @throws MisuseException if a call is running on this session
     */
    @Override
    public void close() {
        slot.close();
    }

    /** CALL3 to CALL6; flags are legal and hold FOLL_GET or FOLL_PIN. */
    private int obtain(AddressSpace space, long address, int pages, int flags, @Nullable Batch given) {
        StackRoom.forWalk(pages);
        if (given == null) {
            return -Errno.EINVAL;
        }
        long start = address & ~Geometry.PAGE_OFFSET_MASK;
        if (pages <= 0 || start < 0 || start > Geometry.USER_END - ((long) pages << Geometry.PAGE_SHIFT)) { // CALL2
            return outsideUserSpace(start, pages);
        }
        if (space.memory() != memory) {
            throw foreign(space);
        }
        HeldPages batch = Bridge.held(given);
        batch.requireFor(core, pages);
        long control = Bridge.control(space);
        if ((flags & FOLL_PIN) != 0) {
            MmControl.setHasPinned(control); // CALL3
        }
        int n = walk(control, start, pages, flags, batch);
        // The control block must outlive the walk that reads it.
        Reference.reachabilityFence(space);
        try {
            if (!batch.deferred().isEmpty()) {
                int _ = batch.deferred().drain();
            }
            if (n == pages) { // CALL5
                batch.commit((flags & FOLL_PIN) != 0);
                return n;
            }
            return finish(space, start, pages, n, flags, batch);
        } catch (Throwable thrown) { // by a driver in a fault, above all: as if it had never been asked
            if (batch.isFilling()) {
                batch.rollBack((flags & FOLL_PIN) != 0, thrown);
            }
            throw thrown;
        }
    }

    /** WALK1 to WALK10; the batch is filling afterwards, unless this throws before WALK3. */
    private int walk(long control, long start, int pages, int flags, HeldPages batch) {
        int n;
        slot.enter(); // WALK1
        try {
            // After enter: a batch leaves EMPTY only where the memory cannot close under it (PhysicalMemory, KEEP3).
            int @Nullable [] entries = null;
            if (batch instanceof PageList list) {
                entries = list.beginFillEntries();
            } else {
                batch.beginFill();
            }
            try {
                tally.begin(batch);
                n = walk.obtain(control, start, pages, flags, entries); // CALL4
                if (batch instanceof PageList list) {
                    list.filled(n);
                }
                tally.obtained(n, flags);
            } finally {
                walk.release();
            }
        } finally {
            slot.exit(); // WALK10
        }
        return n;
    }

    /** The walk obtained {@code n} pages of {@code pages}: CALL5 and CALL6. */
    private int finish(AddressSpace space, long start, int pages, int n, int flags, HeldPages batch) {
        int errno = Errno.EAGAIN;
        int total = n;
        if ((flags & FOLL_FAST_ONLY) == 0) { // CALL6
            long result = fallBack(space, start + ((long) n << Geometry.PAGE_SHIFT), pages - n, flags, batch, n);
            total += SlowResult.pages(result);
            errno = SlowResult.errno(result);
        } else if (n == 0 && space.isClosed()) {
            throw closed(space);
        }
        long stop = total == pages ? 0 : start + ((long) total << Geometry.PAGE_SHIFT);
        if (total == 0) {
            batch.abandon(errno, stop);
        } else {
            batch.commit((flags & FOLL_PIN) != 0, errno, stop);
        }
        // What the walk obtained is never given back because of a later error.
        return total > 0 || (flags & FOLL_FAST_ONLY) != 0 ? total : -errno;
    }

    private static long fallBack(AddressSpace space, long start, int pages, int flags, HeldPages batch, int n) {
        long result = SlowGupCalls.fallBack(Bridge.mm(space), start, pages, flags, batch);
        if (result != SlowResult.SPACE_CLOSED) {
            return result;
        }
        if (n == 0) {
            throw closed(space);
        }
        // The space was closed meanwhile: the next call says so. These pages are held.
        return SlowResult.of(0, Errno.EFAULT);
    }

    private static MisuseException closed(AddressSpace space) {
        return new MisuseException("address space " + space.id() + " is closed");
    }

    /** What is wrong with a range that is empty or not inside user space. */
    private static int outsideUserSpace(long start, int pages) {
        if (pages <= 0) {
            return pages == 0 ? 0 : -Errno.EINVAL;
        }
        long end = start + ((long) pages << Geometry.PAGE_SHIFT);
        return Long.compareUnsigned(end, start) < 0 ? -Errno.EOVERFLOW : -Errno.EFAULT;
    }

    private IllegalArgumentException foreign(AddressSpace space) {
        return new IllegalArgumentException("address space " + space.id() + " belongs to " + space.memory()
                + ", this session to " + memory);
    }
}
