package io.pinfold.core.memory.handle;

import io.pinfold.core.epoch.ReadScope;
import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.LifeEnd;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * Reads of protected frames for a session, inside its scope: steps SCOPE4 and SCOPE5 of {@code RetiredFrames}. Each
 * read asks for the generation itself: it lies beside the flags, and a caller that has forgotten to ask is told. Only
 * the owner of the session may use it.
 */
public final class ScopedRead {
    private final MemoryCore memory;
    private final ReadScope scope;

    /** For the owner of {@code slot}, one of {@code memory}'s. */
    public ScopedRead(MemoryCore memory, SessionSlot slot) {
        this.memory = memory;
        this.scope = new ReadScope(slot);
    }

    /** The scope that the reads need. */
    public ReadScope scope() {
        return scope;
    }

    /**
     * Whether the frame is in the life of the handle, and so remains readable until the scope ends.
     *
     * @throws io.pinfold.core.gup.MisuseException if it is in that life, and not protected; or no scope is open
     */
    public boolean isReadable(long handle) {
        scope.requireOpen();
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        boolean is = isInLife(PageLayout.record(memory.recordBase(), pfn), handle);
        after();
        return is;
    }

    /** A word of a frame that is readable. */
    public long readLong(long handle, long offset) {
        scope.requireOpen();
        FrameRange.requireWord(offset);
        long value = Words.getLong(readable(handle) + offset); // SCOPE5 -> SHIELD6
        after();
        return value;
    }

    /** Copies from a frame that is readable. */
    public void copyOut(long handle, long offset, MemorySegment target) {
        scope.requireOpen();
        FrameRange.requireTarget(offset, target);
        Words.copyOut(readable(handle) + offset, target); // SCOPE5 -> SHIELD6
        after();
    }

    private void after() {
        Reference.reachabilityFence(memory);
        scope.after();
    }

    /**
     * The address of a frame that is in the life of the handle, or was when this scope found it.
     *
     * @throws io.pinfold.core.gup.StaleHandleException if it was not
     */
    private long readable(long handle) {
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        long record = PageLayout.record(memory.recordBase(), pfn);
        if (!isInLife(record, handle) && !isKept(record, handle)) {
            throw HandleMisuse.over(record, handle, "read");
        }
        return memory.frameBase() + (pfn << Align.PAGE_SHIFT);
    }

    private static boolean isInLife(long record, long handle) {
        long flags = Words.getLongVolatile(record + PageLayout.FLAGS);
        if (PageRefs.generation(record) != FrameHandle.generation(handle)) { // SCOPE4 -> SHIELD2
            return false;
        }
        if ((flags & PageFlags.PROTECTED) == 0 && PageType.ofFlags(flags) == PageType.USER) {
            throw HandleMisuse.of(handle, "read", "it was not allocated as a protected frame, so no scope keeps it");
        }
        return (flags & PageFlags.PROTECTED) != 0; // else it is being retired at this moment
    }

    /**
     * Whether the frame was retired and waits for this scope. The stamp comes first: one of a later life is seen
     * together with the generation of that life, and one of an earlier life is not of this scope.
     */
    private boolean isKept(long record, long handle) {
        long address = record + PageLayout.WAIT_EPOCH;
        long stamp = Words.getLongVolatile(address); // SCOPE5 -> SHIELD3
        if (stamp == PageLayout.NO_EPOCH_YET) {
            long found = Words.compareAndExchangeLong(address, stamp, -scope.since()); // SCOPE5 -> SHIELD3
            stamp = found == stamp ? -scope.since() : found;
        }
        int generation = PageRefs.generation(record); // SCOPE5 -> SHIELD2
        int next = FrameHandle.generation(handle) + 1;
        boolean isThatLife = generation == next || generation == next - 1 || generation == LifeEnd.LAST_GENERATION;
        return isThatLife && stamp < 0 && -stamp >= scope.since();
    }
}
