package io.pinfold.core.mm.slow;

import static io.pinfold.core.foll.FollBits.FOLL_FAST_ONLY;
import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.foll.FollBits.FOLL_TOUCH;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.mm.space.ReadLock;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.StackRoom;
import org.jspecify.annotations.Nullable;

/**
 * The common part of the public slow calls: legality before any side effect, the lock, the batch, and the return rule
 * (n pages held, or a negative errno and nothing held).
 *
 * <p>No fault of today drops mmap_lock, so the wrapper that takes it again and goes on is not needed, and
 * {@link ReadLock#wasDropped} stays false.
 */
public final class SlowGupCalls {

    private SlowGupCalls() {
    }

    /**
     * get_user_pages and its forms: marks what it touches. Without a batch, pages are faulted in and none is held.
     *
     * @param guard the lock, or null to take it here
     */
    public static int get(Mm mm, @Nullable ReadLock guard, long address, int pages, int flags,
            @Nullable HeldPages batch) {
        int illegal = FlagRules.checkSlow(flags, false, batch != null, guard == null);
        if (illegal != 0) {
            return illegal;
        }
        int internal = batch == null ? FOLL_TOUCH : FOLL_TOUCH | FOLL_GET;
        return call(mm, guard, address, pages, flags | internal, batch);
    }

    /**
     * pin_user_pages and its forms.
     *
     * @param guard    the lock, or null to take it here
     * @param internal FOLL_TOUCH for the remote and unlocked forms; pin_user_pages alone leaves no mark
     */
    public static int pin(Mm mm, @Nullable ReadLock guard, long address, int pages, int flags, int internal,
            @Nullable HeldPages batch) {
        int illegal = FlagRules.checkSlow(flags, true, batch != null, guard == null);
        return illegal != 0 ? illegal : call(mm, guard, address, pages, flags | internal | FOLL_PIN, batch);
    }

    private static int call(Mm mm, @Nullable ReadLock guard, long address, int pages, int flags,
            @Nullable HeldPages batch) {
        if (pages <= 0) {
            return pages == 0 ? 0 : -Errno.EINVAL;
        }
        if (batch != null) {
            batch.requireFor(mm.memory(), pages);
        }
        if (guard != null) {
            guard.check(mm);
            return locked(mm, address, pages, flags, batch);
        }
        try (ReadLock own = ReadLock.take(mm)) {
            return locked(own.mm(), address, pages, flags, batch);
        }
    }

    private static int locked(Mm mm, long address, int pages, int flags, @Nullable HeldPages batch) {
        long start = Geometry.pageFloor(address);
        if (batch == null) {
            return answer(SlowGup.obtain(mm, start, pages, flags, null));
        }
        batch.beginFill();
        if ((flags & FOLL_PIN) != 0) {
            MmControl.setHasPinned(mm.control()); // before the first grab: fork reads it after its fence
        }
        long result;
        try {
            result = SlowGup.obtain(mm, start, pages, flags, batch);
        } catch (Throwable thrown) { // mostly by a driver in a fault: everything as if it had never been called
            batch.rollBack((flags & FOLL_PIN) != 0, thrown);
            throw thrown;
        }
        int obtained = SlowResult.pages(result);
        int errno = SlowResult.errno(result);
        long stop = errno == 0 ? 0 : start + ((long) obtained << Geometry.PAGE_SHIFT);
        if (obtained == 0) {
            batch.abandon(errno, stop);
        } else {
            batch.commit((flags & FOLL_PIN) != 0, errno, stop);
        }
        return answer(result);
    }

    /**
     * The rest of a fast call, after its walk stopped. Without FOLL_LONGTERM this is the unlocked form, which marks
     * what it touches; with it, the lock would have to be held throughout, and nothing is marked.
     *
     * @param start page-aligned address of the first page the walk did not obtain
     * @param pages how many are missing, at least 1
     * @param flags of the fast call, with FOLL_GET or FOLL_PIN
     * @param batch filling, with what the walk obtained
     * @return a {@link SlowResult}; {@link SlowResult#SPACE_CLOSED} if the space is closed
     * @throws IllegalArgumentException if {@code start} is misaligned or {@code pages} is less than 1
     */
    public static long fallBack(Mm mm, long start, int pages, int flags, HeldPages batch) {
        StackRoom.forCall();
        if (pages < 1 || (start & Geometry.PAGE_OFFSET_MASK) != 0) {
            throw new IllegalArgumentException("pages = " + pages + " from 0x" + Long.toHexString(start)
                    + " on: the first must be page-aligned, and one at least");
        }
        int touch = (flags & FOLL_LONGTERM) == 0 ? FOLL_TOUCH : 0;
        try (ReadLock own = ReadLock.takeIfOpen(mm)) {
            if (!own.isHeld()) {
                return SlowResult.SPACE_CLOSED; // no exception, because an exception here is a driver's
            }
            return SlowGup.obtain(own.mm(), start, pages, flags & ~FOLL_FAST_ONLY | touch, batch);
        }
    }

    private static int answer(long result) {
        int pages = SlowResult.pages(result);
        return pages != 0 ? pages : -SlowResult.errno(result);
    }
}
