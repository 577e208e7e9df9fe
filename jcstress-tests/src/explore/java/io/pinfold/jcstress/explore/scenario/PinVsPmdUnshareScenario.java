package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;

/**
 * R22: a table that two spaces share is walked in one of them while that one gives it up, waits for its walkers, and
 * the other maps a page of its own in it (opponent). Without the wait (M14) the walker returns another process's page.
 */
public final class PinVsPmdUnshareScenario extends ProtocolScenario {

    public PinVsPmdUnshareScenario() {
        super("pin-vs-pmd-unshare", "R22 R6", "a pin in a shared table against its unshare (opponent), which waits",
                Shared::new);
        require("PINNED, REUSED", "NONE_PRESENT, REUSED");
        allow("CHANGED_PMD|CHANGED_PTE, REUSED");
    }

    /** The session enters by a release store, and the wait for the walkers issues a heavy fence. */
    public static final class Fenced extends ProtocolScenario {

        public Fenced() {
            super(new PinVsPmdUnshareScenario());
        }
    }

    private static final class Shared extends ScenarioWorld {
        private final long pfn;
        private final long stranger;
        private final int born;
        private final long pud;
        private final long pte;

        Shared() {
            super("walker", "unsharer");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            stranger = allocate();
            pud = entryAddress(BASE, Geometry.PUD);
            pte = entryAddress(BASE, Geometry.PTE);
            watchEntry(BASE, Geometry.PUD);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            watchPage("stranger", stranger);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, 1);
            }
            WalkerSlots slots = core.slots();
            long _ = Entries.exchange(pud, Entry.NONE); // UNSHARE1
            slots.awaitPassed(slots.advance()); // UNSHARE2
            long bits = Entry.PRESENT | Entry.WRITE | Entry.USER;
            long old = Entries.exchange(pte, Entry.make(stranger, bits)); // UNSHARE3
            return "REUSED";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            if (pinned) {
                check("I1", batch.pfn(0) == pfn, "the walker returned frame " + batch.pfn(0) + " of another space");
            }
            checkPage(pfn, pinned ? BIAS + 1 : 1, born, 0);
            checkPage(stranger, 1, generation(stranger), 0);
            release();
            checkPage(pfn, 1, born, 0);
        }
    }
}
