package io.pinfold.fastpath.walk;

import static io.pinfold.core.foll.FollBits.FOLL_FAST_ONLY;
import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.batch.PageList;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.slow.FlagRules;
import io.pinfold.core.mm.slow.SlowGupCalls;
import io.pinfold.core.mm.slow.SlowResult;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.StackRoom;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a session: flags, batch, one walk, and the slow path for what the walk did not obtain.
 *
 * <h2>Protocol: one call</h2>
 *
 * <pre>
 * CALL1 flags legal? else -EINVAL, before any side effect
 * CALL2 is the range in user space, the batch empty and large enough?
 * CALL3 a pin: set HAS_PINNED, tested first; before WALK2
 * CALL4 the walk, in the slot: WALK1 to WALK10
 * CALL5 all obtained: the batch holds them (BATCH2)
 * CALL6 not all: the slow path for the rest, unless fast-only; the prefix stays
 * </pre>
 */
public final class FastCalls {

    private FastCalls() {
    }

    /**
     * Gets pages.
     *
     * @param session for one thread at a time
     * @param flags as {@link FlagRules#checkFast} allows
     * @param batch without one the answer is -EINVAL
     * @return pages obtained, or a negative errno
     */
    public static int get(SessionDoor session, AddressSpace space, long address, int pages, int flags,
            @Nullable Batch<?> batch) {
        int illegal = FlagRules.checkFast(flags, false); // CALL1
        return illegal != 0 ? illegal : obtain(session, space, address, pages, flags | FOLL_GET, batch);
    }

    /**
     * Pins pages.
     *
     * @param session for one thread at a time
     * @param flags as {@link FlagRules#checkFast} allows
     * @param batch without one the answer is -EINVAL
     * @return pages obtained, or a negative errno
     */
    public static int pin(SessionDoor session, AddressSpace space, long address, int pages, int flags,
            @Nullable Batch<?> batch) {
        int illegal = FlagRules.checkFast(flags, true); // CALL1
        return illegal != 0 ? illegal : obtain(session, space, address, pages, flags | FOLL_PIN, batch);
    }

    /** CALL2 to CALL6; flags are legal and hold FOLL_GET or FOLL_PIN. */
    private static int obtain(SessionDoor session, AddressSpace space, long address, int pages, int flags,
            @Nullable Batch<?> given) {
        StackRoom.forWalk(pages);
        if (given == null) {
            return -Errno.EINVAL;
        }
        long start = address & ~Geometry.PAGE_OFFSET_MASK;
        if (pages <= 0 || start < 0 || start > Geometry.USER_END - ((long) pages << Geometry.PAGE_SHIFT)) { // CALL2
            return outsideUserSpace(start, pages);
        }
        if (space.memory() != session.memory) {
            throw foreign(session, space);
        }
        HeldPages batch = Bridge.held(given);
        batch.requireFor(session.core, pages);
        long control = Bridge.control(space);
        if ((flags & FOLL_PIN) != 0) {
            MmControl.setHasPinned(control); // CALL3
        }
        int n = walk(session, control, start, pages, flags, batch);
        // The control block must outlive the walk that reads it.
        Reference.reachabilityFence(space);
        try {
            if (!batch.deferred().isEmpty()) {
                int _ = batch.deferred().drain();
            }
            if (n == pages) { // CALL5
                batch.commit((flags & FOLL_PIN) != 0);
                return n;
            }
            return finish(space, start, pages, n, flags, batch);
        } catch (Throwable thrown) { // by a driver in a fault, above all: as if it had never been asked
            if (batch.isFilling()) {
                batch.rollBack((flags & FOLL_PIN) != 0, thrown);
            }
            throw thrown;
        }
    }

    /**
     * WALK1 to WALK10; the batch is filling afterwards, unless this throws before WALK3. A method of its own, so that
     * both are small enough to be compiled into the get and into the pin apart: as one, a pin of one page takes 4 %
     * longer where gets and pins are mixed (bench, order0.pin.1).
     */
    private static int walk(SessionDoor session, long control, long start, int pages, int flags, HeldPages batch) {
        SessionSlot slot = session.slot;
        WalkTally tally = session.tally;
        FastWalk walk = session.walk;
        int n;
        slot.enter(); // WALK1
        try {
            // After enter: a batch leaves EMPTY only where the memory cannot close under it (MemoryCore, KEEP3).
            int @Nullable [] entries = null;
            if (batch instanceof PageList list) {
                entries = list.beginFillEntries();
            } else {
                batch.beginFillInSlot();
            }
            try {
                tally.begin(batch);
                n = walk.obtain(control, start, pages, flags, entries); // CALL4
                if (batch instanceof PageList list) {
                    list.filled(n);
                }
                tally.obtained(n, flags);
            } finally {
                walk.release();
            }
        } finally {
            slot.exit(); // WALK10
        }
        return n;
    }

    /** The walk obtained {@code n} pages of {@code pages}: CALL5 and CALL6. */
    private static int finish(AddressSpace space, long start, int pages, int n, int flags, HeldPages batch) {
        int errno = Errno.EAGAIN;
        int total = n;
        if ((flags & FOLL_FAST_ONLY) == 0) { // CALL6
            long result = fallBack(space, start + ((long) n << Geometry.PAGE_SHIFT), pages - n, flags, batch, n);
            total += SlowResult.pages(result);
            errno = SlowResult.errno(result);
        } else if (n == 0 && space.isClosed()) {
            throw closed(space);
        }
        long stop = total == pages ? 0 : start + ((long) total << Geometry.PAGE_SHIFT);
        if (total == 0) {
            batch.abandon(errno, stop);
        } else {
            batch.commit((flags & FOLL_PIN) != 0, errno, stop);
        }
        // What the walk obtained is never given back because of a later error.
        return total > 0 || (flags & FOLL_FAST_ONLY) != 0 ? total : -errno;
    }

    private static long fallBack(AddressSpace space, long start, int pages, int flags, HeldPages batch, int n) {
        long result = SlowGupCalls.fallBack(Bridge.mm(space), start, pages, flags, batch);
        if (result != SlowResult.SPACE_CLOSED) {
            return result;
        }
        if (n == 0) {
            throw closed(space);
        }
        // The space was closed meanwhile: the next call says so. These pages are held.
        return SlowResult.of(0, Errno.EFAULT);
    }

    private static MisuseException closed(AddressSpace space) {
        return new MisuseException("address space " + space.id() + " is closed");
    }

    /** What is wrong with a range that is empty or not inside user space. */
    private static int outsideUserSpace(long start, int pages) {
        if (pages <= 0) {
            return pages == 0 ? 0 : -Errno.EINVAL;
        }
        long end = start + ((long) pages << Geometry.PAGE_SHIFT);
        return Long.compareUnsigned(end, start) < 0 ? -Errno.EOVERFLOW : -Errno.EFAULT;
    }

    private static IllegalArgumentException foreign(SessionDoor session, AddressSpace space) {
        return new IllegalArgumentException("address space " + space.id() + " belongs to " + space.memory()
                + ", this session to " + session.memory);
    }
}
