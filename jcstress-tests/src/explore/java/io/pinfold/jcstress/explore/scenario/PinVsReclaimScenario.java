package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * R1, R10: a page is pinned while a mutator takes its entry out, reads the count and acts on it, as reclaim and the
 * reuse of copy-on-write do. No other step between the two hides their order, so this scenario detects a clear by a
 * plain store, or an acquire re-check.
 */
public final class PinVsReclaimScenario extends ProtocolScenario {

    public PinVsReclaimScenario() {
        super("pin-vs-reclaim", "R1 R10 R12",
                "pin_user_pages_fast against entry out, look at the count, free: never pinned unseen", Page::new);
        require("PINNED, SAW_PIN", "NONE_PRESENT, REUSED", "CHANGED_PTE, REUSED", "GRAB_ZERO, REUSED",
                "CHANGED_PTE, SAW_PIN",
                "CHANGED_PTE, LEFT");
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final long table;
        private final long pte;
        private long reused;

        Page() {
            super("walker", "reclaim");
            map(BASE, 2);
            pfn = frameAt(BASE);
            born = generation(pfn);
            table = tableAt(BASE, Geometry.PTE);
            pte = entryAddress(BASE, Geometry.PTE);
            watchEntry(BASE, Geometry.PTE);
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
            return strand == 0 ? pin(BASE, 1) : reclaim();
        }

        private String reclaim() {
            PageTables.lock(core, table);
            long old = PageTables.clear(core, table, pte); // UNMAP1
            boolean seen = PageRefs.refCount(record(pfn)) > 1; // UNMAP2
            if (seen) {
                PageTables.install(core, table, pte, old);
            }
            PageTables.unlock(core, table);
            if (seen) {
                return "SAW_PIN";
            }
            int _ = PageRefs.removeMapping(record(pfn));
            Grab.putReferences(core, pfn, 1, frees); // UNMAP3
            if (frees.drain() == 0) {
                return "LEFT";
            }
            reused = allocate(); // UNMAP4
            return reused == pfn ? "REUSED" : "FREED";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            boolean mapped = said(1, "SAW_PIN");
            int owners = mapped || reused == pfn ? 1 : 0;
            if (pinned) {
                check("I5", mapped, "pinned, and " + said(1) + " by a mutator that saw no pin");
                checkPage(pfn, BIAS + 1, born, 0);
            }
            check("I2", mapped == (frameAt(BASE) == pfn), "entry " + Entry.describe(space.entryAt(BASE)));
            release();
            checkPage(pfn, owners, born, mapped ? 0 : 1);
        }
    }
}
