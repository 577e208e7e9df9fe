package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * R9, R12: pages of a large folio, mapped by PTEs, are pinned while the folio is split into single pages (opponent: freeze, rewrite,
 * unfreeze; the entries stay). A run of pages takes the straight line for large folios, whose second look at the folio no stress
 * test meets: without it the pins of a whole run sit on one page.
 */
public final class GrabVsSplit extends ProtocolScenario {
    private static final int FOLIO = Geometry.ENTRIES;

    public GrabVsSplit() {
        super("run-vs-split", "R9 R12", "a run of two tails against the split of their folio: pins on the right pages",
                () -> new Folio(2, 2));
        require("PINNED, BUSY", "PINNED, SPLIT", "GRAB_ZERO, SPLIT");
        allow("PART_1, SPLIT|BUSY", "GRAB_ZERO, BUSY");
    }

    /** A run that begins with the head. */
    public static final class Head extends ProtocolScenario {

        public Head() {
            super("head-run-vs-split", "R9 R12", "a run of two pages from the head on against the split of their folio",
                    () -> new Folio(0, 2));
            require("PINNED, BUSY", "PINNED, SPLIT", "GRAB_ZERO, SPLIT");
            allow("PART_1, SPLIT|BUSY", "GRAB_ZERO, BUSY");
        }
    }

    /** One page, a tail. */
    public static final class Tail extends ProtocolScenario {

        public Tail() {
            super("grab-vs-split", "R9 R12", "the pin of a tail against the split of its folio: on the right page",
                    () -> new Folio(1, 1));
            require("PINNED, BUSY", "PINNED, SPLIT", "GRAB_ZERO, SPLIT");
            allow("GRAB_ZERO, BUSY");
        }
    }

    private static final class Folio extends ScenarioWorld {
        private final long head;
        private final int first;
        private final int pages;
        private final int born;

        Folio(int first, int pages) {
            super("walker", "splitter");
            this.first = first;
            this.pages = pages;
            mapFolio(BASE);
            head = frameAt(BASE);
            mustBe(Compound.isLargeHead(Compound.of(record(head))), "setFolioOrder", head);
            born = generation(head);
            watchPage("head", head);
            watchPage("page", head + Math.max(first, 1));
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? pin(BASE + first * PAGE, pages) : split();
        }

        /** Each of the folio's references is one of its mappings', and goes with its page. */
        private String split() {
            if (!PageRefs.freeze(record(head), FOLIO)) { // S1
                return "BUSY";
            }
            for (long pfn = head + 1; pfn < head + FOLIO; pfn++) { // S2
                Words.setLongRelease(record(pfn) + PageLayout.COMPOUND, Compound.NONE);
                PageRefs.setCount(record(pfn), 1);
            }
            Words.setLongRelease(record(head) + PageLayout.COMPOUND, Compound.NONE); // S3
            PageRefs.unfreeze(record(head), 1);
            return "SPLIT";
        }

        @Override
        void settle() {
            boolean split = said(1, "SPLIT");
            int held = batch.size();
            int onHead = 0;
            for (int i = 0; i < FOLIO; i++) {
                boolean pinned = i >= first && i < first + held;
                int expected = (split || i == 0 ? 1 : 0) + (split && pinned ? BIAS : 0);
                if (i == 0 && !split) {
                    expected = FOLIO + held;
                    onHead = held;
                }
                check("I3", count(head + i) == expected,
                        "page " + i + " has " + count(head + i) + " references, expected " + expected);
                check("I4", !pinned || maybePinned(head + i), "page " + i + " is pinned and maybe_pinned says no");
            }
            check("I3", pins(head) == onHead, "the head has " + pins(head) + " pins, expected " + onHead);
            release();
            checkPage(head, split ? 1 : FOLIO, born, 0);
            check("I3", pins(head) == 0, "the head has " + pins(head) + " pins left");
        }
    }
}
