package io.pinfold.core.memory.handle;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.FrameVersion;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;

/** The writer's side of {@link ValidatedRead}: WRITE1 to WRITE3, for a holder and for a freeze by the owner. */
public final class FrameWrite {
    private FrameWrite() {
    }

    /**
     * Begins a write by a holder.
     *
     * @return the stamp to end it with, or 0 if another thread writes
     */
    public static long tryBegin(MemoryCore memory, long handle) {
        long record = HandleMisuse.requireOwned(memory, handle, "write to");
        if (PageRefs.refCount(record) == 0) {
            throw HandleMisuse.released(handle, "write to", "it has no reference: frozen or free");
        }
        long version = FrameVersion.of(record);
        if (!FrameVersion.isEven(version) || !FrameVersion.tryBegin(record, version)) { // WRITE1 -> VALID5, WRITE1
            return 0;
        }
        if (HandleMisuse.isOver(record, handle)) {
            FrameVersion.end(record); // the next life's: its readers have to try again, no more
            throw HandleMisuse.over(record, handle, "write to");
        }
        Words.storeStoreFence(); // WRITE2
        return version + 1;
    }

    /**
     * Ends the write that has this stamp.
     *
     * @throws io.pinfold.core.gup.MisuseException if it is not going on
     */
    public static void end(MemoryCore memory, long handle, long stamp) {
        long record = HandleMisuse.requireOwned(memory, handle, "end a write to");
        if (!FrameVersion.isOdd(stamp)) {
            throw HandleMisuse.of(handle, "end a write to", "0x" + Long.toHexString(stamp) + " is no stamp of a write");
        }
        if (PageFlags.test(record, PageFlags.FROZEN)) { // not the count: a freeze that fails takes it to 0 for a moment
            throw HandleMisuse.released(handle, "end a write to", "it is frozen");
        }
        if (!FrameVersion.tryEnd(record, stamp)) { // WRITE3 -> VALID1, WRITE3
            long found = FrameVersion.of(record);
            throw HandleMisuse.of(handle, "end a write to", "its version is " + FrameVersion.count(found)
                    + " and that of the write was " + FrameVersion.count(stamp));
        }
    }

    /** Whether a holder writes at this moment; before a freeze, which gives no reason to refuse takers then. */
    public static boolean isGoingOn(long record) {
        return !FrameVersion.isEven(FrameVersion.of(record));
    }

    /** A freeze of the count has succeeded: no reader may take what the owner does next for the data. */
    public static boolean tryFreeze(long record) {
        long version = FrameVersion.of(record);
        if (!FrameVersion.isEven(version) || !FrameVersion.tryBegin(record, version)) { // WRITE1 -> VALID5, WRITE1
            return false;
        }
        Words.storeStoreFence(); // WRITE2
        return true;
    }

    /** The end of a freeze, before the count is published; by the thread that has cleared FROZEN. */
    public static void unfreeze(long record) {
        FrameVersion.end(record); // WRITE3 -> VALID1
    }
}
