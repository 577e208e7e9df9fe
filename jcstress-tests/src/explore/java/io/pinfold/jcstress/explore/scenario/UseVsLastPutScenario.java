package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * Two holders of a page store into it and put their references; the last one frees it, and the next owner zeroes it. A
 * put that does not publish what its holder did, or a last put that does not see what the others published, is a data
 * race on the contents.
 */
public final class UseVsLastPutScenario extends ProtocolScenario {

    public UseVsLastPutScenario() {
        super("use-vs-last-put", "R7", "stores into a page and puts of it, by two, against its next owner",
                Page::new);
        require("KEPT, REUSED", "REUSED, KEPT");
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final long buddy;
        private final FreeBatch[] frees = {new FreeBatch(core), new FreeBatch(core)};
        private long reused;

        Page() {
            super("holder", "other");
            pfn = allocate();
            buddy = allocate(); // prevents a merge of the freed frame
            mustBe(buddy == (pfn ^ 1), "allocate", buddy);
            born = generation(pfn);
            PageRefs.getPage(record(pfn));
            watchPage("page", pfn);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            reused = 0;
        }

        @Override
        String play(int strand) {
            Words.setLong(core.frameAddress(pfn) + (long) strand * Long.BYTES, strand + 1L);
            Grab.putReferences(core, pfn, 1, frees[strand]); // FREE1
            if (frees[strand].isEmpty()) {
                return "KEPT";
            }
            int _ = frees[strand].drain();
            reused = allocate();
            Words.fill(core.frameAddress(reused), Geometry.PAGE_BYTES, (byte) 0);
            return "REUSED";
        }

        @Override
        void settle() {
            check("I5", reused == pfn, "the allocator gave frame " + reused + ": the test is blind");
            checkPage(pfn, 1, born, 1);
            for (int strand = 0; strand < 2; strand++) {
                long late = Words.getLong(core.frameAddress(pfn) + (long) strand * Long.BYTES);
                check("I1", late == 0, "the next owner finds " + late);
            }
        }
    }
}
