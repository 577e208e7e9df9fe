package io.pinfold.core.memory;

import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;

/**
 * How often a page that {@link FrameHandles} did not allocate is held by handle, by kind. Such a page has other holders (mappings,
 * caches, batches), so its reference count does not tell whether a release by handle is somebody's: this word does.
 * A hold is counted after its reference was taken and uncounted before the reference is dropped, so while the word is not
 * zero the page's life does not end.
 */
final class GuestHolds {
    private static final long GET = 1;
    private static final long PIN = 1L << 32;
    private static final long GETS = PIN - 1;

    private GuestHolds() {
    }

    /** One hold more; the caller has its reference. */
    static void add(long record, boolean pinned) {
        long unused = Words.getAndAddLong(record + PageLayout.HANDLE_HOLDS, pinned ? PIN : GET); // N1 -> N2
    }

    /**
     * One hold less.
     *
     * @throws IllegalStateException if none of this kind is left
     */
    static void remove(long record, boolean pinned, long handle, String what) {
        long address = record + PageLayout.HANDLE_HOLDS;
        long holds = Words.getLongVolatile(address);
        for (;;) {
            if ((pinned ? holds >>> 32 : holds & GETS) == 0) {
                throw HandleMisuse.of(handle, what, (holds & GETS) + " gets and " + (holds >>> 32)
                        + " pins of it were taken by handle, the rest is held otherwise");
            }
            long found = Words.compareAndExchangeLong(address, holds, holds - (pinned ? PIN : GET)); // N2 -> N1
            if (found == holds) {
                return;
            }
            holds = found;
        }
    }
}
