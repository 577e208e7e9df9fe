package io.pinfold.core.kernel;

import io.pinfold.core.foll.FollBits;

/**
 * The {@code FOLL_} flags that callers may pass, with the values of Linux 6.1. {@link #FOLL_INTERRUPTIBLE} came after
 * 6.1 and has a bit that 6.1 leaves free. The other bits of 6.1 are set by the library itself and refused in a call.
 */
public final class FollFlags {

    /** The page must be writable; the slow path breaks copy-on-write. Without it the data must not be written. */
    public static final int FOLL_WRITE = FollBits.FOLL_WRITE;
    /** Take one plain reference a page; implied by every get call that is given a batch. */
    public static final int FOLL_GET = FollBits.FOLL_GET;
    /** Core dump: answer an error for holes and zero pages instead of allocating. */
    public static final int FOLL_DUMP = FollBits.FOLL_DUMP;
    /** Ignore missing READ or WRITE of the mapping as far as its MAYREAD and MAYWRITE limits allow. */
    public static final int FOLL_FORCE = FollBits.FOLL_FORCE;
    /**
     * Start input and output but do not wait for it. Accepted, and without effect: no fault does input or output yet.
     */
    public static final int FOLL_NOWAIT = FollBits.FOLL_NOWAIT;
    /** Never fault; an absent page is -EFAULT. */
    public static final int FOLL_NOFAULT = FollBits.FOLL_NOFAULT;
    /** Report -EHWPOISON instead of -EFAULT. */
    public static final int FOLL_HWPOISON = FollBits.FOLL_HWPOISON;
    /** Refuse file mappings. */
    public static final int FOLL_ANON = FollBits.FOLL_ANON;
    /** The pin's lifetime is bounded by user space only; legal on pin calls alone. */
    public static final int FOLL_LONGTERM = FollBits.FOLL_LONGTERM;
    /** Split a huge PMD mapping first. */
    public static final int FOLL_SPLIT_PMD = FollBits.FOLL_SPLIT_PMD;
    /** Never fall back to the slow path. */
    public static final int FOLL_FAST_ONLY = FollBits.FOLL_FAST_ONLY;
    /** An interrupt of the calling thread ends the call before its next page; a wait that has begun goes on. */
    public static final int FOLL_INTERRUPTIBLE = FollBits.FOLL_INTERRUPTIBLE;

    private FollFlags() {
    }
}
