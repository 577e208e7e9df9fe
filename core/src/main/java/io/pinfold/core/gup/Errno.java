package io.pinfold.core.gup;

/**
 * Error numbers with their Linux values. They are positive here; a call that fails answers the negated value, as in
 * {@code return -Errno.EFAULT}.
 */
public final class Errno {

    /** Interrupted before anything was obtained. */
    public static final int EINTR = 4;
    /** A fast-only call stopped where the slow path would have gone on; advice would make too many mappings. */
    public static final int EAGAIN = 11;
    /** Allocation failed, a reference count is about to overflow, or a long-term pin met a page it may not hold. */
    public static final int ENOMEM = 12;
    /** No mapping, no permission, an absent page under NOFAULT, or a range beyond user space. */
    public static final int EFAULT = 14;
    /** The page is shared, pinned, or of a kind that cannot be moved or poisoned. */
    public static final int EBUSY = 16;
    /** The entry has no page record and pages were wanted. */
    public static final int EEXIST = 17;
    /** Illegal flags or arguments. */
    public static final int EINVAL = 22;
    /** An extent batch has no room for another extent. */
    public static final int ENOSPC = 28;
    /** A page must be unshared first; internal to the slow path. */
    public static final int EMLINK = 31;
    /** The end of the range does not fit in an address. */
    public static final int EOVERFLOW = 75;
    /** A long-term pin of file-system DAX memory. */
    public static final int EOPNOTSUPP = 95;
    /** A peer-to-peer page without permission. */
    public static final int EREMOTEIO = 121;
    /** The page is poisoned and the caller asked to be told. */
    public static final int EHWPOISON = 133;

    private Errno() {
    }

    /**
     * The symbolic name, for messages.
     *
     * @param errno an error number of either sign
     * @return for example {@code "EFAULT"}; {@code "errno 7"} for a number this library never answers
     */
    public static String nameOf(int errno) {
        return switch (Math.abs(errno)) {
            case EINTR -> "EINTR";
            case EAGAIN -> "EAGAIN";
            case ENOMEM -> "ENOMEM";
            case EFAULT -> "EFAULT";
            case EBUSY -> "EBUSY";
            case EEXIST -> "EEXIST";
            case EINVAL -> "EINVAL";
            case ENOSPC -> "ENOSPC";
            case EMLINK -> "EMLINK";
            case EOVERFLOW -> "EOVERFLOW";
            case EOPNOTSUPP -> "EOPNOTSUPP";
            case EREMOTEIO -> "EREMOTEIO";
            case EHWPOISON -> "EHWPOISON";
            default -> "errno " + Math.abs(errno);
        };
    }
}
