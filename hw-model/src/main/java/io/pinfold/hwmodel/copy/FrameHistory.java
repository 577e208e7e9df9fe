package io.pinfold.hwmodel.copy;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.hwmodel.dma.Frames;
import io.pinfold.hwmodel.dma.ScatterList;
import org.agrona.collections.Long2LongHashMap;

/**
 * Records the generation with which each frame was last in flight, and so finds frames that were freed and handed out
 * again. Copier's thread only.
 */
final class FrameHistory {

    private static final long NEVER = -1;

    private final Long2LongHashMap lastGeneration = new Long2LongHashMap(NEVER);
    private final PhysicalMemory memory;
    private long reused;

    FrameHistory(PhysicalMemory memory) {
        this.memory = memory;
    }

    /**
     * Records the frames of a chunk that goes into flight, and counts those that were in flight before with another
     * generation.
     */
    void inFlight(ScatterList frames) {
        for (int i = 0; i < frames.frames(); i++) {
            long generation = Integer.toUnsignedLong(frames.generation(i));
            long before = lastGeneration.put(frames.pfn(i), generation);
            if (before != NEVER && before != generation) {
                reused++;
            }
        }
    }

    /** Checks every frame once more, at the end: frames freed after their last flight count, too. */
    void finish() {
        lastGeneration.forEachLong((pfn, generation) -> {
            if (Integer.toUnsignedLong(Frames.generation(memory, pfn)) != generation) {
                reused++;
            }
        });
        lastGeneration.clear();
    }

    /** Times a frame that was in flight was found with a new generation. */
    long reused() {
        return reused;
    }

    /** Frames that were in flight at least once since the start or the last {@link #finish}. */
    int frames() {
        return lastGeneration.size();
    }
}
