package io.pinfold.core.device;

import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.epoch.SlotTable;
import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.machine.TableShape;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The pagemaps of a memory, and the registry that leads from a frame of the device window to the one it belongs to: one entry for
 * each {@link #GRANULE_FRAMES} frames, read without a lock.
 *
 * <h2>Protocol: look up against removal</h2>
 *
 * <pre>
 * Walker, in its slot                             Owner ({@link DevPagemap})
 * D1 load the registry entry of the frame         E1 mappings are gone; kill: LiveRef K1, K2
 * D2 it is the pagemap already held: done         E2 drop the base reference of every page
 * D3 else put that; try-get-live the one found    E3 done: look-ups put (LiveRef K3 to K6), pages at 0
 * D4 grab the page; read the entry again          E4 puts and callbacks under way have ended
 * D5 put the pagemap, once                        E5 frames end, registry entries = 0; a grace period; the block is free
 * </pre>
 *
 * <p>D2 needs no reference and no comparison of ranges: while the reference is held E3 waits, so the entry cannot change. D3 may
 * read a control block of a removed pagemap, which E5's grace period keeps from becoming another's while the slot is held; its
 * reference is dead, so it refuses.
 *
 * <p><b>Puts.</b> Whoever puts a page must not touch anything of the pagemap afterwards on the page's account: that put may have
 * been what removal waited for. So a put first counts itself as a user of the pagemap, which is safe because the reference it
 * is about to drop still holds E3 up, and E4 waits until no user is left.
 *
 * <p>Get, put and isDevice: inside a walker slot, no lock, no allocation. Everything else: any thread, not inside a slot.
 */
public final class DevPagemaps {
    /** log2 of {@link #GRANULE_FRAMES}: the order of what one PMD leaf maps. */
    public static final int GRANULE_SHIFT = TableShape.bitsPerLevel();
    /** A pagemap consists of whole, aligned units of so many frames (the kernel's subsection): 512 on x86-64. */
    public static final int GRANULE_FRAMES = 1 << GRANULE_SHIFT;

    private static final int ENTRY_SHIFT = 4;
    private static final int ENTRY_PAGEMAP = 0;
    /** Address of the links of the granule's frames; allocated for its first pagemap and kept. */
    private static final int ENTRY_LINKS = 8;

    private final Arena arena;
    private final WalkerSlots slots;
    private final long recordBasePage;
    private final long startPfn;
    private final long windowFrames;
    private final LongSupplier ids;
    private final Function<String, Runnable> holds;
    private final long registry;
    /** Guards the list, and every change of the registry. */
    private final Mutex mutex = new Mutex();
    private final List<DevPagemap> pagemaps = new ArrayList<>();
    private @Nullable SlotTable blocks; // guarded by mutex
    /** Taken under any lock of an address space; nothing is taken under it. */
    private final Mutex sectionMutex = new Mutex();
    private @Nullable WalkerSlot section; // guarded by sectionMutex

    /**
     * The registry of one memory.
     *
     * @param arena control memory: an automatic arena
     * @param slots what walkers are in
     * @param recordBasePage address of record 0 as a page number
     * @param startPfn first frame of the device window
     * @param endPfn the frame behind it
     * @param ids numbers that were never given out before
     * @param holds keeps the memory from closing, under a name, until the result is run
     */
    public DevPagemaps(Arena arena, WalkerSlots slots, long recordBasePage, long startPfn, long endPfn,
            LongSupplier ids,
            Function<String, Runnable> holds) {
        this.arena = arena;
        this.slots = slots;
        this.recordBasePage = recordBasePage;
        this.startPfn = startPfn;
        this.windowFrames = endPfn - startPfn;
        this.ids = ids;
        this.holds = holds;
        long bytes = (windowFrames >>> GRANULE_SHIFT) << ENTRY_SHIFT;
        this.registry = bytes == 0
                ? 0
                : ControlMemory.allocate(arena, "pagemap registry", bytes, Align.NO_SHARING_BYTES).address();
    }

    // ---- for walkers ----------------------------------------------------------------------------------------------

    /** Whether the frame number lies in the device window; no more than a comparison. */
    public boolean isDevice(long pfn) {
        return Long.compareUnsigned(pfn - startPfn, windowFrames) < 0;
    }

    /**
     * The live pagemap of a frame, with a reference ("get_dev_pagemap"). Inside a walker slot. The caller has one reference for
     * each chain of results that are not 0, and puts the last one once.
     *
     * @param pfn any number
     * @param cached what the last call returned, 0 for nothing: returned as it is if it covers {@code pfn}, put otherwise
     * @param stripe number of the walker slot
     * @return address of the control block, for {@link #put}; 0 if there is none or it is being removed
     */
    public long get(long pfn, long cached, int stripe) {
        long found = pagemapAt(pfn); // D1 -> E5
        if (found == cached) { // D2
            return cached;
        }
        if (cached != 0) {
            put(cached, stripe);
        }
        return found != 0 && LiveRef.tryGetLive(found + PagemapLayout.REF, stripe) ? found : 0; // D3 -> E1
    }

    /** Drops the reference of {@link #get} ("put_dev_pagemap"). Inside a walker slot; wakes nobody. */
    public void put(long pagemap, int stripe) {
        LiveRef.put(pagemap + PagemapLayout.REF, stripe); // D5 -> E3
    }

    /**
     * Whether a long-term pin may hold the page. The caller holds the page, so its pagemap stays; from inside a slot or not.
     *
     * @return false also if the frame belongs to no pagemap
     */
    public boolean isLongtermPinnable(long pfn) {
        DevPagemapType type = typeOf(pfn);
        return type != null && type.isLongtermPinnable();
    }

    /** The type of the pagemap of a frame that the caller holds or has mapped; null if there is none. */
    public @Nullable DevPagemapType typeOf(long pfn) {
        long pagemap = pagemapAt(pfn);
        return pagemap == 0 ? null : typeOfBlock(pagemap);
    }

    private static DevPagemapType typeOfBlock(long pagemap) {
        return DevPagemapType.of((int) Words.getLongVolatile(pagemap + PagemapLayout.TYPE));
    }

    private long pagemapAt(long pfn) {
        return isDevice(pfn) ? Words.getLongVolatile(entry(pfn) + ENTRY_PAGEMAP) : 0;
    }

    private long entry(long pfn) {
        return registry + (pfn - startPfn >>> GRANULE_SHIFT << ENTRY_SHIFT);
    }

    // ---- for the slow path ----------------------------------------------------------------------------------------

    /**
     * {@link #get} for a caller that is in no slot: it borrows the memory's own, one caller at a time. Any locks may be held.
     *
     * @throws IllegalStateException if the memory is closed
     */
    public long getOutsideSlot(long pfn, long cached) {
        sectionMutex.lock();
        try {
            if (section == null) {
                return 0; // there never was a pagemap
            }
            section.enter();
            try {
                return get(pfn, cached, section.stripe());
            } finally {
                section.exit();
            }
        } finally {
            sectionMutex.unlock();
        }
    }

    /** {@link #put} for a caller that is in no slot. */
    public void putOutsideSlot(long pagemap) {
        sectionMutex.lock();
        try {
            if (section == null) {
                throw new IllegalStateException("put of a pagemap before there was one");
            }
            section.enter();
            try {
                put(pagemap, section.stripe());
            } finally {
                section.exit();
            }
        } finally {
            sectionMutex.unlock();
        }
    }

    // ---- puts of pages --------------------------------------------------------------------------------------------

    /**
     * Before references of a device page are dropped by a holder of them. Neither locks nor allocates.
     *
     * @return what {@link #endPut} wants to have
     */
    public long beginPut(long headPfn) {
        long pagemap = pagemapAt(headPfn);
        if (pagemap != 0) {
            long unused = Words.getAndAddLong(pagemap + PagemapLayout.USERS, 1);
        }
        return pagemap;
    }

    /**
     * After they were dropped (put_devmap_managed_page, put_dev_pagemap): with one left the owner is to be told; with none left the page
     * no longer holds its pagemap. Neither locks nor allocates.
     *
     * @param left references that are left on the page
     * @return whether {@link #runDue} has something to do, outside every slot and page-table lock
     */
    public boolean endPut(long pagemap, long headPfn, int left) {
        if (pagemap == 0) {
            return false;
        }
        boolean isDue = left == 1 && typeOfBlock(pagemap).isManaged()
                || left == 0 && typeOfBlock(pagemap) == DevPagemapType.FS_DAX;
        if (isDue) {
            DueList.add(pagemap + PagemapLayout.DUE, link(headPfn), headPfn);
        }
        if (left == 0) {
            LiveRef.putAtomic(pagemap + PagemapLayout.REF, 1); // -> E3; its base reference went after E1
        }
        long unused = Words.getAndAddLong(pagemap + PagemapLayout.USERS, -1); // -> E4: the last touch
        return isDue;
    }

    /** Between {@link #beginPut} and {@link #endPut}: whether the page keeps its base reference, because nobody removes it. */
    public boolean isLive(long pagemap) {
        return pagemap != 0 && LiveRef.isLive(pagemap + PagemapLayout.REF);
    }

    private long link(long pfn) {
        long links = Words.getLongVolatile(entry(pfn) + ENTRY_LINKS);
        return links + (pfn - startPfn & GRANULE_FRAMES - 1) * Integer.BYTES;
    }

    /**
     * Tells owners of the pages that became idle. Called where a FreeBatch is drained: not inside a slot, under no page-table lock.
     * What a callback throws is thrown on after all have been called.
     */
    public void runDue() {
        RuntimeException thrown = null;
        for (DevPagemap pagemap : usersOfDue()) {
            try {
                thrown = first(thrown, tell(pagemap));
            } finally {
                long unused = Words.getAndAddLong(pagemap.address() + PagemapLayout.USERS, -1);
            }
        }
        if (thrown != null) {
            throw thrown;
        }
    }

    /** The pagemaps with a list, each counted as used: under the mutex and still listed, so before E4. */
    private List<DevPagemap> usersOfDue() {
        List<DevPagemap> due = new ArrayList<>();
        mutex.lock();
        try {
            for (DevPagemap pagemap : pagemaps) {
                if (!DueList.isEmpty(pagemap.address() + PagemapLayout.DUE)) {
                    long unused = Words.getAndAddLong(pagemap.address() + PagemapLayout.USERS, 1);
                    due.add(pagemap);
                }
            }
        } finally {
            mutex.unlock();
        }
        return due;
    }

    private @Nullable RuntimeException tell(DevPagemap pagemap) {
        RuntimeException thrown = null;
        long pfn = DueList.takeAll(pagemap.address() + PagemapLayout.DUE);
        while (pfn != 0) {
            long next = DueList.next(link(pfn));
            try {
                pagemap.becameIdle(pfn, recordAddress(pfn));
            } catch (RuntimeException e) {
                thrown = first(thrown, e);
            }
            pfn = next;
        }
        return thrown;
    }

    private static @Nullable RuntimeException first(@Nullable RuntimeException one, @Nullable RuntimeException other) {
        if (one != null && other != null && !one.equals(other)) {
            one.addSuppressed(other);
        }
        return one != null ? one : other;
    }

    // ---- for owners ------------------------------------------------------------------------------------------------

    /**
     * Adds a pagemap: its frames become idle device pages, found by look-ups from now on (memremap_pages). It keeps the memory from
     * closing until {@link DevPagemap#close}.
     *
     * @throws IllegalArgumentException if a range is empty, not inside the device window, not made of whole granules, not
     *             aligned to the compound size, or overlaps another one of these options
     * @throws IllegalStateException if a frame belongs to another pagemap or can have no further life, or the memory is closed
     */
    public DevPagemap add(DevPagemapOptions options) {
        check(options);
        long id = ids.getAsLong();
        Runnable hold = holds.apply("pagemap " + id + " (" + options.type() + ")");
        try {
            return add(options, id, hold);
        } catch (RuntimeException | Error e) {
            hold.run();
            throw e;
        }
    }

    private DevPagemap add(DevPagemapOptions options, long id, Runnable hold) {
        mutex.lock();
        try {
            requireFree(options);
            openSection();
            DevPagemap pagemap = new DevPagemap(this, options, id, takeBlock(), slots, hold);
            for (Range range : options.ranges()) {
                DevicePages.begin(recordBase(), range.firstPfn(), range.frames(), options.order(), id);
                register(range, pagemap.address());
            }
            pagemaps.add(pagemap);
            return pagemap;
        } finally {
            mutex.unlock();
        }
    }

    private void check(DevPagemapOptions options) {
        long unit = Math.max(GRANULE_FRAMES, 1L << options.order());
        List<Range> seen = new ArrayList<>();
        for (Range range : options.ranges()) {
            boolean isInside = range.frames() > 0 && isDevice(range.firstPfn())
                    && range.frames() <= startPfn + windowFrames - range.firstPfn();
            if (!isInside || !Align.isAligned(range.firstPfn(), unit) || !Align.isAligned(range.frames(), unit)) {
                throw new IllegalArgumentException(range + " is not made of whole units of " + unit
                        + " frames of the device window, " + startPfn + ".." + (startPfn + windowFrames - 1));
            }
            for (Range other : seen) {
                if (range.firstPfn() < other.endPfn() && other.firstPfn() < range.endPfn()) {
                    throw new IllegalArgumentException(range + " overlaps " + other);
                }
            }
            seen.add(range);
        }
    }

    private void requireFree(DevPagemapOptions options) {
        for (Range range : options.ranges()) {
            for (long pfn = range.firstPfn(); pfn < range.endPfn(); pfn += GRANULE_FRAMES) {
                if (pagemapAt(pfn) != 0) {
                    throw new IllegalStateException(range + " overlaps " + of(pfn));
                }
            }
            if (!DevicePages.areFree(recordBase(), range.firstPfn(), range.frames())) {
                throw new IllegalStateException(
                        range + " holds frames that are in use or whose generations are used up");
            }
        }
    }

    private void openSection() {
        sectionMutex.lock();
        try {
            if (section == null) {
                section = slots.open(0);
            }
        } finally {
            sectionMutex.unlock();
        }
    }

    private long takeBlock() {
        if (blocks == null) {
            blocks = new SlotTable(arena, "pagemaps", PagemapLayout.BYTES);
        }
        return blocks.acquire();
    }

    /** Publishes the block for the frames of a range; everything in it and in their records is written. */
    private void register(Range range, long pagemap) {
        long links = 0;
        for (long pfn = range.firstPfn(); pfn < range.endPfn(); pfn += GRANULE_FRAMES) {
            if (Words.getLongVolatile(entry(pfn) + ENTRY_LINKS) == 0) {
                if (links == 0) { // for this granule and all behind it; those that have theirs leave a gap
                    links = ControlMemory.allocate(arena, "links of device frames",
                            (range.endPfn() - pfn) * Integer.BYTES, Align.NO_SHARING_BYTES).address()
                            - pfn * Integer.BYTES;
                }
                Words.setLongVolatile(entry(pfn) + ENTRY_LINKS, links + pfn * Integer.BYTES);
            }
            Words.setLongVolatile(entry(pfn) + ENTRY_PAGEMAP, pagemap);
        }
    }

    /**
     * Before E4.
     *
     * @param force what is still referenced may go all the same
     * @throws IllegalStateException if a page is mapped, or referenced without {@code force}
     */
    void requireUnused(DevPagemapOptions options, boolean force) {
        for (Range range : options.ranges()) {
            if (!force) {
                DevicePages.requireUnused(recordBase(), range.firstPfn(), range.frames());
            }
        }
    }

    /** E4 and E5: after the pagemap is done. */
    void remove(DevPagemap pagemap, DevPagemapOptions options) {
        mutex.lock();
        try {
            if (!pagemaps.remove(pagemap)) {
                throw new IllegalStateException(pagemap + " is removed already");
            }
        } finally {
            mutex.unlock();
        }
        long users = Words.getLongVolatile(pagemap.address() + PagemapLayout.USERS);
        while (users != 0) { // E4
            Waits.pollWhileEqualsLong(pagemap.address() + PagemapLayout.USERS, users);
            users = Words.getLongVolatile(pagemap.address() + PagemapLayout.USERS);
        }
        RuntimeException thrown = tell(pagemap);
        mutex.lock();
        try {
            for (Range range : options.ranges()) {
                DevicePages.end(recordBase(), range.firstPfn(), range.frames());
                for (long pfn = range.firstPfn(); pfn < range.endPfn(); pfn += GRANULE_FRAMES) {
                    Words.setLongVolatile(entry(pfn) + ENTRY_PAGEMAP, 0); // E5 -> D1
                }
            }
        } finally {
            mutex.unlock();
        }
        slots.awaitPassed(slots.advance());
        if (thrown != null) {
            throw thrown;
        }
    }

    /** E5: no walker can hold the address of the block any more. */
    void giveBack(long block) {
        mutex.lock();
        try {
            if (blocks != null) {
                blocks.release(block);
            }
        } finally {
            mutex.unlock();
        }
    }

    /** The pagemap of a frame; null if it has none. Locks. */
    public @Nullable DevPagemap of(long pfn) {
        mutex.lock();
        try {
            for (DevPagemap pagemap : pagemaps) {
                if (pagemap.contains(pfn)) {
                    return pagemap;
                }
            }
            return null;
        } finally {
            mutex.unlock();
        }
    }

    /**
     * The first free stretch of the device window, for an owner that does not care where: others may take it before
     * {@link #add} does.
     *
     * @param frames a multiple of {@link #GRANULE_FRAMES}
     * @param alignment a power of two, in frames
     * @return its first frame, or -1
     */
    public long findFree(long frames, long alignment) {
        long step = Math.max(alignment, GRANULE_FRAMES);
        mutex.lock();
        try {
            long first = Align.up(startPfn, step);
            for (long pfn = first; pfn < first + frames && first + frames <= startPfn + windowFrames;) {
                if (pagemapAt(pfn) == 0) {
                    pfn += GRANULE_FRAMES;
                } else {
                    first = Align.up(pfn + GRANULE_FRAMES, step);
                    pfn = first;
                }
            }
            return first + frames <= startPfn + windowFrames ? first : -1;
        } finally {
            mutex.unlock();
        }
    }

    /** The pagemaps that there are now; those being removed included. */
    public List<DevPagemap> list() {
        mutex.lock();
        try {
            return List.copyOf(pagemaps);
        } finally {
            mutex.unlock();
        }
    }

    private long recordBase() {
        return (recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT;
    }

    long recordAddress(long pfn) {
        return PageLayout.record(recordBase(), pfn);
    }
}
