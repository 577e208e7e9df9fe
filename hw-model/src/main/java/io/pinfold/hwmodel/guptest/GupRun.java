package io.pinfold.hwmodel.guptest;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.pgtable.Geometry;

/**
 * The result of one run, that is of one caller's way through the range.
 *
 * @param call     kind of call
 * @param repeat   from 0
 * @param thread   the caller, from 0
 * @param pages    pages obtained
 * @param wanted   pages of the range
 * @param calls    calls made, the short one included
 * @param getNanos time of the calls that obtained the pages
 * @param putNanos time of giving the pages back
 * @param errno    why the run ended before the end of the range, positive; 0 when it did not, or when the call was
 *                 short without an errno
 */
public record GupRun(GupCall call, int repeat, int thread, long pages, long wanted, long calls, long getNanos,
        long putNanos, int errno) {

    private static final long NANOS_PER_MICRO = 1000;

    /** Whether a call was short, which ends the run. */
    public boolean isTruncated() {
        return pages < wanted;
    }

    /** Time of the calls in whole microseconds, as the kernel's tool prints it. */
    public long getMicros() {
        return getNanos / NANOS_PER_MICRO;
    }

    /** Time of giving the pages back in whole microseconds. */
    public long putMicros() {
        return putNanos / NANOS_PER_MICRO;
    }

    /** Nanoseconds for each page obtained; NaN when there is none. */
    public double getNanosPerPage() {
        return (double) getNanos / pages;
    }

    /** Nanoseconds for each page given back; NaN when there is none. */
    public double putNanosPerPage() {
        return (double) putNanos / pages;
    }

    /** Describes where and why a truncated run ended, for a range that begins at {@code address}. */
    String describeStop(long address) {
        return call + " (" + call.function() + ") of thread " + thread + ", run " + repeat + ": call " + calls
                + " ended at page " + pages + " of " + wanted + ", address 0x"
                + Long.toHexString(address + (pages << Geometry.PAGE_SHIFT)) + ": "
                + (errno == 0 ? "no reason given" : Errno.nameOf(errno));
    }
}
