package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * R9, R12: pages of a large folio, mapped by PTEs, are pinned while the folio is split into single pages (opponent:
 * freeze, rewrite, unfreeze; the entries stay). A run of pages takes the path for large folios. No stress test reaches
 * its second check of the folio, without which the pins of a whole run are on one page.
 */
public final class GrabVsSplitScenario extends ProtocolScenario {
    private static final int FOLIO = Geometry.ENTRIES;

    public GrabVsSplitScenario() {
        super("run-vs-split", "R9 R12", "a run of two tails against the split of their folio: pins on the right pages",
                () -> new Folio(2, 2, 0));
        require("PINNED, BUSY", "PINNED, SPLIT", "GRAB_ZERO, SPLIT");
        allow("PART_1, SPLIT|BUSY", "GRAB_ZERO, BUSY");
    }

    /** A run that begins with the head. */
    public static final class Head extends ProtocolScenario {

        public Head() {
            super("head-run-vs-split", "R9 R12", "a run of two pages from the head on against the split of their folio",
                    () -> new Folio(0, 2, 0));
            require("PINNED, BUSY", "PINNED, SPLIT", "GRAB_ZERO, SPLIT");
            allow("PART_1, SPLIT|BUSY", "GRAB_ZERO, BUSY");
        }
    }

    /** One page, a tail. */
    public static final class Tail extends ProtocolScenario {

        public Tail() {
            super("grab-vs-split", "R9 R12", "the pin of a tail against the split of its folio: on the right page",
                    () -> new Folio(1, 1, 0));
            require("PINNED, BUSY", "PINNED, SPLIT", "GRAB_ZERO, SPLIT");
            allow("GRAB_ZERO, BUSY");
        }
    }

    /** The folio becomes two of half its size, and a run crosses the middle: its first page keeps the head it had. */
    public static final class Halves extends ProtocolScenario {

        public Halves() {
            super("run-vs-halving", "R9 R12", "a run over the middle of a folio against its split into two folios",
                    () -> new Folio(1, 2, 1));
            require("PINNED, BUSY", "PINNED, SPLIT", "GRAB_ZERO, SPLIT");
            allow("PART_1, SPLIT|BUSY", "GRAB_ZERO, BUSY");
        }
    }

    private static final class Folio extends ScenarioWorld {
        private final long head;
        private final int first;
        private final int pages;
        /** The order of the folios after the split. */
        private final int order;
        private final int born;

        Folio(int first, int pages, int order) {
            super("walker", "splitter");
            this.first = first;
            this.pages = pages;
            this.order = order;
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

        /** Each reference of the folio belongs to one of its mappings, and moves with its page. */
        private String split() {
            if (!PageRefs.freeze(record(head), FOLIO)) { // FREEZE1
                return "BUSY";
            }
            int step = 1 << order;
            for (long pfn = head + step; pfn < head + FOLIO; pfn += step) { // FREEZE2
                for (long tail = pfn + 1; tail < pfn + step; tail++) {
                    Words.setLongRelease(record(tail) + PageLayout.COMPOUND, Compound.ofTail(pfn));
                }
                Words.setLongRelease(record(pfn) + PageLayout.COMPOUND, ofHead());
                PageRefs.setCount(record(pfn), step);
            }
            Words.setLongRelease(record(head) + PageLayout.COMPOUND, ofHead()); // FREEZE3
            PageRefs.unfreeze(record(head), step);
            return "SPLIT";
        }

        private long ofHead() {
            return order == 0 ? Compound.NONE : Compound.ofHead(order);
        }

        @Override
        void settle() {
            boolean split = said(1, "SPLIT");
            int held = batch.size();
            int[] references = new int[FOLIO];
            int[] exact = new int[FOLIO];
            for (int i = 0; i < FOLIO; i++) {
                int to = split ? i & -(1 << order) : 0;
                boolean isPinned = i >= first && i < first + held;
                boolean isLarge = !split || order > 0;
                references[to] += 1 + (isPinned ? isLarge ? 1 : BIAS : 0);
                exact[to] += isPinned && isLarge ? 1 : 0;
                check("I4", !isPinned || maybePinned(head + i), "page " + i + " is pinned and maybe_pinned says no");
            }
            for (int i = 0; i < FOLIO; i++) {
                check("I3", count(head + i) == references[i],
                        "page " + i + " has " + count(head + i) + " references, expected " + references[i]);
                check("I3", pins(head + i) == exact[i],
                        "page " + i + " has " + pins(head + i) + " pins, expected " + exact[i]);
            }
            release();
            checkPage(head, split ? 1 << order : FOLIO, born, 0);
            check("I3", pins(head) == 0, "the head has " + pins(head) + " pins left");
        }
    }
}
