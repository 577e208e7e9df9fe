package io.pinfold.jcstress.support;

import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;

/**
 * An opponent that splits a folio whose pages are mapped by entries, until the library can do it: freeze, tails, head.
 * It leaves the entries as they are, which a real split would exchange for others meanwhile. So the walk can see the
 * split in the records alone.
 */
public final class FolioSplit {
    /** log2 of the pages of the folio. */
    public static final int ORDER = 2;
    /** Pages of the folio, each mapped once. */
    public static final int PAGES = 1 << ORDER;

    private final long headPfn;

    /** For the folio that begins at a frame. */
    public FolioSplit(long headPfn) {
        this.headPfn = headPfn;
    }

    /** Frame of a page of it. */
    public long pfn(int page) {
        return headPfn + page;
    }

    /** SPLIT, or BUSY if there is a reference besides those of the mappings, and then nothing has changed. */
    public String split() {
        long head = Machine.record(headPfn);
        if (!PageRefs.freeze(head, PAGES)) { // FREEZE1
            return "BUSY";
        }
        long mapping = Words.getLongVolatile(head + PageLayout.MAPPING);
        for (int page = 1; page < PAGES; page++) { // FREEZE2
            long tail = Machine.record(pfn(page));
            Words.setLongVolatile(tail + PageLayout.MAPPING, mapping);
            Words.setLongRelease(tail + PageLayout.COMPOUND, Compound.NONE);
            PageRefs.setCount(tail, 1);
        }
        Words.setLongRelease(head + PageLayout.COMPOUND, Compound.NONE); // FREEZE3
        PageRefs.unfreeze(head, 1);
        return "SPLIT";
    }

    /** Makes a folio of the pages again, when no actor runs any more. */
    public void join() {
        long head = Machine.record(headPfn);
        for (int page = 1; page < PAGES; page++) {
            long tail = Machine.record(pfn(page));
            PageRefs.setCount(tail, 0);
            Words.setLongVolatile(tail + PageLayout.MAPPING, 0);
            Words.setLongVolatile(tail + PageLayout.COMPOUND, Compound.ofTail(headPfn));
        }
        Words.setLongVolatile(head + PageLayout.COMPOUND, Compound.ofHead(ORDER));
        PageRefs.setCount(head, PAGES);
    }
}
