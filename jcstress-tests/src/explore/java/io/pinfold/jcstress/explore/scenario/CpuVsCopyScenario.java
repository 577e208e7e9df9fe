package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.mm.Cpu;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * Copy-on-write while another Cpu of the space reads (COPY4 to COPY6 of PageCopy): entry out, flush, entry of the copy
 * in. After the store only the other holder has the old page, and writes into it: a load from it, or from an unfinished
 * copy, is a race.
 */
public final class CpuVsCopyScenario extends ProtocolScenario {

    public CpuVsCopyScenario() {
        super("cpu-vs-copy", "R15", "a load of a Cpu against the copy-on-write of its page by another's store",
                Page::new);
        require("READ_OLD, COPIED", "READ_NEW, COPIED");
    }

    private static final class Page extends ScenarioWorld {
        private static final long OLD = 3;
        private static final long NEW = 4;
        private static final long OTHERS = 5;

        private final Cpu reader;
        private final Cpu writer;
        private final long pfn;

        Page() {
            super("reader", "writer");
            stockSingleFrames(2);
            map(BASE, 1);
            pfn = frameAt(BASE);
            Words.setLong(core.frameAddress(pfn), OLD);
            String got = get(BASE, 1);
            mustBe("FOUND".equals(got), "getUserPagesFastOnly", batch.size());
            long _ = PageFlags.clear(record(pfn), PageFlags.ANON_EXCLUSIVE);
            long pte = entryAddress(BASE, Geometry.PTE);
            Entries.store(pte, Entries.load(pte) & ~(Entry.WRITE | Entry.DIRTY));
            reader = space.openCpu();
            writer = space.openCpu();
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 1) {
                writer.storeLong(BASE, NEW);
                Words.setLong(core.frameAddress(pfn), OTHERS);
                return "COPIED";
            }
            long read = reader.loadLong(BASE);
            return read == OLD ? "READ_OLD" : read == NEW ? "READ_NEW" : "READ_" + read;
        }

        @Override
        void settle() {
            check("I9", frameAt(BASE) != pfn, "the page was reused under its holder");
            checkPage(pfn, 1, generation(pfn), 0);
            check("I3", count(frameAt(BASE)) == 1, "the copy has " + count(frameAt(BASE)) + " references");
            release();
        }
    }
}
