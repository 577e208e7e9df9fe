package io.pinfold.hwmodel.guptest;

import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.pgtable.Geometry;

/**
 * The memory that a test needs, and the slices in which the range is held.
 *
 * @param memory what to open; all of it ZONE_NORMAL, so that long-term pins are possible
 * @param calls  calls of a slice, for each caller
 */
record MemoryPlan(MemoryOptions memory, int calls) {

    /** Most batches of all callers together; a memory has room for 65,536. */
    private static final int BATCHES_MAX = 60_000;

    private static final long UNIT = MemoryOptions.UNIT_BYTES;
    /** Room beside the pages for a shared object, the free lists of threads and the blocks reserved for page tables. */
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

    /** Pages that one call asks for: never more than the range has. */
    static int pagesPerCall(GupTestOptions options) {
        return (int) Math.min(options.pagesPerCall(), options.pages());
    }

    /** The alignment of the range, so that leaves one level up can map it. */
    static long alignment() {
        return Geometry.levelBytes(Geometry.PMD);
    }
}
