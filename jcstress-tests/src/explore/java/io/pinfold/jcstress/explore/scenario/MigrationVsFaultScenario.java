package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;

/**
 * A page is pinned while its entry is a migration entry (MIGRATE1 to MIGRATE4 of NonPresentFaults; the mover is an
 * opponent). The fault waits for the folio lock and reads the entry again; it never takes a moving page for a missing
 * one.
 */
public final class MigrationVsFaultScenario extends ProtocolScenario {

    public MigrationVsFaultScenario() {
        super("migration-vs-fault", "R26 R33",
                "pin_user_pages_fast, slow path and all, against the migration entry of its page (opponent): waits, then pins",
                Page::new);
        require("PINNED, MOVED", "PINNED, BUSY");
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final long table;
        private final long pte;

        Page() {
            super("pinner", "mover");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            table = tableAt(BASE, Geometry.PTE);
            pte = entryAddress(BASE, Geometry.PTE);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 1) {
                return move();
            }
            int n = session().pinUserPagesFast(space, BASE, 1, GupOptions.WRITE, batch);
            return n == 1 ? "PINNED" : "GOT_" + n;
        }

        private String move() {
            PageFlags.lock(record(pfn)); // MIGRATE1
            long old = replace(NonPresent.make(NonPresent.MIGRATION_WRITE, pfn)); // MIGRATE2
            boolean frozen = PageRefs.freeze(record(pfn), 1);
            if (frozen) {
                PageRefs.unfreeze(record(pfn), 1); // the target does not matter here
            }
            long _ = replace(old); // MIGRATE3
            PageFlags.unlock(record(pfn)); // MIGRATE4
            return frozen ? "MOVED" : "BUSY";
        }

        private long replace(long entry) {
            PageTables.lock(core, table);
            long old = Entries.exchange(pte, entry);
            PageTables.unlock(core, table);
            return old;
        }

        @Override
        void settle() {
            check("I1", batch.pfn(0) == pfn, "the pin is on frame " + batch.pfn(0));
            check("I2", Entry.isPresent(space.entryAt(BASE)), "the entry did not come back");
            checkPage(pfn, BIAS + 1, born, 0);
            release();
            checkPage(pfn, 1, born, 0);
        }
    }
}
