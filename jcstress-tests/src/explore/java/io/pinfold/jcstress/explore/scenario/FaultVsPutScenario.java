package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.mm.Cpu;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * R15: a page that a fork left behind is mapped only here, and a holder of a get still reads it. A store finds it
 * read-only. The page is reused only if the count shows no holder; else the store goes to a copy. The number of
 * mappings does not count holders (CVE-2020-29374).
 */
public final class FaultVsPutScenario extends ProtocolScenario {

    public FaultVsPutScenario() {
        super("write-fault-vs-put", "R15",
                "a store to a page left by a fork against a reader that holds it and puts it",
                () -> new Page(Geometry.PTE));
        require("PUT, COPIED", "PUT, REUSED");
    }

    /** A page of a huge leaf: the store splits it, or reuses the folio. */
    public static final class Leaf extends ProtocolScenario {

        public Leaf() {
            super("write-fault-vs-put-of-leaf", "R15",
                    "a store to a huge leaf left by a fork against a reader that holds a page of it and puts it",
                    () -> new Page(Geometry.PMD));
            require("PUT, COPIED", "PUT, REUSED");
        }
    }

    private static final class Page extends ScenarioWorld {
        private static final long OLD = 3;
        private static final long NEW = 4;

        private final boolean isLeaf;
        private final Cpu cpu;
        private final long pfn;

        Page(int level) {
            super("reader", "writer");
            isLeaf = level != Geometry.PTE;
            stockSingleFrames(4);
            if (!isLeaf) {
                map(BASE, 1);
            } else {
                mapHuge(BASE);
            }
            pfn = frameAt(BASE);
            Words.setLong(core.frameAddress(pfn), OLD);
            String got = get(BASE, 1);
            mustBe("FOUND".equals(got), "getUserPagesFastOnly", batch.size());
            long _ = PageFlags.clear(record(pfn), PageFlags.ANON_EXCLUSIVE);
            long pte = entryAddress(BASE, level);
            Entries.store(pte, Entries.load(pte) & ~(Entry.WRITE | Entry.DIRTY));
            cpu = space.openCpu();
            watchEntry(BASE, level);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 1) {
                cpu.storeLong(BASE, NEW);
                return "STORED";
            }
            check("I9", Words.getLong(core.frameAddress(pfn)) == OLD, "the page was stored to under its holder");
            release();
            return "PUT";
        }

        @Override
        void settle() {
            boolean reused = frameAt(BASE) == pfn;
            says(1, reused ? "REUSED" : "COPIED");
            if (isLeaf) {
                return;
            }
            check("I3", count(frameAt(BASE)) == 1, "the page has " + count(frameAt(BASE)) + " references");
            check("I3", reused || count(pfn) == 0, "the old page has " + count(pfn) + " references");
        }
    }
}
