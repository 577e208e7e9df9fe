package io.pinfold.core.memory.handle;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;

/**
 * The release of one get or pin by handle: steps HOLDER1 to HOLDER3 of {@code FrameHandles}, but for the free. The look
 * at the count and the drop are one compareAndSet, so of two threads that give back the same hold one throws.
 */
public final class HandleRelease {
    /**
     * What a pin counts while its frame is marked dirty: too little for a second unpin, and too much for a freeze,
     * which would take a single reference for the owner's.
     */
    private static final int BEING_MARKED = PageRefs.PIN_BIAS - 1;

    private HandleRelease() {
    }

    /**
     * Drops one reference or pin.
     *
     * @param number what was taken: a handle of a get, or a pin
     * @param makeDirty whether the folio is marked dirty before the drop
     * @return the head of the folio if this was the last of it, which the caller frees; else 0
     * @throws MisuseException if it is certain that the caller holds nothing of the kind: of the kind that says why;
     *     nothing has changed
     */
    public static long drop(MemoryCore memory, long number, String what, boolean pinned,
            boolean makeDirty) {
        if (FrameHandle.isPin(number) != pinned) {
            memory.checkPfn(FrameHandle.pfn(number));
            memory.requireMapped();
            throw HandleMisuse.otherKind(number, what,
                    pinned ? "it is a handle and no pin, which is what tryPin returns" : "it is a pin");
        }
        // Both are read before the generation is compared, so they are of the life of the handle.
        int count = PageRefs.refCount(memory.recordAddress(FrameHandle.pfn(number)));
        boolean isOwned = HandleMisuse.isOwned(memory, number);
        long record = HandleMisuse.requireLife(memory, number, what); // HOLDER1
        if (!isOwned) {
            return dropGuest(memory, record, number, what, pinned, makeDirty);
        }
        HoldLedger.requireHeld(memory, FrameHandle.ofPin(number), what, pinned);
        int amount = pinned ? PageRefs.PIN_BIAS : 1;
        int kept = makeDirty ? BEING_MARKED : 0;
        for (int beaten = 0;; beaten++) {
            if (isTooFew(count, amount)) {
                throw tooFew(number, what, count, pinned);
            }
            // HOLDER2 (SHIELD1) -> HOLDER2, OWNER2
            int found = Words.compareAndExchangeInt(record + PageLayout.REFCOUNT, count, count - amount + kept);
            if (found == count) {
                break;
            }
            Waits.backOff(beaten);
            count = PageRefs.refCount(record);
            if (HandleMisuse.isOver(record, number)) { // HOLDER1 again: it may be the next life's count
                throw HandleMisuse.over(record, number, what);
            }
        }
        if (makeDirty) {
            return markAndDrop(record, number, what);
        }
        if (count != amount) {
            return 0;
        }
        // HOLDER3: another thread ended that life after HOLDER1, and this is the next one's reference
        if (HandleMisuse.isOver(record, number)) {
            PageRefs.unfreeze(record, amount);
            throw HandleMisuse.over(record, number, what);
        }
        return FrameHandle.pfn(number);
    }

    /** The pin is one short, so that it is not ended a second time while the frame is marked. */
    private static long markAndDrop(long record, long number, String what) {
        if (HandleMisuse.isOver(record, number)) { // HOLDER3
            PageRefs.add(record, PageRefs.PIN_BIAS - BEING_MARKED);
            throw HandleMisuse.over(record, number, what);
        }
        PageFlags.markDirty(record);
        return PageRefs.subAndTest(record, BEING_MARKED) ? FrameHandle.pfn(number) : 0; // HOLDER2
    }

    /** A negative count has overflowed: it still goes down. */
    private static boolean isTooFew(int count, int amount) {
        return count >= 0 && count < amount;
    }

    /** All references are of the other kind, or there is none. */
    private static MisuseException tooFew(long number, String what, int count, boolean pinned) {
        String why = "it has " + count + " references" + (pinned ? " and no pin" : "");
        return count > 0 ? HandleMisuse.otherKind(number, what, why) : HandleMisuse.released(number, what, why);
    }

    /** A page that others own: the holds by handle are counted apart, so the drop itself needs no look. */
    private static long dropGuest(MemoryCore memory, long record, long number, String what, boolean pinned,
            boolean makeDirty) {
        GuestHolds.remove(record, pinned, number, what);
        if (HandleMisuse.isOver(record, number)) { // as above: it was another life's
            GuestHolds.add(record, pinned);
            throw HandleMisuse.over(record, number, what);
        }
        long headPfn = PageRefs.headPfn(memory.recordBase(), FrameHandle.pfn(number));
        if (makeDirty) {
            PageFlags.markDirty(PageLayout.record(memory.recordBase(), headPfn));
        }
        boolean large = Compound.of(PageLayout.record(memory.recordBase(), headPfn)) != Compound.NONE;
        return Grab.putAndTest(memory, headPfn, 1, pinned, large) ? headPfn : 0;
    }
}
