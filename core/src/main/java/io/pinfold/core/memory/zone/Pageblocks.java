package io.pinfold.core.memory.zone;

import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;

/**
 * The table of migrate types: one int word for each 512 frames ({@link MigrateType}). Written under the lock of the
 * zone, read by any thread.
 */
public final class Pageblocks {
    /** log2 of the frames of a pageblock. */
    static final int SHIFT = 9;
    /** Frames of a pageblock. */
    public static final int FRAMES = 1 << SHIFT;

    private final long words;

    public Pageblocks(Arena arena, long frames) {
        this.words = ControlMemory.allocate(arena, "pageblock types", (frames >>> SHIFT) * Integer.BYTES, Long.BYTES)
                .address();
    }

    /** The type of the pageblock of a frame; volatile. */
    public int typeOf(long pfn) {
        return Words.getIntVolatile(words + (pfn >>> SHIFT) * Integer.BYTES);
    }

    /** Gives every pageblock that begins in the range a type. */
    void set(long firstPfn, long count, int type) {
        for (long pfn = firstPfn; pfn < firstPfn + count; pfn += FRAMES) {
            Words.setIntVolatile(words + (pfn >>> SHIFT) * Integer.BYTES, type);
        }
    }
}
