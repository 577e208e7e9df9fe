package io.pinfold.core.pagemap;

import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.epoch.LiveRef;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * What leads from a frame of the device window to the pagemap it belongs to: one entry for each
 * {@link DevPagemaps#GRANULE_FRAMES} frames, read without a lock and written under that of {@link Pagemaps}.
 *
 * <h2>Protocol: look up against removal</h2>
 *
 * <pre>
 * Walker, in its slot                                Owner ({@link Pagemap}, {@link Pagemaps})
 * LOOKUP1 load the registry entry of the frame       REMOVE1 mappings are gone; kill: KILL1, KILL2
 * LOOKUP2 it is the pagemap already held: done       REMOVE2 drop the base reference of every page
 * LOOKUP3 else put that; try-get-live the one found  REMOVE3 done: look-ups put (KILL3 to KILL6), pages at 0
 * LOOKUP4 grab the page; read the entry again        REMOVE4 puts and callbacks under way have ended
 * LOOKUP5 put the pagemap, once                      REMOVE5 frames end, entries = 0; a grace period; the block is free
 * </pre>
 *
 * <p>LOOKUP2 needs no reference and no comparison of ranges: while the reference is held REMOVE3 waits, so the entry
 * cannot change. LOOKUP3 may read a control block of a removed pagemap, which REMOVE5's grace period keeps from
 * becoming another's while the slot is held; its reference is dead, so it refuses.
 *
 * <p>Get, put and isDevice: inside a walker slot, no lock, no allocation. A caller without a slot goes through
 * {@link PagemapSection}.
 */
public final class PagemapRegistry {
    private static final DevPagemapType[] TYPES = DevPagemapType.values();
    private static final int ENTRY_SHIFT = 4;
    private static final int ENTRY_PAGEMAP = 0;
    /** Address of the links of the granule's frames; allocated for its first pagemap and kept. */
    private static final int ENTRY_LINKS = 8;

    private final Arena arena;
    private final long startPfn;
    private final long windowFrames;
    private final long entries;

    PagemapRegistry(Arena arena, long startPfn, long endPfn) {
        this.arena = arena;
        this.startPfn = startPfn;
        this.windowFrames = endPfn - startPfn;
        long bytes = (windowFrames >>> DevPagemaps.GRANULE_SHIFT) << ENTRY_SHIFT;
        this.entries = bytes == 0
                ? 0
                : ControlMemory.allocate(arena, "pagemap registry", bytes, Align.NO_SHARING_BYTES).address();
    }

    // ---- for walkers ----------------------------------------------------------------------------------------------

    /**
     * {@return whether the frame number lies in the device window; no more than a comparison}
     *
     * @param pfn any number
     */
    public boolean isDevice(long pfn) {
        return Long.compareUnsigned(pfn - startPfn, windowFrames) < 0;
    }

    /**
     * The live pagemap of a frame, with a reference ("get_dev_pagemap"). Inside a walker slot. The caller has one
     * reference for each chain of results that are not 0, and puts the last one once.
     *
     * @param pfn any number
     * @param cached what the last call returned, 0 for nothing: returned as it is if it covers {@code pfn},
     *             put otherwise
     * @param stripe number of the walker slot
     * @return address of the control block, for {@link #put}; 0 if there is none or it is being removed
     */
    public long get(long pfn, long cached, int stripe) {
        long found = pagemapAt(pfn); // LOOKUP1 -> REMOVE5
        if (found == cached) { // LOOKUP2
            return cached;
        }
        if (cached != 0) {
            put(cached, stripe);
        }
        return found != 0 && LiveRef.tryGetLive(found + PagemapLayout.REF, stripe) ? found : 0; // LOOKUP3 -> REMOVE1
    }

    /**
     * Drops the reference of {@link #get} ("put_dev_pagemap"). Inside a walker slot; wakes no thread.
     *
     * @param pagemap what {@link #get} returned, not 0
     * @param stripe number of the walker slot
     */
    public void put(long pagemap, int stripe) {
        LiveRef.put(pagemap + PagemapLayout.REF, stripe); // LOOKUP5 -> REMOVE3
    }

    /**
     * Whether a long-term pin may hold the page. The caller holds the page, so its pagemap stays; from inside a slot or
     * not.
     *
     * @param pfn a frame of the device window
     * @return whether it may; false also if the frame belongs to no pagemap
     */
    public boolean isLongtermPinnable(long pfn) {
        DevPagemapType type = typeOf(pfn);
        return type != null && type.isLongtermPinnable();
    }

    /**
     * The type of the pagemap of a frame that the caller holds or has mapped.
     *
     * @param pfn any number
     * @return the type; null if there is no pagemap
     */
    public @Nullable DevPagemapType typeOf(long pfn) {
        long pagemap = pagemapAt(pfn);
        return pagemap == 0 ? null : typeOfBlock(pagemap);
    }

    static DevPagemapType typeOfBlock(long pagemap) {
        return TYPES[(int) Words.getLongVolatile(pagemap + PagemapLayout.TYPE)];
    }

    /**
     * Whether all of the frames belong to one pagemap, on which the caller holds a reference.
     *
     * @param pagemap what {@link #get} returned
     * @param pfn any number
     * @param count at least 1
     * @return whether they do
     */
    public boolean covers(long pagemap, long pfn, long count) {
        long last = pfn + count - 1;
        for (long at = pfn; at < last; at += DevPagemaps.GRANULE_FRAMES) {
            if (pagemapAt(at) != pagemap) {
                return false;
            }
        }
        return pagemapAt(last) == pagemap;
    }

    /** Address of the control block of a frame's pagemap, dead or alive; 0 if there is none. */
    long pagemapAt(long pfn) {
        return isDevice(pfn) ? Words.getLongVolatile(entry(pfn) + ENTRY_PAGEMAP) : 0;
    }

    private long entry(long pfn) {
        return entries + (pfn - startPfn >>> DevPagemaps.GRANULE_SHIFT << ENTRY_SHIFT);
    }

    // ---- for owners and puts -------------------------------------------------------------------------------------

    long startPfn() {
        return startPfn;
    }

    long endPfn() {
        return startPfn + windowFrames;
    }

    /** Gives the frames of a range their links, if they have none. Under the owners' lock. */
    void prepare(Range range) {
        long links = 0;
        for (long pfn = range.firstPfn(); pfn < range.endPfn(); pfn += DevPagemaps.GRANULE_FRAMES) {
            if (Words.getLongVolatile(entry(pfn) + ENTRY_LINKS) == 0) {
                if (links == 0) { // for this granule and all behind it; those that have theirs leave a gap
                    links = ControlMemory.allocate(arena, "links of device frames",
                            (range.endPfn() - pfn) * Integer.BYTES, Align.NO_SHARING_BYTES).address()
                            - pfn * Integer.BYTES;
                }
                Words.setLongVolatile(entry(pfn) + ENTRY_LINKS, links + pfn * Integer.BYTES);
            }
        }
    }

    /**
     * Publishes the block for the frames of a range; everything in it and in their records is written. Under the
     * owners' lock.
     */
    void register(Range range, long pagemap) {
        for (long pfn = range.firstPfn(); pfn < range.endPfn(); pfn += DevPagemaps.GRANULE_FRAMES) {
            Words.setLongVolatile(entry(pfn) + ENTRY_PAGEMAP, pagemap); // -> LOOKUP1
        }
    }

    /** The frames of a range have no pagemap any more. Under the owners' lock. */
    void forget(Range range) {
        for (long pfn = range.firstPfn(); pfn < range.endPfn(); pfn += DevPagemaps.GRANULE_FRAMES) {
            Words.setLongVolatile(entry(pfn) + ENTRY_PAGEMAP, 0); // REMOVE5 -> LOOKUP1
        }
    }

    /** Address of the link of a frame for {@link DueList}: one int, 0 at first. The frame has a pagemap. */
    long link(long pfn) {
        long links = Words.getLongVolatile(entry(pfn) + ENTRY_LINKS);
        return links + (pfn - startPfn & DevPagemaps.GRANULE_FRAMES - 1) * Integer.BYTES;
    }
}
