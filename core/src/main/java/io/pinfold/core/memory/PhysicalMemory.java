package io.pinfold.core.memory;

import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.WrongKindException;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.internal.MemoryDoor;
import io.pinfold.core.memory.batch.BatchRelease;
import io.pinfold.core.memory.batch.ExtentList;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.batch.PageList;
import io.pinfold.core.memory.frame.LongtermRule;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.frame.Use;
import io.pinfold.core.memory.zone.MemoryMap;
import io.pinfold.core.words.HeavyFence;
import io.pinfold.core.words.StackRoom;
import java.util.Objects;

/**
 * Physical memory: frames of 4096 bytes, a 64-byte record for each, and everything that hands them out and takes them
 * back. Reserved, not committed: a frame costs memory from its first use on. A memory that is dropped without
 * {@link #close} stays reserved until the process ends; the addresses of a closed one go when nothing refers to it any
 * more. Several memories in one process are normal. All methods may be
 * called from any thread.
 */
@SuppressWarnings("exports") // of the superclass, which has no members for users
public final class PhysicalMemory extends MemoryDoor implements AutoCloseable {
    private final MemoryOptions options;
    private final MemoryCore core;
    private final FrameHandles handles;

    private PhysicalMemory(MemoryOptions options, MemoryCore core) {
        super(core);
        this.options = options;
        this.core = core;
        this.handles = new FrameHandles(core);
    }

    /**
     * Reserves a memory. Without room for it a collection is started, which returns the addresses of closed memories
     * that nothing refers to.
     *
     * @param options sizes in bytes, and how they are divided
     * @return a memory that is open; {@link #close} gives it back
     * @throws IllegalStateException if the system refuses the address space; the message names size, limit and remedy
     */
    public static PhysicalMemory open(MemoryOptions options) {
        Objects.requireNonNull(options, "options is null: MemoryOptions.ofRam makes some");
        MemoryMap map = new MemoryMap(options.ramBytes(), options.movableBytes(), options.deviceBytes(),
                options.nodes());
        return new PhysicalMemory(options, MemoryCore.reserve(map));
    }

    // ---- geometry ------------------------------------------------------------------------------------------------

    /** {@return what it was opened with} */
    public MemoryOptions options() {
        return options;
    }

    /** {@return the end of the pfn space, in frames: RAM, hole and device window} */
    public long frames() {
        return core.frames();
    }

    /** {@return frames of RAM; they start at pfn 0} */
    public long ramFrames() {
        return core.ramFrames();
    }

    /** {@return first frame of the device window, which reaches to {@link #frames}; equal to it when there is none} */
    public long deviceStart() {
        return core.deviceStart();
    }

    /** {@return frame number of the shared frame of zeros; its content is never written} */
    public long zeroPfn() {
        return core.zeroPfn();
    }

    /** {@return number of nodes, at least 1} */
    public int nodes() {
        return core.nodes();
    }

    /**
     * {@return the node of a frame; 0 outside RAM}
     *
     * @param pfn frame number, 0 to {@link #frames} - 1
     * @throws IndexOutOfBoundsException if there is no such frame
     */
    public int nodeOf(long pfn) {
        return core.nodeOf(pfn);
    }

    /**
     * {@return the zone of a frame}
     *
     * @param pfn frame number, 0 to {@link #frames} - 1
     * @throws IndexOutOfBoundsException if there is no such frame
     */
    public ZoneKind zoneOf(long pfn) {
        return core.zoneOf(pfn);
    }

    /**
     * Whether a long-term pin may hold the page: not in ZONE_MOVABLE, nor in a CMA or ISOLATE pageblock, and of device
     * memory only that of type GENERIC; the zero page always. A folio is held as a whole, so none of its pageblocks
     * may be one of those. Means something only while the page is held. Not from inside a walker slot.
     * Kernel: folio_is_longterm_pinnable().
     *
     * @param pfn frame number, 0 to {@link #frames} - 1
     * @return whether it may
     * @throws IndexOutOfBoundsException if there is no such frame
     * @throws MemoryClosedException if the memory is closed
     */
    public boolean isLongtermPinnable(long pfn) {
        return isLongtermPinnable(pfn, 1);
    }

    /**
     * The same for {@code pages} pages from {@code pfn} on, all of one folio; true of no pages.
     *
     * @param pfn frame number of the first page
     * @param pages how many, 0 or more
     * @return whether it may hold all of them
     * @throws IndexOutOfBoundsException if the memory has no such frames, or {@code pages} is negative
     * @throws MemoryClosedException if the memory is closed
     */
    public boolean isLongtermPinnable(long pfn, int pages) {
        core.checkPfn(pfn);
        if (pages < 0 || pages > frames() - pfn) {
            throw new IndexOutOfBoundsException(pages + " pages from pfn " + pfn + " on are not in 0.." + (frames() - 1)
                    + " of " + this);
        }
        boolean[] isPinnable = new boolean[1];
        core.inspect(() -> isPinnable[0] = LongtermRule.allows(core, pfn, pages)); // KEEP4
        return isPinnable[0];
    }

    // ---- parts ---------------------------------------------------------------------------------------------------

