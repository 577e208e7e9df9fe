package io.pinfold.core.pagemap;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.LifeEnd;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;

/**
 * Writes what a frame of the device window is when its pagemap comes and goes. The rules are those of RAM (FrameLife in
 * the memory package): everything is written while the count is 0, then the count is stored with release; at the end
 * the generation is bumped before the frame can be taken again. A removal never resets a generation, so a frame handle
 * or a DMA descriptor of an earlier life is found out.
 */
final class DevicePages {
    private DevicePages() {
    }

    /** Whether all frames of the range are without an owner and may have another life. */
    static boolean areFree(long recordBase, long first, long frames) {
        for (long pfn = first; pfn < first + frames; pfn++) {
            long record = PageLayout.record(recordBase, pfn);
            int type = PageType.of(record);
            if (type != PageType.NEVER_USED && type != PageType.FREE_BODY) {
                return false;
            }
        }
        return true;
    }

    /** Makes idle device pages of {@code 1 << order} frames, each with its owner's reference. */
    static void begin(long recordBase, long first, long frames, int order, long pagemapId) {
        long size = 1L << order;
        for (long head = first; head < first + frames; head += size) {
            for (long tail = head + 1; tail < head + size; tail++) {
                begin(PageLayout.record(recordBase, tail), Compound.ofTail(head), pagemapId);
            }
            long record = PageLayout.record(recordBase, head);
            begin(record, Compound.ofHead(order), pagemapId);
            PageRefs.setCount(record, 1); // release: after all of the above
        }
    }

    private static void begin(long record, long compound, long pagemapId) {
        Words.setLongRelease(record + PageLayout.COMPOUND, compound);
        Words.setLongOpaque(record + PageLayout.PGMAP, pagemapId);
        Words.setLongRelease(record + PageLayout.FLAGS, PageType.toFlags(PageType.DEVICE));
    }

    /**
     * Refuses to let pages go that are in use.
     *
     * @throws MisuseException if one is referenced or mapped
     */
    static void requireUnused(long recordBase, long first, long frames) {
        for (long pfn = first; pfn < first + frames; pfn++) {
            long record = PageLayout.record(recordBase, pfn);
            int references = PageRefs.refCount(record);
            int mappings = PageRefs.mapCount(record);
            if (references != 0 || mappings != 0) {
                throw new MisuseException("device frame " + pfn + " is removed with " + references
                        + " references and " + mappings + " mappings");
            }
        }
    }

    /** Ends the life of all pages of the range, whatever still refers to them. */
    static void end(long recordBase, long first, long frames) {
        for (long pfn = first; pfn < first + frames; pfn++) {
            long record = PageLayout.record(recordBase, pfn);
            Words.setIntVolatile(record + PageLayout.REFCOUNT, 0); // the owner's reference, and those that were lost
            Words.setIntOpaque(record + PageLayout.MAPCOUNT, 0);
            Words.setLongOpaque(record + PageLayout.PGMAP, 0);
            boolean _ = LifeEnd.write(record);
        }
    }
}
