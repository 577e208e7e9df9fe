package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.pgtable.Geometry;

/**
 * R1: a page is pinned while munmap takes it out and the allocator hands its frame to the next caller. Without the
 * re-check the walker returns that caller's frame (M01); with a plain addition it revives a free one (M08).
 */
public final class PinVsUnmapScenario extends ProtocolScenario {

    public PinVsUnmapScenario() {
        super("pin-vs-unmap", "R1 R7 R12",
                "pin_user_pages_fast against munmap and the frame's next owner: never pinned and recycled", Page::new);
        require("PINNED, KEPT", "NONE_PRESENT, REUSED", "CHANGED_PTE, REUSED", "GRAB_ZERO, REUSED",
                "CHANGED_PTE, KEPT");
        allow("CHANGED_PTE, FREED"); // freed by the roll-back, and not yet on the free lists
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private long reused;

        Page() {
            super("walker", "unmapper");
            map(BASE, 2); // the neighbour keeps the tables
            pfn = frameAt(BASE);
            born = generation(pfn);
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
                return pin(BASE, 1);
            }
            munmap(BASE, 1); // UNMAP1 to UNMAP3
            if (generation(pfn) == born) {
                return "KEPT";
            }
            reused = allocate(); // UNMAP4
            return reused == pfn ? "REUSED" : "FREED";
        }

        @Override
        void settle() {
            int owners = reused == pfn ? 1 : 0;
            boolean pinned = said(0, "PINNED");
            if (pinned) {
                check("I1", generation(pfn) == born, "frame " + pfn + " was pinned and recycled");
                check("I4", maybePinned(pfn), "a pin is outstanding and maybe_pinned says no");
                checkPage(pfn, BIAS + owners, born, 0);
            }
            release();
            checkPage(pfn, owners, born, 1);
        }
    }
}
