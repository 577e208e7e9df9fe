package io.pinfold.core.gup;

/**
 * A frame in one of its lives: the pfn in the low 31 bits and the generation in the high 32 bits. 0 means none, because
 * pfn 0 is never handed out. A handle of an earlier life never equals one of a later life: a frame whose generations
 * are used up is not handed out any more.
 *
 * <p>A pin by handle is the same number with bit 31 set. So a pin that is put, and a reference that is unpinned, are
 * noticed before anything changes.
 */
public final class FrameHandle {
    /** No frame. */
    public static final long NONE = 0;

    private static final long PIN_MARK = 1L << 31;

    private FrameHandle() {
    }

    /**
     * The handle of a frame in the life that {@code generation} counts.
     *
     * @param pfn frame number, 1 to 2^31 - 1; 0 with generation 0 makes {@link #NONE}
     * @param generation how often the frame was freed before, unsigned
     * @return the handle; it may be negative
     * @throws IllegalArgumentException if {@code pfn} does not fit into 31 bits
     */
    public static long of(long pfn, int generation) {
        if (pfn >>> 31 != 0) {
            throw new IllegalArgumentException("pfn = " + pfn + " is not in 0.." + (PIN_MARK - 1));
        }
        return (long) generation << 32 | pfn;
    }

    /**
     * {@return the frame number of a handle or a pin}
     *
     * @param handle any
     */
    public static long pfn(long handle) {
        return handle & PIN_MARK - 1;
    }

    /**
     * {@return whether the number is a pin: what tryPin returned}
     *
     * @param number a handle or a pin
     */
    public static boolean isPin(long number) {
        return (number & PIN_MARK) != 0;
    }

    /**
     * The pin of a frame, as tryPin returns it. Pins nothing.
     *
     * @param handle a handle or a pin, not {@link #NONE}
     * @return the number that {@code FrameHandles.unpin} takes
     */
    public static long toPin(long handle) {
        return handle | PIN_MARK;
    }

    /**
     * The handle of a frame that was pinned: the one that the pin was taken by.
     *
     * @param pin a pin or a handle
     * @return the number that the takers take
     */
    public static long ofPin(long pin) {
        return pin & ~PIN_MARK;
    }

    /**
     * {@return the generation of a handle or a pin, unsigned}
     *
     * @param handle any
     */
    public static int generation(long handle) {
        return (int) (handle >>> 32);
    }
}
