package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * Two pages of a folio are pinned by one grab while a mutator (opponent) changes the entry of the second. That entry is
 * neither the one of the grab nor the table's: only the loop over the entries of the run (WALK7 for k) re-checks it.
 */
public final class RunVsReclaimScenario extends ProtocolScenario {

    public RunVsReclaimScenario() {
        super("run-vs-reclaim", "R1 R12",
                "a run of two pages against the second one's entry out, a look at the count: never pinned unseen",
                () -> new Folio(Folio.RECLAIM));
        require("PINNED, SAW_PIN", "PART_1, ALONE", "PART_1, SAW_PIN");
    }

    /** Long-term pins take the general path, which has another grab. */
    public static final class Longterm extends ProtocolScenario {

        public Longterm() {
            super("longterm-run-vs-reclaim", "R1 R12 R24",
                    "a long-term run of two pages against the second one's entry out, a look at the count",
                    () -> new Folio(Folio.LONGTERM));
            require("PINNED, SAW_PIN", "PART_1, ALONE", "PART_1, SAW_PIN");
        }
    }

    /** The second page becomes read-only. */
    public static final class Clean extends ProtocolScenario {

        public Clean() {
            super("run-vs-mkclean", "R2 R12",
                    "a writable run of two pages against page_mkclean of the second, a look at the count: never unseen",
                    () -> new Folio(Folio.CLEAN));
            require("PINNED, SAW_PIN", "PART_1, ALONE", "PART_1, SAW_PIN");
        }
    }

    /** The second page stops being exclusive; its entry comes back as it was. */
    public static final class Share extends ProtocolScenario {

        public Share() {
            super("run-vs-share", "R17 R18",
                    "a read-only run of two pages against try_share of the second: never pinned and shared",
                    () -> new Folio(Folio.SHARE));
            require("PINNED, SAW_PIN", "PART_1, ALONE", "PART_1, SAW_PIN");
        }
    }

    private static final class Folio extends ScenarioWorld {
        static final int RECLAIM = 0;
        static final int CLEAN = 1;
        static final int SHARE = 2;
        static final int LONGTERM = 3;
        private static final int PAGES = 2;

        private final int what;
        private final boolean takesOut;
        private final long head;
        private final int born;
        private final long table;
        private final long pte;

        Folio(int what) {
            super("walker", "mutator");
            this.what = what;
            takesOut = what == RECLAIM || what == LONGTERM;
            mapFolio(BASE);
            if (what == SHARE) {
                int result = space.mprotect(BASE, TABLE, Prot.READ);
                mustBe(result == 0, "mprotect", result);
            }
            head = frameAt(BASE);
            born = generation(head);
            table = tableAt(BASE, Geometry.PTE);
            pte = entryAddress(BASE + PAGE, Geometry.PTE);
            watchEntry(BASE + PAGE, Geometry.PTE);
            watchPage("head", head);
            watchPage("page", head + 1);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 1) {
                return change();
            }
            int flags = what == SHARE ? 0 : FollBits.FOLL_WRITE;
            return pin(BASE, PAGES, what == LONGTERM ? flags | FollBits.FOLL_LONGTERM : flags);
        }

        private String change() {
            PageTables.lock(core, table);
            long old = takesOut ? PageTables.clear(core, table, pte) : Entries.exchange(pte, Entry.NONE); // UNMAP1
            if (what == CLEAN) {
                Entries.store(pte, old & ~(Entry.WRITE | Entry.DIRTY));
            }
            boolean seen = maybePinned(head); // UNMAP2
            if (what == SHARE) {
                if (!seen) {
                    long _ = PageFlags.clear(record(head + 1), PageFlags.ANON_EXCLUSIVE);
                }
                Entries.store(pte, old);
            }
            PageTables.unlock(core, table);
            if (takesOut && !seen) {
                int _ = PageRefs.removeMapping(record(head + 1));
                Grab.putReferences(core, head, 1, frees); // UNMAP3
            }
            return seen ? "SAW_PIN" : "ALONE";
        }

        @Override
        void settle() {
            int held = batch.size();
            check("I1", held < PAGES || said(1, "SAW_PIN"), "both pages are pinned, and the mutator saw nothing");
            check("I3", pins(head) == held, "the folio has " + pins(head) + " pins, the batch " + held);
            int mappings = Geometry.ENTRIES - (takesOut && said(1, "ALONE") ? 1 : 0);
            checkPage(head, mappings + held, born, 0);
            checkCounted(held);
            release();
            checkCounted(0);
            checkPage(head, mappings, born, 0);
        }
    }
}
