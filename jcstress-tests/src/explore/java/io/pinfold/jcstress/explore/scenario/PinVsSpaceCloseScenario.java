package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.pgtable.Geometry;

/**
 * A page is pinned while its address space is closed: the root is taken out first (RETIRE1 of TableFree), so a walk
 * sees no tables or the close waits for it, and the page outlives the space as long as the pin.
 */
public final class PinVsSpaceCloseScenario extends ProtocolScenario {

    public PinVsSpaceCloseScenario() {
        super("pin-vs-space-close", "R1 R6", "pin_user_pages_fast against the close of the address space", Page::new);
        require("PINNED, CLOSED", "NONE_PRESENT, CLOSED");
        allow("CHANGED_PTE|CHANGED_PMD|GRAB_ZERO|REFUSED, CLOSED");
    }

    /** The session enters by a release store, and the scan of the slots issues a heavy fence. */
    public static final class Fenced extends ProtocolScenario {

        public Fenced() {
            super(new PinVsSpaceCloseScenario());
        }
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;

        Page() {
            super("walker", "closer");
            stockSingleFrames(2 * (Geometry.ROOT + 1)); // for the page and the tables of all levels
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                try {
                    return pin(BASE, 1);
                } catch (IllegalStateException closed) {
                    return "REFUSED";
                }
            }
            space.close();
            stepIfPutOff();
            return "CLOSED";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            checkPage(pfn, pinned ? BIAS : 0, born, pinned ? 0 : 1);
            release();
            checkPage(pfn, 0, born, 1);
        }
    }
}
