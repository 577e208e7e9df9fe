package io.pinfold.core.mm;

import static io.pinfold.core.gup.FollFlags.FOLL_FAST_ONLY;
import static io.pinfold.core.gup.FollFlags.FOLL_GET;
import static io.pinfold.core.gup.FollFlags.FOLL_LONGTERM;
import static io.pinfold.core.gup.FollFlags.FOLL_PIN;
import static io.pinfold.core.gup.FollFlags.FOLL_TOUCH;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.FlagRules;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.pgtable.Geometry;
import org.jspecify.annotations.Nullable;

/**
 * What the public slow calls have in common: legality before any side effect, the lock, the batch, and the return rule (n
 * pages held, or a negative errno and nothing held).
 *
 * <p>No fault of today drops mmap_lock, so the wrapper that takes it again and goes on is not needed, and
 * {@link MmapGuard#wasDropped} stays false.
 */
final class SlowGupCalls {

    private SlowGupCalls() {
    }

    /**
     * get_user_pages and its forms: marks what it touches. Without a batch, pages are faulted in and none is held.
     *
     * @param guard the lock, or null to take it here
     */
    static int get(AddressSpace space, @Nullable MmapGuard guard, long address, int pages, int flags,
            @Nullable Batch batch) {
        int illegal = FlagRules.checkSlow(flags, false, batch != null, guard == null);
        if (illegal != 0) {
            return illegal;
        }
        int internal = batch == null ? FOLL_TOUCH : FOLL_TOUCH | FOLL_GET;
        return call(space, guard, address, pages, flags | internal, batch);
    }

    /**
     * pin_user_pages and its forms.
     *
     * @param guard    the lock, or null to take it here
     * @param internal FOLL_TOUCH for the remote and unlocked forms; pin_user_pages alone leaves no mark
     */
    static int pin(AddressSpace space, @Nullable MmapGuard guard, long address, int pages, int flags, int internal,
            @Nullable Batch batch) {
        int illegal = FlagRules.checkSlow(flags, true, batch != null, guard == null);
        return illegal != 0 ? illegal : call(space, guard, address, pages, flags | internal | FOLL_PIN, batch);
    }

    private static int call(AddressSpace space, @Nullable MmapGuard guard, long address, int pages, int flags,
            @Nullable Batch batch) {
        if (pages <= 0) {
            return pages == 0 ? 0 : -Errno.EINVAL;
        }
        if (batch != null) {
            batch.requireFor(space.memory(), pages);
        }
        if (guard != null) {
            guard.check(space);
            return locked(space, address, pages, flags, batch);
        }
        try (MmapGuard own = space.readLock()) {
            return locked(own.space(), address, pages, flags, batch);
        }
    }

    private static int locked(AddressSpace space, long address, int pages, int flags, @Nullable Batch batch) {
        long start = Geometry.pageFloor(address);
        if (batch == null) {
            return answer(SlowGup.obtain(space, start, pages, flags, null));
        }
        batch.beginFill();
        if ((flags & FOLL_PIN) != 0) {
            MmControl.setHasPinned(space.control()); // before the first grab: fork asks for it after its fence
        }
        long result;
        try {
            result = SlowGup.obtain(space, start, pages, flags, batch);
        } catch (Throwable thrown) { // by a driver in a fault, above all: as if it had never been asked
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
     * The rest of a fast call, after its walk stopped. Without FOLL_LONGTERM this is the unlocked form, which marks what it
     * touches; with it, the lock would have to be held throughout, and nothing is marked.
     *
     * @param start page-aligned address of the first page the walk did not obtain
     * @param pages how many are missing, at least 1
     * @param flags of the fast call, with FOLL_GET or FOLL_PIN
     * @param batch filling, with what the walk obtained
     * @return a {@link SlowResult}; {@link SlowResult#SPACE_CLOSED} if the space is closed
     */
    static long fallBack(AddressSpace space, long start, int pages, int flags, Batch batch) {
        int touch = (flags & FOLL_LONGTERM) == 0 ? FOLL_TOUCH : 0;
        try (MmapGuard own = space.readLockIfOpen()) {
            if (own == null) {
                return SlowResult.SPACE_CLOSED; // no exception: those are the drivers'
            }
            return SlowGup.obtain(own.space(), start, pages, flags & ~FOLL_FAST_ONLY | touch, batch);
        }
    }

    private static int answer(long result) {
        int pages = SlowResult.pages(result);
        return pages != 0 ? pages : -SlowResult.errno(result);
    }
}
