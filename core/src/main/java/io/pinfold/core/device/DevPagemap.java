package io.pinfold.core.device;

import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.device.DevPagemapOptions.Removal;
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
 * Frame ranges of the device window that belong to one device (dev_pagemap). {@link DevPagemaps#add} makes one.
 *
 * <h2>Removal (memunmap_pages)</h2>
 *
 * <pre>
 * UNPLUG1 unmap: no page table may lead to its pages any more; the caller's business, before everything else [R33]
 * UNPLUG2 kill: new look-ups fail, for certain after a grace period; the base reference of every page is dropped
 * UNPLUG3 step, until done: the look-ups' references are put, and the count of every page is 0
 * UNPLUG4 close: the frames end their life, the registry forgets them, and after a grace period so do all walkers
 * </pre>
 *
 * <p>Every page holds one reference of the pagemap, so a page that is got or pinned delays UNPLUG3 until it is given
 * back: after {@link #close} no page of the device is held. With {@link Removal#LOOKUPS_HOLD} (6.1) only look-ups
 * count, and UNPLUG4 takes frames from under their holders: the generation goes up while the pin is held, and its
 * release is a MemoryModelError. PRIVATE and COHERENT pages hold their pagemap in either mode.
 *
 * <p>The control block is used again for another pagemap after {@link #close}. The number of this life, {@link #id},
 * stands in the mode word of its {@link LiveRef}, so whatever a closed pagemap is asked leaves the next one alone.
 *
 * <p>Any thread; each of kill and close happens once, and throws when it is asked again. Not from inside a walker slot.
 * A callback of {@link DevPagemapOps} may kill a pagemap; whatever waits for its end refuses, because the end waits for
 * callbacks.
 */
public final class DevPagemap {
    private final DevPagemaps pagemaps;
    private final DevPagemapOptions options;
    private final long id;
    private final long address;
    private final LiveRef ref;
    private final Runnable releaseMemory;

    DevPagemap(DevPagemaps pagemaps, DevPagemapOptions options, long id, long address, WalkerSlots slots,
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

    /**
     * {@return a number that is never used again for anything else in this memory; stands in the records of its pages}
     */
    public long id() {
        return id;
    }

    /** {@return what kind of memory it is} */
    public DevPagemapType type() {
        return options.type();
    }

    /** {@return its frames} */
    public List<Range> ranges() {
        return options.ranges();
    }

    /** {@return its pages have {@code 1 << order()} frames each} */
    public int order() {
        return options.order();
    }

    /** {@return what its owner is asked and told} */
    public DevPagemapOps ops() {
        return options.ops();
    }

    /** {@return the owner's cookie, or null} */
    public @Nullable Object owner() {
        return options.owner();
    }

    /** {@return address of the control block, what a look-up returns; of no meaning after {@link #close}} */
    public long address() {
        return address;
    }

    /** {@return number of pages; a compound one counts once} */
    public long pages() {
        return options.frames() >>> options.order();
    }

    /**
     * {@return whether the frame is one of its}
     *
     * @param pfn any number
     */
    public boolean contains(long pfn) {
        for (Range range : options.ranges()) {
            if (pfn >= range.firstPfn() && pfn < range.endPfn()) {
                return true;
            }
        }
        return false;
    }

    /** {@return whether look-ups may still succeed: before {@link #kill}} */
    public boolean isLive() {
        return ref.isLive();
    }

    /** {@return whether {@link #close} was called: its frames are no longer its} */
    public boolean isClosed() {
        return ref.isExited();
    }

    /**
     * {@return references of pages and look-ups, and the one that {@link #kill} drops; exact while no call takes or
     * gives any. 0 once it is closed}
     */
    public long references() {
        return ref.references();
    }

    /**
     * {@return whether after {@link #kill} the walks have ended, so that {@link #references} counts what is held and
     * nothing else}
     */
    public boolean isSummedUp() {
        return ref.isSummedUp();
    }

    // ---- removal -------------------------------------------------------------------------------------------------

    /**
     * UNPLUG2: begins the removal; does not wait.
     *
     * @throws DoubleReleaseException if that was done before
     */
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

    /** {@return whether a page that is held delays the removal, and not a look-up alone} */
    public boolean holdsByPages() {
        return options.removal() == Removal.PAGES_HOLD || options.type() == DevPagemapType.PRIVATE
                || options.type() == DevPagemapType.COHERENT;
    }

    /**
     * UNPLUG3 without waiting.
     *
     * @return whether it is done: only {@link #close} is left, or nothing
     */
    public boolean step() {
        StackRoom.forWalk();
        return ref.step();
    }

    /**
     * UNPLUG3: waits until no look-up and (by default) no page is held any more. Returns at once when it is closed.
     *
     * @throws MisuseException if it was not killed, or a callback of a pagemap calls it, which could wait for itself
     */
    public void awaitDone() {
        StackRoom.forWalk();
        if (!step()) {
            pagemaps.requireNoCallback(this);
            ref.awaitReleased(); // UNPLUG3 (REMOVE3)
        }
    }

    /**
     * UNPLUG4: the end. Waits for puts, callbacks and walks under way, all of which end by themselves.
     *
     * @throws DoubleReleaseException if it is closed already
     * @throws MisuseException if it was not killed, is not done, one of its pages is still mapped, or a callback of a
     *             pagemap calls it, which would wait for itself
     */
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

    /**
     * UNPLUG2 to UNPLUG4: kills, waits, closes. UNPLUG1 is the caller's.
     *
     * @throws DoubleReleaseException if it was killed before
     * @throws MisuseException if one of its pages is still mapped; if a callback of a pagemap calls it, and then it is
     *     not even killed
     */
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
