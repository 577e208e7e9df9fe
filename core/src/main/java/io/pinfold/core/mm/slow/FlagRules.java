package io.pinfold.core.mm.slow;

import static io.pinfold.core.foll.FollBits.FOLL_ANON;
import static io.pinfold.core.foll.FollBits.FOLL_DUMP;
import static io.pinfold.core.foll.FollBits.FOLL_FAST_ONLY;
import static io.pinfold.core.foll.FollBits.FOLL_FORCE;
import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_HWPOISON;
import static io.pinfold.core.foll.FollBits.FOLL_INTERRUPTIBLE;
import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_NOFAULT;
import static io.pinfold.core.foll.FollBits.FOLL_NOWAIT;
import static io.pinfold.core.foll.FollBits.FOLL_SPLIT_PMD;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;

import io.pinfold.core.gup.Errno;

/**
 * The rules for the flags of a public call. A violation is answered with -EINVAL before any side effect: no flag of the
 * address space is set, nothing is counted, no batch changes state.
 *
 * <p>Internal flags (PIN, TOUCH, REMOTE, TRIED, MIGRATION) and bits without a meaning are refused everywhere: the
 * library sets what it needs after the check.
 */
public final class FlagRules {

    /**
     * The flags that the fast entries accept; every other flag needs a VMA or the lock and belongs to the slow entries.
     */
    private static final int FAST_LEGAL = FOLL_WRITE | FOLL_GET | FOLL_FORCE | FOLL_NOFAULT | FOLL_LONGTERM
            | FOLL_FAST_ONLY;

    private static final int SLOW_LEGAL = FOLL_WRITE | FOLL_GET | FOLL_DUMP | FOLL_FORCE | FOLL_NOWAIT | FOLL_NOFAULT
            | FOLL_HWPOISON | FOLL_ANON | FOLL_LONGTERM | FOLL_SPLIT_PMD | FOLL_INTERRUPTIBLE;

    private FlagRules() {
    }

    /**
     * Checks the flags of a fast entry.
     *
     * @param flags what the caller passed
     * @param pin   true for the pin calls
     * @return 0, or -EINVAL
     */
    public static int checkFast(int flags, boolean pin) {
        // A get needs one mask test, a pin one more: LONGTERM without PIN and GET with PIN are both illegal.
        int illegal = ~FAST_LEGAL | (pin ? FOLL_GET : FOLL_LONGTERM);
        return (flags & illegal) == 0 ? 0 : -Errno.EINVAL;
    }

    /**
     * Checks the flags of a slow entry.
     *
     * @param flags    what the caller passed
     * @param pin      true for the pin calls
     * @param hasBatch whether pages are returned; without a batch a get call only faults pages in
     * @param unlocked true for the forms that take mmap_lock themselves and may drop it, where LONGTERM
     *                 is illegal because its checks need mappings that stay
     * @return 0, or -EINVAL
     */
    public static int checkSlow(int flags, boolean pin, boolean hasBatch, boolean unlocked) {
        int illegal = ~SLOW_LEGAL | (pin ? FOLL_GET : FOLL_LONGTERM) | (unlocked ? FOLL_LONGTERM : 0);
        if (!hasBatch) {
            illegal |= FOLL_GET;
        }
        boolean legal = (flags & illegal) == 0 && (hasBatch || !pin);
        return legal ? 0 : -Errno.EINVAL;
    }
}
