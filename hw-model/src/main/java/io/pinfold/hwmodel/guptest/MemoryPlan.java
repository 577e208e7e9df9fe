package io.pinfold.hwmodel.guptest;

import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.pgtable.Geometry;

/**
 * How large a memory a test needs, and in how many slices the range is held.
 *
 * @param memory what to open; all of it ZONE_NORMAL, so that long-term pins are possible
 * @param calls  calls of a slice, for each caller
 */
record MemoryPlan(MemoryOptions memory, int calls) {

    /** Batches of all callers together; a memory has room for 65,536. */
    private static final int BATCHES_MAX = 60_000;

    private static final long UNIT = MemoryOptions.UNIT_BYTES;
    /** What a shared object, the free lists of threads and the blocks kept for page tables may take beside the pages. */
    private static final long SLACK_BYTES = 4 * UNIT;
    private static final int SLACK_SHIFT = 5;

    static MemoryPlan of(GupTestOptions options) {
        return of(options, BATCHES_MAX);
    }

    static MemoryPlan of(GupTestOptions options, int batchesMax) {
        long bytes = options.bytes() + (options.bytes() >> SLACK_SHIFT) + SLACK_BYTES;
        long rounded = (bytes + UNIT - 1) / UNIT * UNIT;
        long all = Math.ceilDiv(options.pages(), options.pagesPerCall());
        int most = batchesMax / options.threads();
        return new MemoryPlan(MemoryOptions.ofRam(rounded), (int) Math.min(all, most));
    }

    /** Pages one call asks for: never more than there are. */
    static int pagesPerCall(GupTestOptions options) {
        return (int) Math.min(options.pagesPerCall(), options.pages());
    }

    /** The range's alignment: pages of any size that a leaf one level up maps can be used. */
    static long alignment() {
        return Geometry.levelBytes(Geometry.PMD);
    }
}
