package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.gup.FollFlags;
import io.pinfold.core.memory.FreeBatch;
import io.pinfold.core.memory.Grab;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;

/**
 * R8: two pinners meet at a page whose count is one pin away from the sign bit. The first may carry it over; from then on everybody is
 * refused, and what was taken can be given back. A plain addition (M09) goes on.
 */
public final class PinVsOverflow extends ProtocolScenario {

    public PinVsOverflow() {
        super("pin-vs-overflow", "R8", "two pins of a page whose count is nearly full: a negative count is not raised",
                Page::new);
        require("PINNED, REFUSED", "GRAB_OVERFLOW, UNDONE", "PINNED, UNDONE");
    }

    private static final class Page extends ScenarioWorld {
        private static final int FULL = Integer.MAX_VALUE - PageRefs.PIN_BIAS / 2;

        private final long pfn;
        private final int born;
        private final WalkerSlot slot = openSlot();
        private final FreeBatch walkersFrees = new FreeBatch(memory);

        Page() {
            super("walker", "grabber");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            PageRefs.add(record(pfn), FULL - 1);
            watchPage("page", pfn);
            watchEntry(BASE, Geometry.PTE);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, 1);
            }
            slot.enter();
            try {
                long token = Grab.trySpeculative(memory, pfn, 1, FollFlags.FOLL_PIN, walkersFrees);
                if (token < 0) {
                    return token == Grab.REFUSED_OVERFLOW ? "REFUSED" : "REFUSED_" + token;
                }
                Grab.undo(memory, token, walkersFrees);
                return "UNDONE";
            } finally {
                slot.exit();
            }
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I14", !pinned || count(pfn) < 0, "the count is " + count(pfn));
            checkPage(pfn, FULL + (pinned ? BIAS : 0), born, 0);
            release();
            checkPage(pfn, FULL, born, 0);
        }
    }
}
