package io.pinfold.hwmodel.dma;

import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.MemoryLease;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import java.util.Objects;

/**
 * The frames of one transfer, in order, each with the generation it had when it was added. Adjacent frames in memory
 * are merged into segments, so that a transfer costs one device operation per segment, not per frame.
 *
 * <p>The list is one byte stream: byte 0 is the first byte of the first frame, the last frame may be used in part. It
 * is reusable. One thread uses it, and the engine alone from submit until the completion was reaped.
 */
public final class ScatterList {

    /** Frames one segment may hold: 1 MiB, a usual limit of real devices. */
    public static final int SEGMENT_FRAMES_MAX = 256;

    private final PhysicalMemory memory;
    private final long[] pfns;
    private final int[] generations;
    private final int[] segmentStart;
    private int frames;
    private int segments;

    /**
     * Makes an empty list.
     *
     * @param memory   where the frames lie
     * @param capacity frames it can hold, at least 1
     */
    public ScatterList(PhysicalMemory memory, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a scatter list of " + capacity + " frames");
        }
        this.memory = Objects.requireNonNull(memory, "memory");
        pfns = new long[capacity];
        generations = new int[capacity];
        segmentStart = new int[capacity];
    }

    /** Forgets all frames. */
    public void clear() {
        frames = 0;
        segments = 0;
    }

    /**
     * Adds every page of a held batch. Their generations cannot change while they are held by the batch.
     *
     * @throws IllegalArgumentException when the batch is of another memory
     */
    public void addHeld(PageBatch<?> batch) {
        checkMemory(batch);
        for (int i = 0; i < batch.length(); i++) {
            long pfn = batch.pfn(i);
            if (pfn != 0) { // a page that was given back on its own
                add(pfn, Frames.generationNow(memory, pfn));
            }
        }
    }

    /** Adds every page of a held batch of extents. */
    public void addHeld(ExtentBatch<?> batch) {
        checkMemory(batch);
        for (int extent = 0; extent < batch.extents(); extent++) {
            long first = batch.firstPfn(extent);
            for (long pfn = first; pfn < first + batch.pages(extent); pfn++) {
                add(pfn, Frames.generationNow(memory, pfn));
            }
        }
    }

    private void checkMemory(Batch<?> batch) {
        if (Objects.requireNonNull(batch, "batch").memory() != memory) {
            throw new IllegalArgumentException("a batch of " + batch.memory() + " for a scatter list of " + memory);
        }
    }

    /**
     * Adds one frame.
     *
     * @param pfn        a frame number of the memory; anything else ends the transfer with {@link DmaStatus#BAD_FRAME}
     * @param generation the generation of the frame the caller means
     * @throws IllegalStateException when the list is full
     */
    public void add(long pfn, int generation) {
        if (frames == pfns.length) {
            throw new IllegalStateException("scatter list of " + pfns.length + " frames is full");
        }
        boolean joins = frames > 0 && pfns[frames - 1] + 1 == pfn
                && frames - segmentStart[segments - 1] < SEGMENT_FRAMES_MAX;
        if (!joins) {
            segmentStart[segments++] = frames;
        }
        pfns[frames] = pfn;
        generations[frames++] = generation;
    }

    /** The memory of the frames. */
    public PhysicalMemory memory() {
        return memory;
    }

    /** Frames in the list. */
    public int frames() {
        return frames;
    }

    /** Frame number of the {@code index}th frame. */
    public long pfn(int index) {
        return pfns[Objects.checkIndex(index, frames)];
    }

    /** Generation the {@code index}th frame had when it was added. */
    public int generation(int index) {
        return generations[Objects.checkIndex(index, frames)];
    }

    /** Segments after merging; at most {@link #frames()}. */
    public int segments() {
        return segments;
    }

    /** Index of the first frame of a segment. */
    int segmentFirst(int segment) {
        return segmentStart[Objects.checkIndex(segment, segments)];
    }

    /** Frames in a segment. */
    int segmentFrames(int segment) {
        int first = segmentFirst(segment);
        return (segment + 1 < segments ? segmentStart[segment + 1] : frames) - first;
    }

    /**
     * Frames whose generation is another one now: freed after they were added, and perhaps in use by another owner. A
     * generation never comes back, so a change seen once is seen by every later call.
     *
     * @throws IllegalStateException when the memory is closed
     */
    public int staleFrames() {
        try (MemoryLease _ = memory.use("scatter list of " + frames + " frames")) {
            return staleNow();
        }
    }

    /** Counts stale frames, for callers that keep the memory open. */
    int staleNow() {
        int stale = 0;
        for (int i = 0; i < frames; i++) {
            if (Frames.inMemory(memory, pfns[i]) && Frames.generationNow(memory, pfns[i]) != generations[i]) {
                stale++;
            }
        }
        return stale;
    }
}
