package io.pinfold.core.pagemap;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.device.DevPagemapOptions.Removal;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.epoch.LiveRef;
import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pagemap behind a {@link DevPagemap}, which holds the protocol of its removal. Walks and puts know the control
 * block of a pagemap by its address.
 *
 * <p>The control block is used again for another pagemap after {@link #close}. The number of this life, {@link #id},
 * stands in the mode word of its {@link LiveRef}, so whatever a closed pagemap is asked leaves the next one alone.
 */
public final class Pagemap implements DevPagemap {
    private final Pagemaps pagemaps;
    private final DevPagemapOptions options;
    private final long id;
    private final long address;
    private final LiveRef ref;
    private final Runnable releaseMemory;

    Pagemap(Pagemaps pagemaps, DevPagemapOptions options, long id, long address, WalkerSlots slots,
            Runnable releaseMemory) {
        this.pagemaps = pagemaps;
        this.options = options;
        this.id = id;
        this.address = address;
        this.releaseMemory = releaseMemory;
        Words.setLongVolatile(address + PagemapLayout.ID, id);
        Words.setLongVolatile(address + PagemapLayout.TYPE, options.type().ordinal());
        this.ref = new LiveRef(address + PagemapLayout.REF, id, slots, () -> {
        });
        LiveRef.getAtomic(address + PagemapLayout.REF, pages());
    }

    // ---- what it is ----------------------------------------------------------------------------------------------

    @Override
    public long id() {
        return id;
    }

    @Override
    public DevPagemapType type() {
        return options.type();
    }

    @Override
    public List<Range> ranges() {
        return options.ranges();
    }

    @Override
    public int order() {
        return options.order();
    }

    @Override
    public DevPagemapOps ops() {
        return options.ops();
    }

    @Override
    public @Nullable Object owner() {
        return options.owner();
    }

    /** Address of the control block, what a look-up returns; of no meaning after {@link #close}. */
    public long address() {
        return address;
    }

    @Override
    public long pages() {
        return options.frames() >>> options.order();
    }

    @Override
    public boolean contains(long pfn) {
        for (Range range : options.ranges()) {
            if (pfn >= range.firstPfn() && pfn < range.endPfn()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean isLive() {
        return ref.isLive();
    }

    @Override
    public boolean isClosed() {
        return ref.isExited();
    }

    @Override
    public long references() {
        return ref.references();
    }

    @Override
    public boolean isSummedUp() {
        return ref.isSummedUp();
    }

    // ---- removal -------------------------------------------------------------------------------------------------

    @Override
    public void kill() {
        StackRoom.forWalk();
        ref.kill(); // UNPLUG2 (REMOVE1)
        if (!holdsByPages()) {
            LiveRef.putAtomic(address + PagemapLayout.REF, pages());
            return;
        }
        long gone = 0;
        for (Range range : options.ranges()) {
            for (long pfn = range.firstPfn(); pfn < range.endPfn(); pfn += 1L << options.order()) {
                long count = pagemaps.recordAddress(pfn) + PageLayout.REFCOUNT;
                gone += Words.getAndAddInt(count, -1) == 1 ? 1 : 0; // REMOVE2; others are put last by who holds them
            }
        }
        LiveRef.putAtomic(address + PagemapLayout.REF, gone);
    }

    @Override
    public boolean holdsByPages() {
        return options.removal() == Removal.PAGES_HOLD || options.type() == DevPagemapType.PRIVATE
                || options.type() == DevPagemapType.COHERENT;
    }

    @Override
    public boolean step() {
        StackRoom.forWalk();
        return ref.step();
    }

    @Override
    public void awaitDone() {
        StackRoom.forWalk();
        if (!step()) {
            pagemaps.requireNoCallback(this);
            ref.awaitReleased(); // UNPLUG3 (REMOVE3)
        }
    }

    @Override
    public void close() {
        StackRoom.forWalk();
        pagemaps.requireNoCallback(this);
        if (!isClosed() && !step()) {
            throw new MisuseException(this + " cannot be closed, it is still referenced");
        }
        if (!pagemaps.unlist(this, options, !holdsByPages())) { // of several closers one ends it
            throw new DoubleReleaseException(this + " is closed already");
        }
        try {
            pagemaps.end(this, options); // UNPLUG4 (REMOVE4, REMOVE5)
        } finally {
            ref.exit();
            pagemaps.giveBack(address);
            releaseMemory.run();
        }
    }

    @Override
    public void remove() {
        StackRoom.forCall();
        pagemaps.requireNoCallback(this);
        kill();
        awaitDone();
        close();
    }

    /**
     * A put left the page with its owner's reference alone, or after {@link #kill} with none
     * (free_devmap_managed_page).
     */
    void becameIdle(long headPfn) {
        long record = pagemaps.recordAddress(headPfn);
        if (type() == DevPagemapType.FS_DAX) {
            Waits.wakeAll(record + PageLayout.REFCOUNT); // a thread that waits for the block reads the count again
        }
        if (!isLive()) {
            return; // the owner is removing it all
        }
        boolean isPrivate = type() == DevPagemapType.PRIVATE;
        long stale = PageFlags.ACTIVE | (isPrivate
                ? PageFlags.ANON_EXCLUSIVE | PageFlags.SWAPBACKED | PageFlags.UPTODATE | PageFlags.DIRTY
                : 0);
        long _ = PageFlags.clear(record, stale);
        if (isPrivate) { // what it was is over; last, because with no mapping word it is spare
            Words.setLongVolatile(record + PageLayout.MAPPING, 0);
        }
        options.ops().pageFree(this, headPfn);
    }

    @Override
    public String toString() {
        return "pagemap " + id + " of " + options.type() + " memory " + options.ranges() + ", " + ref;
    }
}
