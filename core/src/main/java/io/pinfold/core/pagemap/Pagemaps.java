package io.pinfold.core.pagemap;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.epoch.SlotTable;
import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The pagemaps of a memory, behind its {@link DevPagemaps}: the list, its lock, and the parts that walks, look-ups and
 * puts use. Walkers find a pagemap through the {@link PagemapRegistry}, which holds the protocol; puts of pages go
 * through {@link PagemapPuts}.
 *
 * <p>Any thread, not inside a walker slot.
 */
public final class Pagemaps implements DevPagemaps {
    private final Arena arena;
    private final WalkerSlots slots;
    private final long recordBasePage;
    private final LongSupplier ids;
    private final Function<String, Runnable> holds;
    private final PagemapRegistry registry;
    private final PagemapSection section;
    private final OwnersAtWork owners = new OwnersAtWork();
    private final PagemapPuts puts;
    /** Guards the list, and every change of the registry. */
    private final Mutex mutex = new Mutex("pagemaps of a memory");
    private final ArrayList<Pagemap> pagemaps = new ArrayList<>();
    private @Nullable SlotTable blocks; // guarded by mutex

    /**
     * Those of one memory; none at first.
     *
     * @param arena control memory: an automatic arena
     * @param slots what walkers are in
     * @param recordBasePage address of record 0 as a page number
     * @param startPfn first frame of the device window
     * @param endPfn the frame behind it
     * @param ids numbers that were never given out before
     * @param holds keeps the memory from closing, under a name, until the result is run
     */
    public Pagemaps(Arena arena, WalkerSlots slots, long recordBasePage, long startPfn, long endPfn,
            LongSupplier ids, Function<String, Runnable> holds) {
        this.arena = arena;
        this.slots = slots;
        this.recordBasePage = recordBasePage;
        this.ids = ids;
        this.holds = holds;
        this.registry = new PagemapRegistry(arena, startPfn, endPfn);
        this.section = new PagemapSection(registry, slots);
        this.puts = new PagemapPuts(registry, owners);
    }

    /** What leads from a frame to its pagemap, without a lock. */
    public PagemapRegistry registry() {
        return registry;
    }

    /** The same for callers that are in no walker slot. */
    public PagemapSection section() {
        return section;
    }

    /** Puts of pages. */
    public PagemapPuts puts() {
        return puts;
    }

    @Override
    public Pagemap add(DevPagemapOptions options) {
        StackRoom.forCall();
        return Objects.requireNonNull(add(options, true), "a pagemap");
    }

    @Override
    public @Nullable Pagemap tryAdd(DevPagemapOptions options) {
        StackRoom.forCall();
        return add(options, false);
    }

    private @Nullable Pagemap add(DevPagemapOptions options, boolean mustBeFree) {
        Objects.requireNonNull(options, "options");
        PagemapRanges.requireInside(options, registry.startPfn(), registry.endPfn());
        long id = ids.getAsLong();
        Runnable hold = holds.apply("pagemap " + id + " (" + options.type() + ")");
        Pagemap added = null;
        try {
            added = addIfFree(options, id, hold, mustBeFree);
        } finally {
            if (added == null) {
                hold.run();
            }
        }
        return added;
    }

    private @Nullable Pagemap addIfFree(DevPagemapOptions options, long id, Runnable hold, boolean mustBeFree) {
        mutex.lock();
        try {
            if (isTaken(options, mustBeFree)) {
                return null;
            }
            section.open();
            options.ranges().forEach(registry::prepare);
            pagemaps.ensureCapacity(pagemaps.size() + 1); // from here on nothing is allocated that could fail half-way
            Pagemap pagemap = new Pagemap(this, options, id, takeBlock(), slots, hold);
            for (Range range : options.ranges()) {
                DevicePages.begin(recordBase(), range.firstPfn(), range.frames(), options.order(), id);
                registry.register(range, pagemap.address());
            }
            pagemaps.add(pagemap);
            return pagemap;
        } finally {
            mutex.unlock();
        }
    }

    private boolean isTaken(DevPagemapOptions options, boolean mustBeFree) {
        for (Range range : options.ranges()) {
            for (long pfn = range.firstPfn(); pfn < range.endPfn(); pfn += GRANULE_FRAMES) {
                if (registry.pagemapAt(pfn) != 0) {
                    if (mustBeFree) {
                        throw new MisuseException(range + " overlaps " + find(pfn));
                    }
                    return true;
                }
            }
            if (!DevicePages.areFree(recordBase(), range.firstPfn(), range.frames())) {
                throw new IllegalStateException(
                        range + " holds frames that are in use or whose generations are used up");
            }
        }
        return false;
    }

    private long takeBlock() {
        if (blocks == null) {
            blocks = new SlotTable(arena, "pagemaps", PagemapLayout.BYTES);
        }
        return blocks.acquire();
    }

