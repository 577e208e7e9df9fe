package io.pinfold.hwmodel.dma;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import java.util.Objects;

/** The state of frames that hardware needs. */
public final class Frames {

    private Frames() {
    }

    /**
     * The generation of a frame now. It is raised each time the frame is freed, before it can be allocated again.
     *
     * @param pfn a frame number of the memory
     * @throws IllegalStateException     when the memory is closed
     * @throws IndexOutOfBoundsException when it has no such frame
     */
    public static int generation(PhysicalMemory memory, long pfn) {
        return Objects.requireNonNull(memory, "memory").page(pfn).generation();
    }

    /** The generation of a frame, for callers that keep the memory open and know that it has the frame. */
    static int generationNow(PhysicalMemory memory, long pfn) {
        // Volatile: the engine asks before and after it moves bytes, and the answers bracket the transfer.
        return PageRefs.generation(Bridge.core(memory).recordAddress(pfn));
    }

    /** Whether a frame number has a record in the memory. */
    static boolean inMemory(PhysicalMemory memory, long pfn) {
        return pfn > 0 && pfn < memory.frames();
    }

    /**
     * Whether the engine may touch the frame. A real device reaches all of RAM and whatever its IOMMU permits. The
     * model refuses three kinds of frames. Frames outside RAM may not be backed, and an access would crash the JVM.
     * Reserved frames include the shared zero page, which may be read but not written. Page tables are a second line of
     * defence: they lie in pageblocks of their own, from which no user frame comes, so no frame number of a user page,
     * however stale, names one. The caller keeps the memory open.
     *
     * @param isWritten whether bytes go into the frame
     */
    static boolean reachable(PhysicalMemory memory, long pfn, boolean isWritten) {
        if (pfn <= 0 || pfn >= memory.ramFrames()) {
            return false;
        }
        if (pfn == memory.zeroPfn()) {
            return !isWritten;
        }
        int type = PageType.of(Bridge.core(memory).recordAddress(pfn));
        return type != PageType.TABLE && type != PageType.RESERVED;
    }
}
