package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;

/**
 * A page is poisoned (POISON1 to POISON4 of Poison) while it is pinned: the faster thread keeps the page, and its frame
 * is never handed out again.
 */
public final class PinVsPoisonScenario extends ProtocolScenario {

    public PinVsPoisonScenario() {
        super("pin-vs-poison", "R1",
                "pin_user_pages_fast against MADV_HWPOISON: pinned before, or not at all; the frame is retired",
                Page::new);
        require("PINNED, POISONED", "NONE_PRESENT, POISONED", "CHANGED_PTE, POISONED", "GRAB_ZERO, POISONED");
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;

        Page() {
            super("walker", "breaker");
            map(BASE, 2); // the neighbour keeps the tables
            pfn = frameAt(BASE);
            born = generation(pfn);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, 1);
            }
            int result = space.madvise(BASE, PAGE, AddressSpace.MADV_HWPOISON);
            return result == 0 ? "POISONED" : "RESULT_" + result;
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I2", NonPresent.kind(space.entryAt(BASE)) == NonPresent.HWPOISON, "the entry is not poison");
            if (pinned) {
                checkPage(pfn, BIAS, born, 0);
            }
            release();
            check("I3", count(pfn) == 0, "frame " + pfn + " has " + count(pfn) + " references");
            check("I5", allocate() != pfn, "the broken frame was handed out again");
        }
    }
}
