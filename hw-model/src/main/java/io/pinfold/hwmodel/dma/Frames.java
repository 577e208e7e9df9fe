package io.pinfold.hwmodel.dma;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;

/** What hardware must know about a frame. */
public final class Frames {

    private Frames() {
    }

    /**
     * The generation of a frame now. It is raised each time the frame is freed, before anybody else can get it.
     *
     * @param pfn a frame number of the memory
     * @throws IllegalStateException     when the memory is closed
     * @throws IndexOutOfBoundsException when it has no such frame
     */
    public static int generation(PhysicalMemory memory, long pfn) {
        return memory.page(pfn).generation();
    }

    /** The same for those who keep the memory open and know that it has the frame. */
    static int generationNow(PhysicalMemory memory, long pfn) {
        // Volatile: the engine asks before and after it moves bytes, and the answers bracket the transfer.
        return PageRefs.generation(Bridge.core(memory).recordAddress(pfn));
    }

    /** Whether a frame number has a record in the memory at all. */
    static boolean inMemory(PhysicalMemory memory, long pfn) {
        return pfn > 0 && pfn < memory.frames();
    }

    /**
     * Whether the engine may touch the frame. A real device reaches all of RAM and whatever else its IOMMU lets it; the
     * model stops it short of three things: what is not RAM, because the address may not be backed and the JVM would die;
     * the reserved frames, because everybody shares the zero page, which may be read all the same; and page tables. The last
     * is a second line: tables lie in pageblocks of their own that no user frame ever comes from, so no frame number of a
     * user page, however stale, names one. The caller keeps the memory open.
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
