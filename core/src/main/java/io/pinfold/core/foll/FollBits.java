package io.pinfold.core.foll;

/**
 * All {@code FOLL_} bits of the get_user_pages family, with the values of Linux 6.1.
 *
 * <p>Callers may pass the external ones; the internal ones are set by the library itself and are refused at the public
 * edge. {@link #FOLL_INTERRUPTIBLE} came after 6.1 and has a bit that 6.1 leaves free.
 */
public final class FollBits {

    /** The page must be writable; the slow path breaks copy-on-write. Without it the data must not be written. */
    public static final int FOLL_WRITE = 0x1;
    /** Internal: mark the entry accessed, and dirty with WRITE, while looking it up. */
    public static final int FOLL_TOUCH = 0x2;
    /** Take one plain reference a page; implied by every get call that is given a batch. */
    public static final int FOLL_GET = 0x4;
    /** Core dump: answer an error for holes and zero pages instead of allocating. */
    public static final int FOLL_DUMP = 0x8;
    /** Ignore missing READ or WRITE of the mapping as far as its MAYREAD and MAYWRITE limits allow. */
    public static final int FOLL_FORCE = 0x10;
    /**
     * Start input and output but do not wait for it. Accepted, and without effect: no fault does input or output yet.
     */
    public static final int FOLL_NOWAIT = 0x20;
    /** Never fault; an absent page is -EFAULT. */
    public static final int FOLL_NOFAULT = 0x80;
    /** Report -EHWPOISON instead of -EFAULT. */
    public static final int FOLL_HWPOISON = 0x100;
    /** Internal, and not used yet: wait for migration entries. The slow path always does. */
    public static final int FOLL_MIGRATION = 0x400;
    /** Internal, and not used yet: second try after the lock was dropped. */
    public static final int FOLL_TRIED = 0x800;
    /** Internal, and not used yet: the address space is not the caller's own. */
    public static final int FOLL_REMOTE = 0x2000;
    /** Refuse file mappings. */
    public static final int FOLL_ANON = 0x8000;
    /** The pin's lifetime is bounded by user space only; legal on pin calls alone. */
    public static final int FOLL_LONGTERM = 0x10000;
    /** Split a huge PMD mapping first. */
    public static final int FOLL_SPLIT_PMD = 0x20000;
    /** Internal: take pins; set by the pin calls. */
    public static final int FOLL_PIN = 0x40000;
    /** Never fall back to the slow path. */
    public static final int FOLL_FAST_ONLY = 0x80000;
    /** An interrupt of the calling thread ends the call before its next page; a wait that has begun goes on. */
    public static final int FOLL_INTERRUPTIBLE = 0x200000;

    private FollBits() {
    }
}