    /**
     * Tells owners of the pages that became idle. Called where a FreeBatch is drained: not inside a slot, under no
     * page-table lock. What a callback throws is thrown on after all have been called.
     */
    public void runDue() {
        CallbackFailure failure = new CallbackFailure();
        owners.begin(); // for all of them, as all are counted as used until their turn is over
        try {
            puts.tellAll(usersOfDue(), failure);
        } finally {
            owners.end();
        }
        failure.rethrow();
    }

    /** The pagemaps with a list, each counted as used: under the mutex and still listed, so before REMOVE4. */
    private List<Pagemap> usersOfDue() {
        List<Pagemap> due;
        mutex.lock();
        try {
            due = new ArrayList<>(pagemaps.size()); // large enough: what is counted is in it
            for (Pagemap pagemap : pagemaps) {
                if (!DueList.isEmpty(pagemap.address() + PagemapLayout.DUE)) {
                    long _ = Words.getAndAddLong(pagemap.address() + PagemapLayout.USERS, 1);
                    due.add(pagemap);
                }
            }
        } finally {
            mutex.unlock();
        }
        return due;
    }

    /**
     * Checks that the calling thread may wait for a pagemap.
     *
     * @throws MisuseException if the calling thread is in a callback of a pagemap of this memory
     */
    void requireNoCallback(Pagemap pagemap) {
        owners.requireNone(pagemap);
    }

    /**
     * Takes a pagemap that is done off the list, before {@link #end}. Records are looked at only while it is on the
     * list, which is what keeps the memory open.
     *
     * @param force what is still referenced may go all the same
     * @return false if it is off the list already
     * @throws MisuseException if a page is mapped, or referenced without {@code force}
     */
    boolean unlist(Pagemap pagemap, DevPagemapOptions options, boolean force) {
        mutex.lock();
        try {
            boolean isListed = pagemaps.contains(pagemap);
            for (Range range : isListed && !force ? options.ranges() : List.<Range>of()) {
                DevicePages.requireUnused(recordBase(), range.firstPfn(), range.frames());
            }
            return isListed && pagemaps.remove(pagemap);
        } finally {
            mutex.unlock();
        }
    }

    /** REMOVE4 and REMOVE5: after the pagemap is done and off the list. What callbacks threw is thrown at the end. */
    void end(Pagemap pagemap, DevPagemapOptions options) {
        CallbackFailure failure = new CallbackFailure();
        long users = Words.getLongVolatile(pagemap.address() + PagemapLayout.USERS);
        while (users != 0) { // REMOVE4
            Waits.pollWhileEqualsLong(pagemap.address() + PagemapLayout.USERS, users, "users of a pagemap");
            users = Words.getLongVolatile(pagemap.address() + PagemapLayout.USERS);
        }
        puts.tell(pagemap, failure);
        mutex.lock();
        try {
            for (Range range : options.ranges()) {
                DevicePages.end(recordBase(), range.firstPfn(), range.frames());
                registry.forget(range); // REMOVE5
            }
        } finally {
            mutex.unlock();
        }
        slots.awaitPassed(slots.advance());
        failure.rethrow();
    }

    /** REMOVE5: no walker can hold the address of the block any more. */
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

    @Override
    public @Nullable Pagemap of(long pfn) {
        StackRoom.forPart();
        mutex.lock();
        try {
            return find(pfn);
        } finally {
            mutex.unlock();
        }
    }

    private @Nullable Pagemap find(long pfn) {
        for (Pagemap pagemap : pagemaps) {
            if (pagemap.contains(pfn)) {
                return pagemap;
            }
        }
        return null;
    }

    @Override
    public long findFree(long frames, long alignment) {
        StackRoom.forPart();
        if (frames <= 0 || !Align.isAligned(frames, GRANULE_FRAMES) || Long.bitCount(alignment) != 1 || alignment < 0) {
            throw new IllegalArgumentException("frames = " + frames + " is no multiple of " + GRANULE_FRAMES
                    + ", or alignment = " + alignment + " no power of two");
        }
        if (Math.max(frames, alignment) > registry.endPfn()) {
            return -1; // and no sum below overflows
        }
        long step = Math.max(alignment, GRANULE_FRAMES);
        mutex.lock();
        try {
            long first = Align.up(registry.startPfn(), step);
            for (long pfn = first; pfn < first + frames && first + frames <= registry.endPfn();) {
                if (registry.pagemapAt(pfn) == 0) {
                    pfn += GRANULE_FRAMES;
                } else {
                    first = Align.up(pfn + GRANULE_FRAMES, step);
                    pfn = first;
                }
            }
            return first + frames <= registry.endPfn() ? first : -1;
        } finally {
            mutex.unlock();
        }
    }

    @Override
    public List<DevPagemap> list() {
        StackRoom.forPart();
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
