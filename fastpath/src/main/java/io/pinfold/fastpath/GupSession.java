package io.pinfold.fastpath;

import static io.pinfold.core.foll.FollBits.FOLL_FAST_ONLY;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.handle.HandleGrab;
import io.pinfold.core.memory.handle.ScopedRead;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.words.StackRoom;
import io.pinfold.fastpath.walk.FastCalls;
import io.pinfold.fastpath.walk.SessionDoor;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The door to the lock-free walk: takes references on the pages behind an address range without a lock.
 *
 * <p>A session belongs to one physical memory; address spaces are arguments. It holds a walker slot, which shows a
 * thread that frees page tables that a walk is running; an idle or forgotten session delays no thread.
 *
 * <p><b>Threading.</b> A session belongs to the thread that opened it, platform or virtual, and a call by another one
 * throws {@link MisuseException}. {@link #detach} and {@link #attach} hand it over. Many threads, or virtual threads:
 * one session each, or a {@link GupSessionPool}. Batches are released by any thread without a session (see {@link
 * PhysicalMemory}).
 *
 * <p><b>Result of the four calls.</b> Either {@code n} with 1 &lt;= n &lt;= pages: the batch holds references on the
 * first n pages of the range, and says in {@code stopReason()} why it is not more. Or a negative errno: nothing is
 * held. 0 pages asked for: 0. The fast-only calls also answer 0 when the walk could not have even the first page; what
 * stops them is EAGAIN.
 * <ul>
 * <li>-EINVAL: options that the call does not accept, a negative number of pages;
 * <li>-EOVERFLOW: the end of the range is not an address;
 * <li>-EFAULT: the range ends beyond user space, or nothing is mapped at its start, or not with that permission;
 * absent, with noFault; poisoned;
 * <li>-ENOMEM: a fault found no frame, a count is about to overflow, or longTerm met a page that must stay
 * movable;
 * <li>-EOPNOTSUPP: longTerm met memory of a file-system DAX file.
 * </ul>
 * The start is rounded down to its page. What the walk obtained is kept whatever the slow path meets afterwards. What a
 * driver throws in a fault reaches the caller, and then nothing is held.
 *
 * <p><b>Misuse throws</b> before anything is taken: a batch that holds pages, is closed, too small or of another
 * memory; a space of another memory or closed; a closed session or memory. Null is refused with a NullPointerException,
 * too, which names the parameter.
 *
 * <p>Kernel: get_user_pages_fast(), pin_user_pages_fast() and their fast_only forms.
 *
 * {@snippet :
 * PageBatch<Hold.Pin> batch = memory.newPageBatch(16); // used again and again
 * int pinned = session.pinUserPagesFast(space, address, 16, GupOptions.WRITE, batch);
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
@SuppressWarnings("exports") // of the superclass, which has no members for users
public final class GupSession extends SessionDoor implements AutoCloseable {

    private final PhysicalMemory memory;
    private final SessionSlot slot;
    private final HandleGrab byHandle;
    private final ScopedRead scoped;

    private GupSession(PhysicalMemory memory, SessionSlot slot) {
        super(memory, slot);
        this.memory = memory;
        this.slot = slot;
        this.byHandle = new HandleGrab(Bridge.core(memory), slot);
        this.scoped = new ScopedRead(Bridge.core(memory), slot);
    }

    /**
     * Opens a session.
     *
     * @param memory where the pages are
     * @return a session of the calling thread
     * @throws MemoryClosedException if the memory is closed
     */
    public static GupSession open(PhysicalMemory memory) {
        StackRoom.forWalk();
        return new GupSession(memory, Bridge.core(memory).slots().openForThread());
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
     * @param options READ or WRITE, and force, noFault
     * @param batch an empty batch of this memory
     * @return pages obtained, or a negative errno; see the class comment
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or the session belongs to
     *         another thread
     * @throws MemoryClosedException if the memory is closed
     */
    public int getUserPagesFast(AddressSpace space, long address, int pages, GupOptions options,
            Batch<Hold.Get> batch) {
        return FastCalls.get(this, space, address, pages, Bridge.flags(options),
                Bridge.required(batch));
    }

    /**
     * Pins each page of a range: for data that a device or another thread reads or writes. Release with
     * {@link PhysicalMemory#unpinUserPages(Batch)} or {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}.
     * Kernel: pin_user_pages_fast().
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param options READ or WRITE, and longTerm, force, noFault
     * @param batch an empty batch of this memory
     * @return pages obtained, or a negative errno; see the class comment
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or the session belongs to
     *         another thread
     * @throws MemoryClosedException if the memory is closed
     */
    public int pinUserPagesFast(AddressSpace space, long address, int pages, GupOptions options,
            Batch<Hold.Pin> batch) {
        return FastCalls.pin(this, space, address, pages, Bridge.flags(options),
                Bridge.required(batch));
    }

    /**
     * {@link #getUserPagesFast}, but never enters the slow path: it takes no lock, does not fault and does not wait.
     * Release with {@link PhysicalMemory#putPages(Batch)}. Kernel: get_user_pages_fast_only().
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param options as for {@link #getUserPagesFast}
     * @param batch an empty batch of this memory
     * @return pages obtained, may be 0; or a negative errno for illegal arguments
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or the session belongs to
     *         another thread
     * @throws MemoryClosedException if the memory is closed
     */
    public int getUserPagesFastOnly(AddressSpace space, long address, int pages, GupOptions options,
            Batch<Hold.Get> batch) {
        return FastCalls.get(this, space, address, pages, Bridge.flags(options) | FOLL_FAST_ONLY,
                Bridge.required(batch));
    }

    /**
     * {@link #pinUserPagesFast}, but never enters the slow path: it takes no lock, does not fault and does not wait.
     * Release with {@link PhysicalMemory#unpinUserPages(Batch)} or
     * {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}. Kernel: pin_user_pages_fast_only().
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param options as for {@link #pinUserPagesFast}
     * @param batch an empty batch of this memory
     * @return pages obtained, may be 0; or a negative errno for illegal arguments
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or the session belongs to
     *         another thread
     * @throws MemoryClosedException if the memory is closed
     */
    public int pinUserPagesFastOnly(AddressSpace space, long address, int pages, GupOptions options,
            Batch<Hold.Pin> batch) {
        return FastCalls.pin(this, space, address, pages, Bridge.flags(options) | FOLL_FAST_ONLY,
                Bridge.required(batch));
    }

    /**
     * Takes a plain reference on a frame by its handle, unless the frame is in another life, free or frozen. Takes no
     * lock, allocates nothing. {@link FrameHandles#tryGet} needs no session, but allocates for a page of other owners.
     * Release with {@link FrameHandles#put}, on any thread.
     *
     * @param handle a {@link io.pinfold.core.gup.FrameHandle}; NONE is refused
     * @return whether the frame is held
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws MisuseException if the session is closed, or belongs to another thread
     * @throws MemoryClosedException if the memory is closed
     */
    public boolean tryGet(long handle) {
        return byHandle.tryGet(handle);
    }

    /**
     * Pins a frame by its handle, unless the frame is in another life, free or frozen. Takes no lock, allocates
     * nothing, and counts the pin in the session by a plain addition: {@link FrameHandles#tryPin}, which needs no
     * session, pays a locked instruction for that. Not for long-term pins. Release with {@link FrameHandles#unpin}, on
     * any thread.
     *
     * @param handle a {@link io.pinfold.core.gup.FrameHandle}; NONE is refused
     * @return the pin, which {@link FrameHandles#unpin} takes; {@link io.pinfold.core.gup.FrameHandle#NONE} if the
     *         frame is not pinned
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws MisuseException if the session is closed, or belongs to another thread
     * @throws MemoryClosedException if the memory is closed
     */
    public long tryPin(long handle) {
        return byHandle.tryPin(handle);
    }

    /**
     * Opens the session's read scope: protected frames ({@link FrameHandles#allocateProtected}) that {@link
     * #isReadable} finds from now on can be read without a hold until {@link #endScope}, even if they are freed
     * meanwhile. What was found before has to be asked for again. An open scope keeps such frames from being used
     * again, and the memory from closing, but no call waits for it. Walks, pins and releases are as outside. It ends
     * when nothing refers to the session any more; that of a thread that has ended goes over to the thread that
     * attaches the session. Waits while a close is looking for users. Allocates nothing. Release with {@link
     * #endScope}. Not in the kernel; compare rcu_read_lock().
     *
     * {@snippet :
     * session.beginScope();
     * try {
     *     for (long handle : handles) {
     *         if (session.isReadable(handle)) { // else it was evicted
     *             sum += session.readLong(handle, 0);
     *         }
     *     }
     * } finally {
     *     session.endScope();
     * }
     * }
     *
     * @throws MisuseException if the scope is open: scopes are not nested; or the session is closed, or belongs to
     *         another thread
     * @throws MemoryClosedException if the memory is closed
     */
    public void beginScope() {
        scoped.scope().begin();
    }

    /**
     * Closes the read scope: what was found in it must not be read any more.
     *
     * @throws MisuseException if no scope is open, the session is closed, or it belongs to another thread
     * @throws MemoryClosedException if the memory is closed
     */
    public void endScope() {
        scoped.scope().end();
    }

    /**
     * Closes the read scope and opens it anew, for long scans: frames that were retired before this call need not wait
     * any longer. What was found before has to be asked for again. Waits while a close is looking for users; if it
     * throws for that, no scope is open.
     *
     * @throws MisuseException if no scope is open, the session is closed, or it belongs to another thread
     * @throws MemoryClosedException if the memory was closed in between
     */
    public void renewScope() {
        scoped.scope().renew();
    }

    /**
     * Whether a protected frame is in the life of a handle. If so, it can be read until the scope ends, even if another
     * thread frees it. Never waits, allocates nothing. Not in the kernel.
     *
     * @param handle a {@link io.pinfold.core.gup.FrameHandle}, or a pin, which stands for its handle
     * @return whether it is; false once the frame was freed
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws MisuseException if the frame is in that life, and was not allocated as a protected one; or no scope is
     *         open, the session is closed, or it belongs to another thread
     * @throws MemoryClosedException if the memory is closed
     */
    public boolean isReadable(long handle) {
        return scoped.isReadable(handle);
    }

    /**
     * Reads eight bytes of a protected frame that {@link #isReadable} has found in this scope; it may have been freed
     * since. A scope keeps the frame, and no writer away: a write at the same time may be read, or not. Never waits,
     * allocates nothing. Not in the kernel.
     *
     * @param handle a {@link io.pinfold.core.gup.FrameHandle}, or a pin, which stands for its handle
     * @param offset the first byte, 0 to 4088, a multiple of 8
     * @return the bytes, in the order of the machine
     * @throws IllegalArgumentException if {@code offset} is no multiple of 8
     * @throws IndexOutOfBoundsException if the frame has no such bytes, or the memory no such frame
     * @throws io.pinfold.core.gup.StaleHandleException if the life of the handle was over before the scope found it
     * @throws MisuseException as for {@link #isReadable}
     * @throws MemoryClosedException if the memory is closed
     */
    public long readLong(long handle, long offset) {
        return scoped.readLong(handle, offset);
    }

    /**
     * Copies bytes of a protected frame as {@link #readLong} reads them: of one write at the same time some may be
     * copied, and some not ({@link FrameHandles#copyOut} notices that). Not in the kernel.
     *
     * @param handle a {@link io.pinfold.core.gup.FrameHandle}, or a pin, which stands for its handle
     * @param offset the first byte, 0 to 4096
     * @param target as many bytes as it has are copied, from none to the rest of the frame
     * @throws IllegalArgumentException if the target is read-only
     * @throws IllegalStateException if the arena of the target is closed
     * @throws WrongThreadException if the target is confined to another thread
     * @throws IndexOutOfBoundsException if the frame has no such bytes, or the memory no such frame
     * @throws io.pinfold.core.gup.StaleHandleException if the life of the handle was over before the scope found it
     * @throws MisuseException as for {@link #isReadable}
     * @throws MemoryClosedException if the memory is closed
     */
    public void copyOut(long handle, long offset, MemorySegment target) {
        scoped.copyOut(handle, offset, Objects.requireNonNull(target, "target"));
    }

    /**
     * Ends the ownership of the calling thread, so that another thread can {@link #attach} the session. What this
     * thread did before, the next owner sees.
     *
     * @throws MisuseException if the session belongs to another thread, or is closed; or its read scope is open
     * @throws MemoryClosedException if the memory is closed
     */
    public void detach() {
        slot.detach();
    }

    /**
     * Makes the calling thread the owner of a session that was detached, or whose owner has ended; nothing happens if
     * it is the owner already.
     *
     * @throws MisuseException if another thread is the owner, or the session is closed
     * @throws MemoryClosedException if the memory is closed
     */
    public void attach() {
        slot.attach();
    }

    /** For a pool, which orders the calls of one borrower before those of the next: the calling thread is the owner. */
    void lend() {
        slot.lend();
    }

    /** For a pool: no thread is the owner. */
    void endLoan() {
        slot.endLoan();
    }

    /**
     * Gives the slot back. Batches filled through this session are not affected. A second call does nothing. By the
     * owner; by any thread if the session is detached or its owner has ended.
     *
     * @throws MisuseException if a call is running on this session, its read scope is open, or it belongs to another
     *         thread that lives
     */
    @Override
    public void close() {
        slot.close();
    }
}
