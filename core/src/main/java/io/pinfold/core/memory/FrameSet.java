package io.pinfold.core.memory;

import io.pinfold.core.memory.zone.MemoryMap;
import org.jspecify.annotations.Nullable;

/**
 * Frames of a zone, for its audit: costs a reference for each block of 1,024 frames and 128 bytes more for a block of
 * which some frames are in the set and some are not, so that 4 TiB of which little was ever used cost 4 MiB of heap.
 */
final class FrameSet {
    private static final int WORDS = MemoryMap.UNIT_FRAMES / Long.SIZE;
    private static final long[] ALL = new long[0]; // stands for a block of which every frame is in the set

    private final long start;
    private final long[] @Nullable [] blocks; // null: none of its frames
    private long size;

    /** The empty set of frames in {@code [start, end)}, both multiples of {@link MemoryMap#UNIT_FRAMES}. */
    FrameSet(long start, long end) {
        this.start = start;
        this.blocks = new long[(int) ((end - start) / MemoryMap.UNIT_FRAMES)][];
    }

    /** Adds a frame; false if it was in the set before. */
    boolean add(long pfn) {
        int block = block(pfn);
        long[] words = blocks[block];
        if (isAll(words) || words != null && (words[word(pfn)] & bit(pfn)) != 0) {
            return false;
        }
        if (words == null) {
            words = new long[WORDS];
            blocks[block] = words;
        }
        words[word(pfn)] |= bit(pfn);
        size++;
        if (words[word(pfn)] == -1 && isFull(words)) {
            blocks[block] = ALL;
        }
        return true;
    }

    /** Whether a frame is in the set. */
    boolean contains(long pfn) {
        long[] words = blocks[block(pfn)];
        return isAll(words) || words != null && (words[word(pfn)] & bit(pfn)) != 0;
    }

    /** Frames in the set. */
    long size() {
        return size;
    }

    @SuppressWarnings("ReferenceEquality") // this very one
    private static boolean isAll(long @Nullable [] words) {
        return words == ALL;
    }

    private static boolean isFull(long[] words) {
        for (long word : words) {
            if (word != -1) {
                return false;
            }
        }
        return true;
    }

    private int block(long pfn) {
        return (int) ((pfn - start) / MemoryMap.UNIT_FRAMES);
    }

    private static int word(long pfn) {
        return (int) (pfn % MemoryMap.UNIT_FRAMES / Long.SIZE);
    }

    private static long bit(long pfn) {
        return 1L << pfn; // its low six bits
    }
}
