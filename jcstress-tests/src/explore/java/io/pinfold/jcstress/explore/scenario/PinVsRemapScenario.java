package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * R9, and an entry that comes back as it was: a single page is unmapped and freed, its frame becomes the head of a
 * folio, and that is mapped at the same address. The re-check of the entry passes; only the second read of the page's
 * compound word detects that a pin of a single page is on a folio.
 */
public final class PinVsRemapScenario extends ProtocolScenario {

    public PinVsRemapScenario() {
        super("pin-vs-remap-as-folio", "R9 R1 R12",
                "a pin against unmap, free, and the same entry for a folio (opponent)",
                Page::new);
        require("PINNED, KEPT", "PINNED, REMAPPED", "NONE_PRESENT, REMAPPED", "GRAB_ZERO, REMAPPED",
                "CHANGED_PTE, REMAPPED");
        allow("CHANGED_PTE, KEPT");
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final long table;
        private final long pte;
        private long folio;

        Page() {
            super("walker", "remapper");
            long pair = allocate(1);
            long next = allocate(1); // so that a free merges no further
            boolean isFree = put(pair);
            map(BASE, 1); // the first of the pair
            pfn = frameAt(BASE);
            born = generation(pfn);
            mustBe(isFree && next > 0 && pfn == pair, "allocate", pfn);
            table = tableAt(BASE, Geometry.PTE);
            pte = entryAddress(BASE, Geometry.PTE);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            folio = 0;
        }

        @Override
        String play(int strand) {
            return strand == 0 ? pin(BASE, 1) : remap();
        }

        private String remap() {
            PageTables.lock(core, table);
            long old = PageTables.clear(core, table, pte); // UNMAP1
            PageTables.unlock(core, table);
            int _ = PageRefs.removeMapping(record(pfn));
            Grab.putReferences(core, pfn, 1, frees); // UNMAP3 UNMAP4
            if (frees.drain() == 0) {
                return "KEPT";
            }
            folio = allocate(1);
            mustBe(folio == pfn, "allocate", folio);
            PageRefs.addMapping(record(pfn));
            PageTables.lock(core, table);
            PageTables.install(core, table, pte, old);
            PageTables.unlock(core, table);
            return "REMAPPED";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            boolean large = said(1, "REMAPPED");
            check("I3", large == Compound.isLargeHead(Compound.of(record(pfn))), "the page is no folio");
            int mappings = large ? 1 : 0;
            checkPage(pfn, mappings + (pinned ? large ? 1 : BIAS : 0), born, large || !pinned ? 1 : 0);
            check("I3", pins(pfn) == (pinned && large ? 1 : 0), "the folio has " + pins(pfn) + " pins");
            check("I4", !pinned || maybePinned(pfn), "a pin is outstanding and maybe_pinned says no");
            release();
            check("I3", pins(pfn) == 0, "the folio has " + pins(pfn) + " pins left");
            checkPage(pfn, mappings, born, 1);
        }
    }
}