    /** {@return the frames held by handle: what buffer pools are made of} */
    public FrameHandles handles() {
        return handles;
    }

    /**
     * Gives the huge zero page up if no open address space has mapped it. Its frames come back when the last get or
     * pin on it is released. Not from inside a walker slot. Kernel: shrink_huge_zero_page_scan().
     *
     * @return whether there was one, and it was unused
     * @throws MemoryClosedException if the memory is closed
     */
    public boolean shrinkHugeZero() {
        StackRoom.forCall();
        try (Use _ = core.use("shrinker of the huge zero page")) {
            return core.hugeZero().shrink();
        }
    }

    /** {@return the pagemaps of its device window} */
    public DevPagemaps pagemaps() {
        return core.pagemaps();
    }

    /**
     * {@link PageBatch#create} for this memory.
     *
     * @param <H> what it will hold, {@link Hold.Get} or {@link Hold.Pin}
     * @param capacity most pages it can hold, at least 1
     * @return an empty batch
     * @throws IllegalArgumentException if {@code capacity} is less than 1
     * @throws MemoryClosedException if the memory is closed
     */
    public <H extends Hold> PageBatch<H> newPageBatch(int capacity) {
        return PageBatch.create(this, capacity);
    }

    /**
     * {@link ExtentBatch#create} for this memory.
     *
     * @param <H> what it will hold, {@link Hold.Get} or {@link Hold.Pin}
     * @param capacity most extents it can hold, at least 1
     * @return an empty batch
     * @throws IllegalArgumentException if {@code capacity} is less than 1
     * @throws MemoryClosedException if the memory is closed
     */
    public <H extends Hold> ExtentBatch<H> newExtentBatch(int capacity) {
        return ExtentBatch.create(this, capacity);
    }

    /** {@return statistics, summed up now; also of a closed memory} */
    public VmStat vmStat() {
        StackRoom.forPart();
        return VmStats.sum(this);
    }

    // ---- release -------------------------------------------------------------------------------------------------

    /**
     * Gives back everything that a get call obtained, on any thread and without a session. Kernel: put_page() for each
     * page.
     *
     * @param batch a batch of this memory that holds gets
     * @return pages given back
     * @throws DoubleReleaseException if the batch holds nothing: released before
     * @throws WrongKindException if the batch holds pins
     * @throws MisuseException if the batch is in use by another thread, or closed
     * @throws MemoryClosedException if the memory is closed
     * @throws IllegalArgumentException if the batch belongs to another memory
     */
    public int putPages(Batch<Hold.Get> batch) {
        return BatchRelease.put(core, checked(batch));
    }

    /**
     * Gives back {@code count} pages of a list of gets, from entry {@code from} on; the others stay held.
     * Kernel: put_page() for each page.
     *
     * @param batch a batch of this memory that holds gets
     * @param from number of the first page, from 0
     * @param count how many pages, 0 or more
     * @return pages given back, {@code count}
     * @throws IndexOutOfBoundsException if the batch does not have these entries
     * @throws DoubleReleaseException if one of them was given back before; nothing is dropped then
     * @throws MisuseException as for {@link #putPages(Batch)}; nothing is dropped then
     * @throws IllegalArgumentException if the batch belongs to another memory
     */
    public int putPages(PageBatch<Hold.Get> batch, int from, int count) {
        return BatchRelease.putPart(core, (PageList) checked(batch), from, count);
    }

    /**
     * Gives back {@code count} pages of one extent of gets, from its page {@code from} on; the others stay held.
     * Kernel: put_page() for each page.
     *
     * @param batch a batch of this memory that holds gets
     * @param extent number of the extent, from 0
     * @param from number of the first page in the extent, from 0
     * @param count how many pages, 0 or more
     * @return pages given back, {@code count}
     * @throws IndexOutOfBoundsException if the batch or the extent does not have these pages
     * @throws MisuseException if a part in the middle leaves more extents than there is room for, or as for
     *         {@link #putPages(Batch)}; nothing is dropped then
     * @throws IllegalArgumentException if the batch belongs to another memory
     */
    public int putPages(ExtentBatch<Hold.Get> batch, int extent, int from, int count) {
        return BatchRelease.putPart(core, (ExtentList) checked(batch), extent, from, count);
    }

    /**
     * Gives back everything that a pin call obtained, on any thread and without a session. Kernel: unpin_user_pages().
     *
     * @param batch a batch of this memory that holds pins
     * @return pages given back
     * @throws DoubleReleaseException if the batch holds nothing: released before
     * @throws WrongKindException if the batch holds gets
     * @throws MisuseException if the batch is in use by another thread, or closed
     * @throws MemoryClosedException if the memory is closed
     * @throws IllegalArgumentException if the batch belongs to another memory
     */
    public int unpinUserPages(Batch<Hold.Pin> batch) {
        return BatchRelease.unpin(core, checked(batch));
    }

