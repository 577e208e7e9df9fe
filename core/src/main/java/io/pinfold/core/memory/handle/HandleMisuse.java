package io.pinfold.core.memory.handle;

import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.StaleHandleException;
import io.pinfold.core.gup.WrongKindException;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;

/** The checks that a call by handle makes before it changes anything, and the exceptions that name what is wrong. */
public final class HandleMisuse {
    private HandleMisuse() {
    }

    /**
     * HOLDER1: the record of a frame that is in the life of the handle.
     *
     * @throws StaleHandleException if it is in another life
     * @throws MisuseException if it is no user frame
     * @throws io.pinfold.core.gup.MemoryClosedException if the memory is closed
     */
    public static long requireLife(MemoryCore memory, long handle, String what) {
        long record = memory.recordAddress(FrameHandle.pfn(handle));
        int type = PageType.of(record);
        if (isOver(record, handle)) {
            memory.requireMapped();
            throw over(record, handle, what);
        }
        if (type != PageType.USER) {
            memory.requireMapped(); // of a closed memory every record is of zeros
            throw of(handle, what, "the frame is " + PageType.nameOf(type));
        }
        return record;
    }

    /**
     * The record of a frame that {@code allocate} handed out as this handle.
     *
     * @throws MisuseException if it has other owners, or as for {@link #requireLife}
     */
    public static long requireOwned(MemoryCore memory, long handle, String what) {
        long record = requireLife(memory, handle, what);
        if (!isOwned(record)) {
            throw of(handle, what, "it was not allocated by handle, so it is not the caller's");
        }
        return record;
    }

    /**
     * {@link #requireOwned} for what only an owner does, who has a reference and so a handle.
     *
     * @throws WrongKindException if the number is a pin
     */
    public static long requireOwner(MemoryCore memory, long handle, String what) {
        if (FrameHandle.isPin(handle)) {
            memory.checkPfn(FrameHandle.pfn(handle));
            memory.requireMapped();
            throw otherKind(handle, what, "it is a pin");
        }
        return requireOwned(memory, handle, what);
    }

    /** Whether {@code FrameHandles.allocate} handed the frame out. */
    static boolean isOwned(MemoryCore memory, long handle) {
        return isOwned(memory.recordAddress(FrameHandle.pfn(handle)));
    }

    private static boolean isOwned(long record) {
        return (Words.getLongVolatile(record + PageLayout.FLAGS) & PageFlags.BY_HANDLE) != 0;
    }

    /** Whether the life that the handle means has ended. */
    public static boolean isOver(long record, long handle) {
        return PageRefs.generation(record) != FrameHandle.generation(handle);
    }

    /** The life of the handle is over. */
    public static StaleHandleException over(long record, long handle, String what) {
        return new StaleHandleException(text(handle, what,
                "the frame is in generation " + Integer.toUnsignedString(PageRefs.generation(record))));
    }

    /** Nothing is held that the call could end. */
    public static DoubleReleaseException released(long handle, String what, String why) {
        return new DoubleReleaseException(text(handle, what, why));
    }

    /** What is held is all of the other kind. */
    public static WrongKindException otherKind(long handle, String what, String why) {
        return new WrongKindException(text(handle, what, why));
    }

    public static MisuseException notFrozen(long record, long handle, String what) {
        return of(handle, what, "it has " + PageRefs.refCount(record) + " references and is not frozen");
    }

    /** Misuse of no other kind. */
    public static MisuseException of(long handle, String what, String why) {
        return new MisuseException(text(handle, what, why));
    }

    private static String text(long handle, String what, String why) {
        return "cannot " + what + " frame " + FrameHandle.pfn(handle) + " of generation "
                + Integer.toUnsignedString(FrameHandle.generation(handle)) + ": " + why;
    }
}
