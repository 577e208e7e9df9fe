package io.pinfold.core.memory.frame;

import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.memory.zone.Pageblocks;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;

/**
 * The test whether a long-term pin may hold a page ("folio_is_longterm_pinnable"), for walkers and the slow path. The
 * caller holds the page, inside a walker slot or under a {@link Use}; nothing here checks that the memory is open.
 * Users call {@code PhysicalMemory.isLongtermPinnable}, which does.
 */
public final class LongtermRule {
    private LongtermRule() {
    }

    /**
     * Whether a long-term pin may hold the page: it lies neither in ZONE_MOVABLE nor in a CMA or ISOLATE pageblock, and
     * device memory is of type GENERIC; the zero page always. A folio is held as a whole, so none of its pageblocks may
     * be one of those.
     *
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public static boolean allows(MemoryCore memory, long pfn) {
        if (memory.zoneOf(pfn) == ZoneKind.MOVABLE) {
            return false;
        }
        if (pfn == memory.zeroPfn()) {
            return true;
        }
        if (pfn >= memory.deviceStart()) {
            return memory.pagemaps().registry().isLongtermPinnable(pfn);
        }
        long head = PageRefs.headPfn(memory.recordBase(), pfn);
        long end = head + (1L << Compound.orderOf(Compound.of(PageLayout.record(memory.recordBase(), head))));
        boolean isPinnable = true;
        for (long block = head; isPinnable && block < end; block += Pageblocks.FRAMES) { // one if the order is < 10
            int type = memory.blocks().migrateTypeOf(block);
            isPinnable = type != MigrateType.CMA && type != MigrateType.ISOLATE;
        }
        return isPinnable;
    }

    /**
     * The same for {@code pages} pages from {@code pfn} on, all of one folio.
     *
     * @throws IndexOutOfBoundsException if the memory has no such frames
     */
    public static boolean allows(MemoryCore memory, long pfn, int pages) {
        for (long at = pfn; at - pfn < pages; at = (at | Pageblocks.FRAMES - 1) + 1) {
            if (!allows(memory, at)) {
                return false;
            }
        }
        return true;
    }
}
