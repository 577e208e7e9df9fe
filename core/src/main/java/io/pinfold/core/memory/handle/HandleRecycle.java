package io.pinfold.core.memory.handle;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.LifeEnd;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;

/**
 * A new life of a frame in place, without the allocator: for the only holder of a frame that was allocated by handle.
 *
 * <h2>Protocol: new life in place, against takers, holders and readers</h2>
 *
 * <pre>
 * Owner, the only holder
 * RECYCLE1 freeze (OWNER2): version odd, volatile CAS; count 1 -&gt; 0, volatile CAS; else others hold or write it
 * RECYCLE2 generation + 1, volatile store (FREE4)
 * RECYCLE3 flags of a new life, release
 * RECYCLE4 version even, release (WRITE3); count 0 -&gt; 1, release (ALLOC3)
 * </pre>
 *
 * <p><b>Takers</b> of the old handle find a count of 0 (HANDLE2), or, after RECYCLE4, a generation that is not theirs
 * (HANDLE3): they have acquired RECYCLE2 with the count. RECYCLE2 after RECYCLE4 would let them take the new life.
 *
 * <p><b>Readers without a hold</b> that read what the new life stores (VALID3) find another version in VALID5: it goes
 * on from where it was, so RECYCLE1 tells them as it would of a write. From RECYCLE1 to RECYCLE4 VALID1 refuses; who
 * reads the version of RECYCLE4 there has acquired RECYCLE2, and VALID2 refuses.
 *
 * <p><b>Who releases too much</b> meets HOLDER2: before RECYCLE1 it ends the life, and RECYCLE1 fails; afterwards it
 * finds no reference or another generation. <b>Of two that recycle one life</b> the second finds an odd version, or
 * another generation before it takes the count ({@link FrameFreeze}).
 *
 * <p><b>Close</b> finds the frame handed out all the time: the zone never gets it.
 */
public final class HandleRecycle {
    private HandleRecycle() {
    }

    /**
     * Ends the life of a frame and begins the next one, whose only hold is the caller's.
     *
     * @return the handle of the new life, or {@link FrameHandle#NONE} if others hold the frame, it is being written,
     *     it has no other life, or readers in a scope may read it; nothing has changed then
     */
    public static long tryRecycle(MemoryCore memory, long handle) {
        long record = HandleMisuse.requireOwner(memory, handle, "recycle");
        if (PageRefs.refCount(record) == 0) {
            throw HandleMisuse.released(handle, "recycle", "it has no reference: frozen or freed before");
        }
        HoldLedger.requireHeld(memory, handle, "recycle", false);
        int next = FrameHandle.generation(handle) + 1;
        long flags = Words.getLongVolatile(record + PageLayout.FLAGS);
        if (next == LifeEnd.LAST_GENERATION || (flags & (PageFlags.HWPOISON | PageFlags.PROTECTED)) != 0
                || !FrameFreeze.tryFreeze(record, handle, "recycle")) { // RECYCLE1 (OWNER2)
            return FrameHandle.NONE;
        }
        Words.setIntVolatile(record + PageLayout.GENERATION, next); // RECYCLE2 -> HANDLE3, VALID2
        long fresh = PageType.toFlags(PageType.USER) | PageFlags.BY_HANDLE;
        Words.setLongRelease(record + PageLayout.FLAGS, fresh); // RECYCLE3 -> HANDLE1
        FrameFreeze.unfreeze(record); // RECYCLE4 -> VALID1, HANDLE2
        return FrameHandle.of(FrameHandle.pfn(handle), next);
    }
}
