package io.pinfold.core.gup;

/**
 * A frame in one of its lives: the pfn in the low 32 bits and the generation in the high 32 bits. 0 means none, because
 * pfn 0 is never handed out. A handle of an earlier life never equals one of a later life: a frame whose generations
 * are used up is not handed out any more.
 */
public final class FrameHandle {
    /** No frame. */
    public static final long NONE = 0;

    private FrameHandle() {
    }

    /**
     * The handle of a frame in the life that {@code generation} counts.
     *
     * @param pfn frame number, 1 to 2^32 - 1; 0 with generation 0 makes {@link #NONE}
     * @param generation how often the frame was freed before, unsigned
     * @return the handle; it may be negative
     * @throws IllegalArgumentException if {@code pfn} does not fit into 32 bits
     */
    public static long of(long pfn, int generation) {
        if (pfn >>> 32 != 0) {
            throw new IllegalArgumentException("pfn = " + pfn + " is not in 0.." + 0xFFFF_FFFFL);
        }
        return (long) generation << 32 | pfn;
    }

    /**
     * {@return the frame number of a handle}
     *
     * @param handle any handle
     */
    public static long pfn(long handle) {
        return handle & 0xFFFF_FFFFL;
    }

    /**
     * {@return the generation of a handle, unsigned}
     *
     * @param handle any handle
     */
    public static int generation(long handle) {
        return (int) (handle >>> 32);
    }
}
