package io.pinfold.hwmodel.copy;

import io.pinfold.core.memory.MemoryOptions;

/**
 * The division of a job's memory: its zones, the number of windows, and the pages that a rival may own. The job cannot
 * run out of frames, whatever the rivals do: each window can keep one set of frames in flight and one mapped.
 *
 * @param memory       what to open
 * @param windows      chunks in flight, 1 to {@value #WINDOWS_MAX}
 * @param scratchPages pages each rival owns
 */
record MemoryPlan(MemoryOptions memory, int windows, int scratchPages) {

    static final int WINDOWS_MAX = 4;

    private static final long UNIT = MemoryOptions.UNIT_BYTES;
    private static final long UNIT_FRAMES = UNIT >>> 12;
    private static final int SCRATCH_PAGES = 64;
    private static final int SCRATCH_PAGES_MIN = 8;
    /** Frames per thread that a free batch or a fault in flight may withhold from the free count. */
    private static final int SLACK_PAGES = 32;

    static MemoryPlan of(CopyOptions options) {
        long bytes = options.memoryBytes();
        // Long-term pins are refused in MOVABLE memory, so for the copy MOVABLE frames would be useless.
        long movable = options.lifetime() == Lifetime.LONGTERM ? 0 : movableBytes(bytes);
        MemoryOptions memory;
        try {
            memory = MemoryOptions.ofRam(bytes).withMovableBytes(movable);
        } catch (IllegalArgumentException e) {
            throw new CopyRefusedException("a memory of " + bytes + " bytes is not possible: " + e.getMessage(), e);
        }
        long usable = bytes >>> 12;
        usable -= UNIT_FRAMES * Math.max(1, bytes / UNIT / 64); // reserved for page tables
        for (int scratch = SCRATCH_PAGES; scratch >= SCRATCH_PAGES_MIN; scratch /= 2) {
            long left = usable - (long) options.rivals() * (scratch + SLACK_PAGES) - SLACK_PAGES;
            long eachWindow = (long) options.batchPages() * (options.rivals() == 0 ? 1 : 2);
            long windows = Math.min(WINDOWS_MAX, left / eachWindow);
            if (windows == WINDOWS_MAX || (scratch == SCRATCH_PAGES_MIN && windows >= 1)) {
                return new MemoryPlan(memory, (int) windows, scratch);
            }
        }
        throw new CopyRefusedException("a memory of " + bytes + " bytes is too small for chunks of "
                + options.batchPages() + " pages and " + options.rivals() + " rivals: " + usable
                + " frames are usable; take a larger --memory or a smaller --batch");
    }

    /** Bytes of MOVABLE memory: three quarters of all, as far as NORMAL keeps its minimum. */
    private static long movableBytes(long bytes) {
        long wanted = bytes / 4 * 3 / UNIT * UNIT;
        return Math.max(0, Math.min(wanted, bytes - MemoryOptions.MIN_NORMAL_BYTES));
    }
}
