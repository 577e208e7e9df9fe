package io.pinfold.core.gup;

/**
 * A frame in one of its lives: the pfn in the low 32 bits and the generation in the high 32 bits. 0 means none, because pfn 0 is
 * never handed out. A handle of an earlier life never equals one of a later life: a frame whose generations are used up is
 * not handed out any more.
 */
public final class FrameHandle {
    /** No frame. */
    public static final long NONE = 0;

    private FrameHandle() {
    }

    /**
     * The handle of a frame in the life that {@code generation} counts.
     *
     * @throws IllegalArgumentException if {@code pfn} does not fit into 32 bits
     */
    public static long of(long pfn, int generation) {
        if (pfn >>> 32 != 0) {
            throw new IllegalArgumentException("pfn = " + pfn + " is not in 0.." + 0xFFFF_FFFFL);
        }
        return (long) generation << 32 | pfn;
    }

    /** The pfn of a handle. */
    public static long pfn(long handle) {
        return handle & 0xFFFF_FFFFL;
    }

    /** The generation of a handle. */
    public static int generation(long handle) {
        return (int) (handle >>> 32);
    }
}
