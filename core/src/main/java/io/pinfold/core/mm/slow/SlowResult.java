package io.pinfold.core.mm.slow;

/**
 * The result of the slow path in one long: how many pages it obtained, and the errno that ended it when that is less
 * than requested.
 *
 * <pre>
 *   63..32 errno, 0 = all obtained     31..0 pages obtained, never negative
 * </pre>
 *
 * <p>The public calls return the count if there is one, else the negative errno; the errno behind a short count goes to
 * the batch.
 */
public final class SlowResult {

    /** Nothing was obtained, because the space is closed: no result of {@link #of}. */
    public static final long SPACE_CLOSED = -1;

    private SlowResult() {
    }

    /**
     * Packs count and errno.
     *
     * @param pages pages obtained, 0 or more
     * @param errno a positive errno, or 0
     * @return the result
     */
    public static long of(int pages, int errno) {
        return (long) errno << 32 | pages;
    }

    /**
     * Returns the pages obtained.
     *
     * @param result what the slow path answered
     * @return 0 or more
     */
    public static int pages(long result) {
        return (int) result;
    }

    /**
     * What ended it.
     *
     * @param result what the slow path answered
     * @return a positive errno, or 0 if every page was obtained
     */
    public static int errno(long result) {
        return (int) (result >>> 32);
    }
}
