package io.pinfold.core.memory.handle;

import io.pinfold.core.words.Align;
import java.lang.foreign.MemorySegment;

/** The checks of what a reader asks of a frame. */
final class FrameRange {
    /** The bits that the offset of a word in a frame may have. */
    private static final long WORD_OFFSETS = Align.PAGE_BYTES - Long.BYTES;

    private FrameRange() {
    }

    /**
     * Checks that a long word lies in a frame.
     *
     * @throws IllegalArgumentException if {@code offset} is no multiple of 8
     */
    static void requireWord(long offset) {
        if ((offset & ~WORD_OFFSETS) != 0) { // one test for both limits and the alignment
            require(offset, Long.BYTES);
            throw new IllegalArgumentException("offset = " + offset + " is not a multiple of " + Long.BYTES);
        }
    }

    /**
     * Checks that as many bytes as the target has lie in a frame, and that it may be written.
     *
     * @throws IllegalArgumentException if the target is read-only
     */
    static void requireTarget(long offset, MemorySegment target) {
        require(offset, target.byteSize());
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("the target is read-only");
        }
    }

    private static void require(long offset, long bytes) {
        if (offset < 0 || offset > Align.PAGE_BYTES - bytes) {
            throw new IndexOutOfBoundsException(bytes + " bytes at offset " + offset + " are not in the "
                    + Align.PAGE_BYTES + " of a frame");
        }
    }
}
