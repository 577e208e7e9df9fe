package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * R3, R23: all pages of a huge leaf are pinned while half of it is unmapped, which splits the leaf into a table:
 * invalidated leaf, flush, counts of the pages, table. The walker gets all four pages or none, and the counts add up.
 */
public final class PinVsLeafSplitScenario extends ProtocolScenario {
    private static final int PAGES = Geometry.ENTRIES;

    public PinVsLeafSplitScenario() {
        super("pin-vs-leaf-split", "R3 R23 R12", "a pin of a huge leaf against the munmap of a half, which splits it",
                Leaf::new);
        require("PINNED, SPLIT", "CHANGED_LEAF, SPLIT", "NONE_PRESENT, SPLIT", "PART_2, SPLIT");
        allow("CHANGED_PTE|CHANGED_PMD|GRAB_ZERO|PART_1|PART_3, SPLIT");
    }

    /**
     * The splitting thread then takes out the entry of the first page and reads the count, as reclaim does. It sees a
     * pin by the leaf at the leaf's end, in one of the two steps (SPLIT1, SPLIT4).
     */
    public static final class Look extends ProtocolScenario {

        public Look() {
            super("pin-vs-leaf-split-look", "R1 R3",
                    "a pin of a page of a huge leaf against its split, the page's entry out, a look at the count",
                    Looked::new);
            require("PINNED, SAW_PIN", "NONE_PRESENT, ALONE", "CHANGED_LEAF, ALONE");
            allow("CHANGED_LEAF|CHANGED_PTE|NONE_PRESENT, SAW_PIN", "CHANGED_PTE, ALONE");
        }
    }

    /**
     * The table is published with complete content (SPLIT4): a page of an exclusive folio is never found to be shared.
     */
    public static final class Read extends ProtocolScenario {

        public Read() {
            super("read-pin-vs-leaf-split", "R3 R17",
                    "a read-only pin of a page of a huge leaf against its split: the page is exclusive all the time",
                    Exclusive::new);
            require("PINNED, SPLIT", "NONE_PRESENT, SPLIT", "CHANGED_LEAF, SPLIT");
        }
    }

    /**
     * A bystander counts the mappings of a page, as reclaim and migration do (page_mapped): the folio's first, then the
     * page's. It never finds the page unmapped (SPLIT3, CVE-2020-29368).
     */
    public static final class Counted extends ProtocolScenario {

        public Counted() {
            super("count-vs-leaf-split", "R3",
                    "the split of a huge leaf against a count of the mappings of its last page", Mapped::new);
            require("SPLIT, AS_A_WHOLE", "SPLIT, BY_PTE", "SPLIT, BOTH");
        }
    }

    private static final class Mapped extends ScenarioWorld {
        private final long head;

        Mapped() {
            super("splitter", "bystander");
            mapHuge(BASE);
            head = frameAt(BASE);
            watchEntry(BASE, Geometry.PMD);
            watchPage("last", head + PAGES - 1);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                int result = space.mprotect(BASE + 2 * PAGE, 2 * PAGE, Prot.READ); // SPLIT1 to SPLIT4
                mustBe(result == 0, "mprotect", result);
                return "SPLIT";
            }
            int asAWhole = PageRefs.entireMapCount(record(head));
            int byPte = PageRefs.mapCount(record(head + PAGES - 1));
            return asAWhole == 0 ? byPte == 0 ? "UNMAPPED" : "BY_PTE" : byPte == 0 ? "AS_A_WHOLE" : "BOTH";
        }

        @Override
        void settle() {
            check("I3", PageRefs.entireMapCount(record(head)) == 0, "still mapped as a whole");
            check("I3", count(head) == PAGES, count(head) + " references");
        }
    }

    private static final class Exclusive extends ScenarioWorld {
        private final long head;
        private final int born;

        Exclusive() {
            super("walker", "splitter");
            mapHuge(BASE);
            int result = space.mprotect(BASE, TABLE, Prot.READ);
            mustBe(result == 0, "mprotect", result);
            head = frameAt(BASE);
            born = generation(head);
            watchEntry(BASE, Geometry.PMD);
            watchPage("page", head + 1);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE + PAGE, 1, 0);
            }
            int result = space.mprotect(BASE + 2 * PAGE, 2 * PAGE, Prot.READ | Prot.WRITE); // SPLIT1 to SPLIT4
            mustBe(result == 0, "mprotect", result);
            return "SPLIT";
        }

        @Override
        void settle() {
            checkPage(head, PAGES + (said(0, "PINNED") ? 1 : 0), born, 0);
            release();
            checkPage(head, PAGES, born, 0);
        }
    }

    private static final class Looked extends ScenarioWorld {
        private final long head;
        private final int born;

        Looked() {
            super("walker", "reclaim");
            mapHuge(BASE);
            head = frameAt(BASE);
            born = generation(head);
            watchEntry(BASE, Geometry.PMD);
            watchPage("head", head);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, 1);
            }
            int result = space.mprotect(BASE + 2 * PAGE, 2 * PAGE, Prot.READ); // SPLIT1 to SPLIT4
            mustBe(result == 0, "mprotect", result);
            long table = tableAt(BASE, Geometry.PTE);
            long pte = entryAddress(BASE, Geometry.PTE);
            PageTables.lock(core, table);
            long old = PageTables.clear(core, table, pte); // UNMAP1
            boolean seen = maybePinned(head); // UNMAP2
            if (seen) {
                PageTables.install(core, table, pte, old);
            }
            PageTables.unlock(core, table);
            return seen ? "SAW_PIN" : "ALONE";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I5", !pinned || said(1, "SAW_PIN"), "pinned, and the mutator saw nothing");
            checkPage(head, PAGES + (pinned ? 1 : 0), born, 0);
            release();
            checkPage(head, PAGES, born, 0);
        }
    }

    private static final class Leaf extends ScenarioWorld {
        private final long head;
        private final int born;

        Leaf() {
            super("walker", "splitter");
            mapHuge(BASE);
            head = frameAt(BASE);
            born = generation(head);
            watchEntry(BASE, Geometry.PMD);
            watchPage("head", head);
            watchPage("tail", head + 1);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, PAGES);
            }
            munmap(BASE + 2 * PAGE, 2);
            return "SPLIT";
        }

        @Override
        void settle() {
            int held = batch.size();
            for (int i = 0; i < held; i++) {
                check("I1", batch.pfn(i) == head + i, "page " + i + " is frame " + batch.pfn(i));
            }
            check("I3", pins(head) == held, "folio " + head + " has " + pins(head) + " pins, the batch " + held);
            checkPage(head, 2 + held, born, 0); // two PTEs are left
            check("I4", held == 0 || maybePinned(head), "pins are outstanding and maybe_pinned says no");
            for (int i = 0; i < PAGES; i++) {
                int mappings = PageRefs.mapCount(record(head + i));
                check("I3", mappings == (i < 2 ? 1 : 0), "page " + i + " has " + mappings + " mappings");
                check("I3", i == 0 || count(head + i) == 0, "tail " + i + " has " + count(head + i) + " references");
            }
            release();
            check("I3", pins(head) == 0, "folio " + head + " has " + pins(head) + " pins left");
            checkPage(head, 2, born, 0);
        }
    }
}
