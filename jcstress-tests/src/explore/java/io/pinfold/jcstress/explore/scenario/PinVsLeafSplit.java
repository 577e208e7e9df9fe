package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;

/**
 * R3, R23: all pages of a huge leaf are pinned while half of it is unmapped, which splits the leaf into a table: invalidated leaf, flush,
 * counts of the pages, table. The walker has all four pages or none, and the counts add up.
 */
public final class PinVsLeafSplit extends ProtocolScenario {
    private static final int PAGES = Geometry.ENTRIES;

    public PinVsLeafSplit() {
        super("pin-vs-leaf-split", "R3 R23 R12", "a pin of a huge leaf against the munmap of a half, which splits it",
                Leaf::new);
        require("PINNED, SPLIT", "CHANGED_LEAF, SPLIT", "NONE_PRESENT, SPLIT", "PART_2, SPLIT");
        allow("CHANGED_PTE|CHANGED_PMD|GRAB_ZERO|PART_1|PART_3, SPLIT");
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
