package io.pinfold.core.memory.handle;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;

/** What a call by handle looks at before it changes anything, and the exceptions that say what is wrong. */
public final class HandleMisuse {
    private HandleMisuse() {
    }

    /**
     * HOLDER2: the record of a frame that is in the life of the handle.
     *
     * @throws IllegalStateException if it is in another life, or no user frame
     */
    public static long requireLife(MemoryCore memory, long handle, String what) {
        long record = memory.recordAddress(FrameHandle.pfn(handle));
        if (isOver(record, handle)) {
            throw over(record, handle, what);
        }
        int type = PageType.of(record);
        if (type != PageType.USER) {
            throw of(handle, what, "the frame is " + PageType.nameOf(type));
        }
        return record;
    }

    /**
     * The record of a frame that {@code allocate} handed out as this handle.
     *
     * @throws IllegalStateException if it has other owners, or as for {@link #requireLife}
     */
    public static long requireOwned(MemoryCore memory, long handle, String what) {
        long record = requireLife(memory, handle, what);
        if (!isOwned(record)) {
            throw of(handle, what, "it was not allocated by handle, so it is not the caller's");
        }
        return record;
    }

    /** Whether {@code FrameHandles.allocate} handed the frame out. */
    static boolean isOwned(long record) {
        return (Words.getLongVolatile(record + PageLayout.FLAGS) & PageFlags.BY_HANDLE) != 0;
    }

    /** Whether the life that the handle means has ended. */
    public static boolean isOver(long record, long handle) {
        return PageRefs.generation(record) != FrameHandle.generation(handle);
    }

    public static IllegalStateException over(long record, long handle, String what) {
        return of(handle, what,
                "the frame is in generation " + Integer.toUnsignedString(PageRefs.generation(record)));
    }

    public static IllegalStateException notFrozen(long record, long handle, String what) {
        return of(handle, what, "it has " + PageRefs.refCount(record) + " references and is not frozen");
    }

    public static IllegalStateException of(long handle, String what, String why) {
        return new IllegalStateException("cannot " + what + " frame " + FrameHandle.pfn(handle) + " of generation "
                + Integer.toUnsignedString(FrameHandle.generation(handle)) + ": " + why);
    }
}
