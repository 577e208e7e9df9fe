package io.pinfold.core.memory.handle;

import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;

/**
 * The counts, by kind, of the holds by handle of a page that {@code FrameHandles} did not allocate. Such a page has
 * other holders (mappings, caches, batches), so its reference count does not tell whether a release by handle belongs
 * to a hold: this word does. A hold is counted after its reference was taken and uncounted before the reference is
 * dropped, so while the word is not zero the page's life does not end.
 *
 * <pre>
 * GUEST1 one hold more of its kind, volatile CAS
 * GUEST2 one hold less, never below 0, volatile CAS; none left: throw
 * </pre>
 */
public final class GuestHolds {
    private static final long GET = 1;
    private static final long PIN = 1L << 32;
    private static final long GETS = PIN - 1;
    /** Set in a word that counts holds: what a free block keeps in its place (its order) is never taken for holds. */
    private static final long MARK = 1L << 63;

    private GuestHolds() {
    }

    /** Whether a user page that {@code FrameHandles} did not allocate is held by handle; volatile. */
    static boolean any(long record) {
        return holds(record) != 0;
    }

    /** Pins of such a page that are held by handle; volatile. */
    static int pins(long record) {
        return (int) (holds(record) >>> 32);
    }

    /** The counts of both kinds; 0 if the page is another's or free. */
    private static long holds(long record) {
        long flags = Words.getLongVolatile(record + PageLayout.FLAGS);
        if (PageType.ofFlags(flags) != PageType.USER || (flags & PageFlags.BY_HANDLE) != 0) {
            return 0;
        }
        long word = Words.getLongVolatile(record + PageLayout.HANDLE_HOLDS);
        return word < 0 ? word & ~MARK : 0;
    }

    /** One hold more; the caller has its reference. */
    static void add(long record, boolean pinned) {
        long address = record + PageLayout.HANDLE_HOLDS;
        long word = Words.getLongVolatile(address);
        for (;;) {
            // GUEST1 -> GUEST2
            long found = Words.compareAndExchangeLong(address, word, (word | MARK) + (pinned ? PIN : GET));
            if (found == word) {
                return;
            }
            word = found;
        }
    }

    /**
     * One hold less.
     *
     * @throws io.pinfold.core.gup.MisuseException if none of this kind is left: WrongKind or DoubleRelease
     */
    public static void remove(long record, boolean pinned, long handle, String what) {
        long address = record + PageLayout.HANDLE_HOLDS;
        long word = Words.getLongVolatile(address);
        for (;;) {
            long holds = word < 0 ? word & ~MARK : 0;
            if ((pinned ? holds >>> 32 : holds & GETS) == 0) {
                String why = (holds & GETS) + " gets and " + (holds >>> 32)
                        + " pins of it were taken by handle, the rest is held otherwise";
                throw holds == 0
                        ? HandleMisuse.released(handle, what, why)
                        : HandleMisuse.otherKind(handle, what, why);
            }
            long found = Words.compareAndExchangeLong(address, word, word - (pinned ? PIN : GET)); // GUEST2 -> GUEST1
            if (found == word) {
                return;
            }
            word = found;
        }
    }
}