    /**
     * {@link #unpinUserPages(Batch)}, and with {@code makeDirty} marks every page dirty first, under its lock: for a
     * caller that wrote to the data. May wait for page locks. Kernel: unpin_user_pages_dirty_lock().
     *
     * @param batch a batch of this memory that holds pins
     * @param makeDirty whether to mark each page dirty first: true if the data was written to
     * @return pages given back
     * @throws MisuseException as for {@link #unpinUserPages(Batch)}
     * @throws IllegalArgumentException if the batch belongs to another memory
     */
    public int unpinUserPagesDirtyLock(Batch<Hold.Pin> batch, boolean makeDirty) {
        HeldPages held = checked(batch);
        return makeDirty ? BatchRelease.unpinDirty(core, held) : BatchRelease.unpin(core, held);
    }

    /**
     * {@link #unpinUserPagesDirtyLock(Batch, boolean)} for a part of a list; the others stay held.
     * Kernel: unpin_user_pages_dirty_lock().
     *
     * @param batch a batch of this memory that holds pins
     * @param from number of the first page, from 0
     * @param count how many pages, 0 or more
     * @param makeDirty whether to mark each page dirty first: true if the data was written to
     * @return pages given back, {@code count}
     * @throws IndexOutOfBoundsException if the batch does not have these entries
     * @throws DoubleReleaseException if one of them was given back before; nothing is dropped then
     * @throws MisuseException as for {@link #unpinUserPages(Batch)}
     * @throws IllegalArgumentException if the batch belongs to another memory
     */
    public int unpinUserPagesDirtyLock(PageBatch<Hold.Pin> batch, int from, int count, boolean makeDirty) {
        PageList held = (PageList) checked(batch);
        return makeDirty ? BatchRelease.unpinPartDirty(core, held, from, count)
                : BatchRelease.unpinPart(core, held, from, count);
    }

    /**
     * {@link #unpinUserPagesDirtyLock(Batch, boolean)} for a part of an extent; the others stay held.
     * Kernel: unpin_user_page_range_dirty_lock().
     *
     * @param batch a batch of this memory that holds pins
     * @param extent number of the extent, from 0
     * @param from number of the first page in the extent, from 0
     * @param count how many pages, 0 or more
     * @param makeDirty whether to mark each page dirty first: true if the data was written to
     * @return pages given back, {@code count}
     * @throws IndexOutOfBoundsException if the batch or the extent does not have these pages
     * @throws MisuseException if a part in the middle leaves more extents than there is room for, or as for
     *         {@link #unpinUserPages(Batch)}; nothing is dropped then
     * @throws IllegalArgumentException if the batch belongs to another memory
     */
    public int unpinUserPagesDirtyLock(ExtentBatch<Hold.Pin> batch, int extent, int from, int count,
            boolean makeDirty) {
        ExtentList held = (ExtentList) checked(batch);
        return makeDirty ? BatchRelease.unpinPartDirty(core, held, extent, from, count)
                : BatchRelease.unpinPart(core, held, extent, from, count);
    }

    private HeldPages checked(Batch<?> batch) {
        HeldPages held = Bridge.held(Objects.requireNonNull(batch, "batch is null: there is nothing to release"));
        held.requireFor(core, 0);
        return held;
    }

    // ---- life ----------------------------------------------------------------------------------------------------

    /**
     * Registers a user of frames that is neither a session nor a batch: the memory does not close meanwhile. Release
     * with {@link MemoryLease#close}. Waits while a close is looking for users.
     *
     * @param what what {@link #close} lists it as
     * @return the lease
     * @throws MemoryClosedException if the memory is closed
     */
    public MemoryLease use(String what) {
        return new MemoryLease(core.use(what));
    }

    /**
     * What a page record says now. It keeps the memory from closing meanwhile, so not from inside a walker slot.
     * Kernel: dump_page().
     *
     * @param pfn frame number, 0 to {@link #frames} - 1
     * @return the fields of its record, read one after the other
     * @throws IndexOutOfBoundsException if there is no such frame
     * @throws MemoryClosedException if the memory is closed
     */
    public PageInfo page(long pfn) {
        core.checkPfn(pfn);
        PageInfo[] info = new PageInfo[1];
        core.inspect(() -> info[0] = PageInfo.read(core.recordBase(), pfn)); // KEEP4
        return info[0];
    }

    /** {@return whether {@link #close} has succeeded; true is final} */
    public boolean isClosed() {
        return core.isClosed();
    }

    /**
     * Closes the memory: waits for walks and releases going on, and gives frames and records back if nothing else is
     * out. The addresses stay taken until nothing refers to this object, so that calls that come too late are told and
     * do not end the JVM. Open sessions do not matter; their next call says that the memory is closed. Nothing happens
     * if it is closed already. Not from inside a walker slot. Read scopes are not waited for.
     *
     * @throws MisuseException if read scopes are open, batches hold pages, frames are held by handle or were never
     *         freed, or address spaces, engines or other uses are open; the message lists them, and the memory stays
     *         open; or if the calling thread is inspecting the memory
     */
    @Override
    public void close() {
        core.close(Bridge.batches(this)::held, handles::held, handles::viewed);
    }

    /** The size, the place, and the form of the slots of sessions, with the reason if it is the locked one. */
    @Override
    public String toString() {
        return core + " (slots: " + HeavyFence.form() + ")";
    }
}
