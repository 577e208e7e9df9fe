package io.pinfold.fastpath;

import io.pinfold.core.gup.Errno;

/**
 * A range could not be pinned as a whole. Whatever part of it had been pinned was released before this was thrown.
 */
public final class PinException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** A positive error number. */
    private final int errno;
    /** Pages that had been pinned, and have been released. */
    private final int pinned;

    PinException(String range, int errno, int pinned, int pages) {
        super("pinning " + range + " ended with " + Errno.nameOf(errno) + " after " + pinned + " of " + pages
                + " pages; those were released");
        this.errno = errno;
        this.pinned = pinned;
    }

    /**
     * Why.
     *
     * @return a positive error number of {@link Errno}
     */
    public int errno() {
        return errno;
    }

    /**
     * How far it got.
     *
     * @return the pages that had been pinned, and have been released
     */
    public int pinned() {
        return pinned;
    }
}
