package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;

/**
 * R6: a page table is unlinked, retired, freed and used as a table of another space while a session walks in it. Its
 * frame is poisoned and then cleared, so a walker that is still inside reads the poison, or races with the clearing.
 */
public final class WalkVsTableFreeScenario extends ProtocolScenario {

    public WalkVsTableFreeScenario() {
        super("walk-vs-table-free", "R6 R1",
                "get_user_pages_fast against the munmap of a whole table, RetiredTables.step and the table's next use",
                Tables::new);
        require("FOUND, FREED", "NONE_PRESENT, FREED", "FOUND, DEFERRED", "NONE_PRESENT, DEFERRED");
        allow("CHANGED_PTE|CHANGED_PMD|GRAB_ZERO, FREED|DEFERRED");
    }

    /** The session enters by a release store, and the scan issues a heavy fence. */
    public static final class Fenced extends ProtocolScenario {

        public Fenced() {
            super(new WalkVsTableFreeScenario());
        }
    }

    private static final class Tables extends ScenarioWorld {
        private final long table;
        private final int born;
        private final long pfn;
        private final int pageBorn;
        private final long stranger;
        private long reused;

        Tables() {
            super("walker", "reclaimer");
            map(BASE, 1);
            map(BASE + TABLE, 1); // the neighbour keeps the upper tables
            table = tableAt(BASE, Geometry.PTE);
            born = generation(table);
            pfn = frameAt(BASE);
            pageBorn = generation(pfn);
            stranger = allocate();
            watchEntry(BASE, Geometry.PMD);
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
            if (strand == 0) {
                return get(BASE, 1); // WALK1 to WALK10
            }
            munmap(BASE, 1); // RETIRE1 RETIRE2, and RETIRE3 to RETIRE5 if no walker is inside
            stepIfPutOff();
            if (generation(table) == born) {
                return "DEFERRED";
            }
            reuse();
            return "FREED";
        }

        private void reuse() {
            reused = core.blocks().allocateTable(space.id() + 1, Geometry.PTE, BASE);
            mustBe(reused == table, "allocateTable", reused);
            Entries.store(core.frameAddress(reused), Entry.make(stranger, Entry.PRESENT | Entry.WRITE | Entry.USER));
        }

        @Override
        void settle() {
            if (said(0, "FOUND")) {
                check("I1", batch.pfn(0) == pfn, "the walker returned frame " + batch.pfn(0) + " of another space");
                check("I5", generation(pfn) == pageBorn, "frame " + pfn + " was freed under a reference");
            }
            release();
            checkPage(pfn, 0, pageBorn, 1);
            checkPage(stranger, 1, generation(stranger), 0);
            int _ = core.retired().step(); // every walker has left by now
            check("I7", generation(table) == born + 1, "the table was freed " + (generation(table) - born) + " times");
        }
    }
}
