package io.pinfold.jcstress.support;

import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;

/**
 * A stand-in for mutators that freeze a page with one reference and work on it, as migration and splits do. The content
 * is 0 before, 1 during and 2 after that; it lies in a field of the record that the walk does not read.
 */
public final class Freezer {
    private static final int WORK = 64;

    private final long record;
    private final long content;

    /** For a page, before the actors run. */
    public Freezer(long pfn) {
        record = Machine.record(pfn);
        content = record + PageLayout.PRIVATE;
        Words.setLongVolatile(content, 0);
    }

    /** FROZE, or BUSY if there was a reference besides that of the mapping. */
    public String freeze() {
        if (!PageRefs.freeze(record, 1)) { // FREEZE1
            return "BUSY";
        }
        Words.setLongRelease(content, 1); // FREEZE2
        for (int i = 0; i < WORK; i++) {
            Thread.onSpinWait(); // moving or splitting takes a while, in which a walk has to come
        }
        Words.setLongRelease(content, 2);
        PageRefs.unfreeze(record, 1); // FREEZE3
        return "FROZE";
    }

    /** What a pinner reads that uses the page: PINNED_BEFORE, PINNED_INSIDE or PINNED_AFTER. */
    public String seen() {
        long seen = Words.getLongVolatile(content);
        return seen == 0 ? "PINNED_BEFORE" : seen == 2 ? "PINNED_AFTER" : "PINNED_INSIDE";
    }
}
