package io.pinfold.core.memory.handle;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;

/**
 * The release of one get or pin by handle: steps HOLDER2 and HOLDER3 of {@code FrameHandles}. The look at the count and
 * the drop are one compareAndSet, so of two threads that give back the same hold one throws. The caller keeps the
 * memory open (HOLDER1).
 */
public final class HandleRelease {
    private HandleRelease() {
    }

    /**
     * Drops one reference or pin.
     *
     * @return the head of the folio if this was the last of it, which the caller frees; else 0
     * @throws MisuseException if it is certain that the caller holds nothing of the kind: of the kind that says why;
     *     nothing has changed
     */
    public static long drop(MemoryCore memory, HandleHolds holds, long handle, String what, boolean pinned) {
        // Read before the generation is compared, so it is about the life of the handle.
        boolean isOwned = HandleMisuse.isOwned(memory.recordAddress(FrameHandle.pfn(handle)));
        long record = HandleMisuse.requireLife(memory, handle, what); // HOLDER2
        if (!isOwned) {
            return dropGuest(memory, holds, record, handle, what, pinned);
        }
        HoldLedger.requireHeld(memory, handle, what, pinned);
        int amount = pinned ? PageRefs.PIN_BIAS : 1;
        int count = PageRefs.refCount(record);
        if (isTooFew(count, amount) || !pinned && isAllPins(memory, holds, record, count)) {
            throw tooFew(handle, what, count, pinned);
        }
        int node = pinned ? memory.nodeOf(FrameHandle.pfn(handle)) : 0;
        if (pinned) {
            holds.countReleased(node, 1);
        }
        for (;;) {
            // HOLDER3 -> HOLDER3, OWNER2
            int found = Words.compareAndExchangeInt(record + PageLayout.REFCOUNT, count, count - amount);
            if (found == count) {
                break;
            }
            count = found;
            if (isTooFew(count, amount)) {
                throw taken(holds, node, handle, what, count, pinned);
            }
        }
        if (count != amount) {
            return 0;
        }
        // another thread ended that life after HOLDER2: this is the next one's reference
        if (HandleMisuse.isOver(record, handle)) {
            PageRefs.unfreeze(record, amount);
            throw taken(holds, node, handle, what, 0, pinned);
        }
        return FrameHandle.pfn(handle);
    }

    /** A negative count has overflowed: it still goes down. */
    private static boolean isTooFew(int count, int amount) {
        return count >= 0 && count < amount;
    }

    /**
     * Whether it is certain that all references are those of pins, so that no holder can have this put: the count is a
     * multiple of what a pin adds, and there are fewer holds by handle in the whole memory than that, takers in their
     * slots included.
     */
    private static boolean isAllPins(MemoryCore memory, HandleHolds holds, long record, int count) {
        return count > 0 && (count & PageRefs.PIN_BIAS - 1) == 0
                && holds.count() + memory.slots().inUse() < PageRefs.PIN_BIAS && PageRefs.refCount(record) == count;
    }

    /** All references are of the other kind, or there is none. */
    private static MisuseException tooFew(long handle, String what, int count, boolean pinned) {
        String why = why(count, pinned);
        return count > 0 ? HandleMisuse.otherKind(handle, what, why) : HandleMisuse.released(handle, what, why);
    }

    private static String why(int count, boolean pinned) {
        return "it has " + count + " references" + (pinned ? " and no pin" : count > 0 ? ", all of pins" : "");
    }

    /** Another thread was faster. */
    private static MisuseException taken(HandleHolds holds, int node, long handle, String what, int count,
            boolean pinned) {
        if (pinned) {
            holds.countReleased(node, -1);
        }
        return HandleMisuse.released(handle, what, why(count, pinned));
    }

    /** A page that others own: the holds by handle are counted apart, so the drop itself needs no look. */
    private static long dropGuest(MemoryCore memory, HandleHolds holds, long record, long handle, String what,
            boolean pinned) {
        GuestHolds.remove(record, pinned, handle, what);
        if (HandleMisuse.isOver(record, handle)) { // as above: it was another life's
            GuestHolds.add(record, pinned);
            throw HandleMisuse.over(record, handle, what);
        }
        long pfn = FrameHandle.pfn(handle);
        long headPfn = PageRefs.headPfn(memory.recordBase(), pfn);
        boolean large = Compound.of(PageLayout.record(memory.recordBase(), headPfn)) != Compound.NONE;
        if (pinned) {
            holds.countReleased(memory.nodeOf(pfn), 1);
        }
        return Grab.putAndTest(memory, headPfn, 1, pinned, large) ? headPfn : 0;
    }
}
