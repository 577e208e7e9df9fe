package io.pinfold.hwmodel.conformance;

import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;

/**
 * Converts the library's pin counters to those of 6.18, so that random traces can be compared to the last pin. The
 * library counts held pins as 6.1 does.
 *
 * <ul>
 * <li>io_uring gives back all pins but one of each folio of a buffer that consists of parts of large folios of one
 * size, each whole but the first and the last (row register-thp).
 * <li>The library's walk takes the pins of a run of pages by one operation. Those of pages that turn out not to belong
 * to it go back, and both operations are counted (row register-folio-with-hole).
 * </ul>
 */
final class MergedPins {

    private final long[] merged = new long[Side.RINGS];

    /** Notes that a buffer was registered with a ring. */
    void registered(int ring, PageBatch<?> batch, PhysicalMemory memory) {
        merged[ring] += merged(batch, memory);
    }

    /** Notes that the table of a ring was given back. */
    void unregistered(int ring) {
        merged[ring] = 0;
    }

    /** The library's counters as 6.18 would show them. */
    Pins of(VmStat stat) {
        long tried = stat.rollBacks().getOrDefault(RollBack.CHANGED_PTE, 0L);
        long given = 0;
        for (long pages : merged) {
            given += pages;
        }
        return new Pins(stat.nrFollPinAcquired() - tried, stat.nrFollPinReleased() - tried + given);
    }

    /** Counts the pins of the buffer that are given back at once (io_check_coalesce_buffer). */
    private static long merged(PageBatch<?> batch, PhysicalMemory memory) {
        long pagesOfFolio = memory.page(head(memory, batch.pfn(0))).pages();
        long folios = 1;
        for (int i = 1; i < batch.size(); i++) {
            long before = batch.pfn(i - 1);
            long page = batch.pfn(i);
            if (page == before + 1 && head(memory, page) == head(memory, before)) {
                continue;
            }
            boolean isEnd = before == head(memory, before) + pagesOfFolio - 1;
            boolean isBeginning = page == head(memory, page) && memory.page(page).pages() == pagesOfFolio;
            if (!isEnd || !isBeginning) {
                return 0;
            }
            folios++;
        }
        return pagesOfFolio == 1 ? 0 : batch.size() - folios;
    }

    private static long head(PhysicalMemory memory, long page) {
        return memory.page(page).head();
    }
}
