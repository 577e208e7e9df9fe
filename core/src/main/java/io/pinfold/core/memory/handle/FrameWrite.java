package io.pinfold.core.memory.handle;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.FrameVersion;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;

/** The writer's side of {@link ValidatedRead}: WRITE1 to WRITE3, for a holder. A freeze does the same. */
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
            boolean _ = FrameVersion.tryEnd(record, version + 1); // the next life's, if it is: its readers try again
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
        if (PageFlags.test(record, PageFlags.FROZEN)) { // not the count: an outdated put takes it to 0 for a moment
            throw HandleMisuse.released(handle, "end a write to", "it is frozen");
        }
        if (!FrameVersion.tryEnd(record, stamp)) { // WRITE3 -> VALID1, WRITE3
            long found = FrameVersion.of(record);
            throw HandleMisuse.of(handle, "end a write to", "its version is " + FrameVersion.count(found)
                    + " and that of the write was " + FrameVersion.count(stamp));
        }
    }
}
