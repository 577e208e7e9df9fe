package io.pinfold.core.device;

import io.pinfold.core.page.Orders;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a pagemap is to be (the fields of dev_pagemap that its driver fills in).
 *
 * @param type what kind of memory
 * @param ranges the frames, each range inside the device window, of whole
 *             {@link DevPagemaps#GRANULE_FRAMES}, none overlapping
 * @param order pages are compound, of {@code 1 << order} frames each (vmemmap_shift); 0 to {@value #MAX_ORDER}
 * @param ops what the owner is asked and told
 * @param owner whose it is, for the owner to compare; may be null
 * @param removal what delays the end of a removal
 */
public record DevPagemapOptions(DevPagemapType type, List<Range> ranges, int order, DevPagemapOps ops,
        @Nullable Object owner, Removal removal) {

    /** Largest order of a compound device page: 1 GiB. */
    public static final int MAX_ORDER = Orders.GIGANTIC;

    /**
     * Consecutive frames.
     *
     * @param firstPfn frame number of the first
     * @param frames how many
     */
    public record Range(long firstPfn, long frames) {
        /** {@return the frame number behind the last} */
        public long endPfn() {
            return firstPfn + frames;
        }
    }

    /** When a removal is complete. */
    public enum Removal {
        /**
         * When every page is back at count 0: a held page delays it. This is the default; the kernel did it up to 5.x.
         */
        PAGES_HOLD,
        /**
         * When the look-ups are over (6.1, for GENERIC, FS_DAX and PCI_P2PDMA): pages may still be held, and their
         * frames go all the same. Unsafe unless the owner has made sure before that no page is held; here to show why.
         */
        LOOKUPS_HOLD
    }

    /** Checks what can be checked without the memory. */
    public DevPagemapOptions {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(ops, "ops");
        Objects.requireNonNull(removal, "removal");
        Objects.requireNonNull(ranges, "ranges").forEach(range -> Objects.requireNonNull(range, "a range of ranges"));
        ranges = List.copyOf(ranges);
        if (ranges.isEmpty()) {
            throw new IllegalArgumentException("a pagemap needs at least one range");
        }
        if (order < 0 || order > MAX_ORDER) {
            throw new IllegalArgumentException("order = " + order + " is not in 0.." + MAX_ORDER);
        }
    }

    /**
     * One range of single pages, no owner, no callbacks, and the safe removal.
     *
     * @param type what kind of memory
     * @param firstPfn frame number of the first
     * @param frames how many, a multiple of {@link DevPagemaps#GRANULE_FRAMES}
     * @return the options
     */
    public static DevPagemapOptions of(DevPagemapType type, long firstPfn, long frames) {
        return new DevPagemapOptions(type, List.of(new Range(firstPfn, frames)), 0, DevPagemapOps.NONE, null,
                Removal.PAGES_HOLD);
    }

    /**
     * The same with these ranges.
     *
     * @param others frame ranges, as for the constructor
     * @return new options
     * @throws IllegalArgumentException if there is no range
     */
    public DevPagemapOptions withRanges(List<Range> others) {
        return new DevPagemapOptions(type, others, order, ops, owner, removal);
    }

    /**
     * The same with compound pages of {@code 1 << shift} frames.
     *
     * @param shift 0 to {@value #MAX_ORDER}
     * @return new options
     * @throws IllegalArgumentException if it is out of range
     */
    public DevPagemapOptions withOrder(int shift) {
        return new DevPagemapOptions(type, ranges, shift, ops, owner, removal);
    }

    /**
     * The same with callbacks.
     *
     * @param callbacks what the owner is asked and told
     * @return new options
     */
    public DevPagemapOptions withOps(DevPagemapOps callbacks) {
        return new DevPagemapOptions(type, ranges, order, callbacks, owner, removal);
    }

    /**
     * The same with an owner.
     *
     * @param cookie whose it is
     * @return new options
     */
    public DevPagemapOptions withOwner(Object cookie) {
        return new DevPagemapOptions(type, ranges, order, ops, cookie, removal);
    }

    /**
     * The same with another end of removal.
     *
     * @param mode what delays the end of a removal
     * @return new options
     */
    public DevPagemapOptions withRemoval(Removal mode) {
        return new DevPagemapOptions(type, ranges, order, ops, owner, mode);
    }

    /** {@return frames of all ranges} */
    public long frames() {
        return ranges.stream().mapToLong(Range::frames).sum();
    }
}
