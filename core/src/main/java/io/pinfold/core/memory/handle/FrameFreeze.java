package io.pinfold.core.memory.handle;

import io.pinfold.core.page.FrameVersion;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;

/**
 * The freeze of a frame by its only holder: step OWNER2 of {@code FrameHandles}, but for its flag.
 *
 * <p>The version comes before the count. While it is odd no other freeze and no new life in place begins, so the
 * generation that is compared behind it is still that of the frame when its count is taken. A call by an outdated
 * handle therefore does not touch the count of the next life, whose owner would find a reference less than it has. What
 * is left is a life that a release ends between the compare and the count: the third look finds it, and the count goes
 * back.
 */
public final class FrameFreeze {
    private FrameFreeze() {
    }

    /**
     * Takes the count to 0 and the version to odd, or changes neither.
     *
     * @return false if others hold the frame, or it is being written
     * @throws io.pinfold.core.gup.StaleHandleException if the life of the handle has ended meanwhile
     */
    public static boolean tryFreeze(long record, long handle, String what) {
        long version = FrameVersion.of(record);
        if (PageRefs.refCount(record) != 1 || !FrameVersion.isEven(version)
                || !FrameVersion.tryBegin(record, version)) { // OWNER2 (WRITE1) -> VALID5, WRITE1
            return false;
        }
        Words.storeStoreFence(); // OWNER2 (WRITE2)
        boolean isOver = HandleMisuse.isOver(record, handle); // OWNER2 -> FREE4
        if (isOver) {
            undo(record, version);
            throw HandleMisuse.over(record, handle, what);
        }
        if (!PageRefs.freeze(record, 1)) { // OWNER2 -> HANDLE2, HOLDER2
            undo(record, version);
            return false;
        }
        if (HandleMisuse.isOver(record, handle)) { // OWNER2 -> FREE4
            PageRefs.unfreeze(record, 1);
            undo(record, version);
            throw HandleMisuse.over(record, handle, what);
        }
        return true;
    }

    /** The life may have ended meanwhile, and the version be another one. */
    private static void undo(long record, long version) {
        boolean _ = FrameVersion.tryEnd(record, version + 1); // OWNER2 (WRITE3)
    }

    /** The end of a freeze: first the readers, then the takers. By the one thread that may. */
    public static void unfreeze(long record) {
        FrameVersion.end(record); // OWNER3 (WRITE3) -> VALID1
        PageRefs.unfreeze(record, 1); // OWNER3 -> HANDLE2
    }
}
