package io.pinfold.core.page;

import io.pinfold.core.words.Words;

/**
 * The version of a frame that was allocated by handle, in its record: even while the data is at rest, odd while a
 * holder writes it or its owner has frozen it. It only grows within a life, and every life begins with the same one. So
 * it is compared together with the generation, which tells lives apart. It has 62 bits, which no life uses up.
 *
 * <p>Its field holds other things while the frame is not allocated by handle: 0, the order of a free block, the number
 * of a table, a word of {@code GuestHolds}. None of them has the mark of a version, so a reader that loads it before it
 * knows what the frame is does not take one of them for a version. Neither are the zeros of a closed memory.
 */
public final class FrameVersion {
    private static final long KIND = 3L << 62;
    private static final long MARK = 1L << 62;
    private static final long WRITTEN = 1;

    private FrameVersion() {
    }

    /** The version; volatile. Of no meaning unless {@link #isEven} or {@link #isOdd}. */
    public static long of(long record) {
        return Words.getLongVolatile(record + PageLayout.VERSION);
    }

    /** The version, as {@link #of}; opaque. For a reader behind its fence. */
    public static long opaque(long record) {
        return Words.getLongOpaque(record + PageLayout.VERSION);
    }

    /** Whether it is the version of a frame at rest. */
    public static boolean isEven(long version) {
        return (version & (KIND | WRITTEN)) == MARK;
    }

    /** Whether it is the version of a frame that is written or frozen. */
    public static boolean isOdd(long version) {
        return (version & (KIND | WRITTEN)) == (MARK | WRITTEN);
    }

    /** The version for messages: how often a write of this life has begun and ended. */
    public static long count(long version) {
        return version & ~KIND;
    }

    /** Begins a life with an odd version, before the count is published; {@link #end} when the frame is filled. */
    public static void beginLife(long record) {
        Words.setLongOpaque(record + PageLayout.VERSION, MARK | WRITTEN);
    }

    /** From an even version to the odd one after it; volatile. */
    public static boolean tryBegin(long record, long version) {
        return Words.compareAndSetLong(record + PageLayout.VERSION, version, version + 1);
    }

    /** From an odd version to the even one after it, if it is still this one; volatile. */
    public static boolean tryEnd(long record, long version) {
        return Words.compareAndSetLong(record + PageLayout.VERSION, version, version + 1);
    }

    /** From the odd version to the even one after it; release. For the one thread that may. */
    public static void end(long record) {
        long address = record + PageLayout.VERSION;
        Words.setLongRelease(address, Words.getLongOpaque(address) + 1);
    }
}
