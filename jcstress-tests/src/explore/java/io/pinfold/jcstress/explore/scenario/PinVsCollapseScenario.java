package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * R5: a table is taken away with its entries intact while a page in it is pinned: by khugepaged, which reads the counts
 * next, or by mremap, which installs it elsewhere (both opponents). Only the re-check of the table's own entry detects
 * that (M02).
 */
public final class PinVsCollapseScenario extends ProtocolScenario {

    public PinVsCollapseScenario() {
        super("pin-vs-collapse", "R5", "a pin against khugepaged (opponent) that waits for no walker",
                () -> new Table(false, 1));
        require("PINNED, BUSY", "NONE_PRESENT, COLLAPSED", "CHANGED_PMD, COLLAPSED", "CHANGED_PMD, BUSY");
        allow("NONE_PRESENT, BUSY");
    }

    /** A page table moves to another address, where the page is mapped from then on. */
    public static final class Move extends ProtocolScenario {

        public Move() {
            super("pin-vs-table-move", "R5", "a pin against mremap of a whole table (opponent) and a look at the count",
                    () -> new Table(true, 1));
            require("PINNED, SAW_PIN", "NONE_PRESENT, SAW_NOTHING", "CHANGED_PMD, SAW_NOTHING", "CHANGED_PMD, SAW_PIN");
        }
    }

    /** The same with two pages of a folio, which one grab takes. */
    public static final class MoveOfRun extends ProtocolScenario {

        public MoveOfRun() {
            super("run-vs-table-move", "R5", "a run of two pages against mremap of their table (opponent)",
                    () -> new Table(true, 2));
            require("PINNED, SAW_PIN", "NONE_PRESENT, SAW_NOTHING", "CHANGED_PMD, SAW_NOTHING", "CHANGED_PMD, SAW_PIN");
        }
    }

    private static final class Table extends ScenarioWorld {
        private final boolean moves;
        private final int pages;
        private final long pfn;
        private final int born;
        private final long upperTable;
        private final long pmd;
        private final long elsewhere;

        Table(boolean moves, int pages) {
            super("walker", moves ? "mremap" : "khugepaged");
            this.moves = moves;
            this.pages = pages;
            if (pages == 1) {
                map(BASE, 1);
            } else {
                mapFolio(BASE);
            }
            pfn = frameAt(BASE);
            born = generation(pfn);
            upperTable = tableAt(BASE, Geometry.PMD);
            pmd = entryAddress(BASE, Geometry.PMD);
            elsewhere = entryAddress(BASE + 2 * TABLE, Geometry.PMD);
            watchEntry(BASE, Geometry.PMD);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? pin(BASE, pages) : moves ? move() : collapse();
        }

        private String collapse() {
            PageTables.lock(core, upperTable);
            long upper = Entries.exchange(pmd, Entry.NONE); // COLLAPSE1
            boolean alone = PageRefs.refCount(record(pfn)) == PageRefs.mapCount(record(pfn)); // COLLAPSE2
            if (!alone) {
                Entries.store(pmd, upper); // COLLAPSE3
            }
            PageTables.unlock(core, upperTable);
            return alone ? "COLLAPSED" : "BUSY";
        }

        private String move() {
            PageTables.lock(core, upperTable);
            Entries.store(elsewhere, Entries.exchange(pmd, Entry.NONE)); // COLLAPSE1
            PageTables.unlock(core, upperTable);
            return maybePinned(pfn) ? "SAW_PIN" : "SAW_NOTHING";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I5", !pinned || said(1, "BUSY") || said(1, "SAW_PIN"), "pinned, and " + said(1));
            int mappings = pages == 1 ? 1 : Geometry.ENTRIES;
            int references = pages == 1 ? BIAS : pages;
            checkPage(pfn, pinned ? mappings + references : mappings, born, 0);
            checkCounted(pinned ? pages : 0);
            release();
            checkPage(pfn, mappings, born, 0);
        }
    }
}
