package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.gup.FollFlags;
import io.pinfold.core.memory.FreeBatch;
import io.pinfold.core.memory.Grab;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;

/**
 * R8: two walkers pin a page whose count has room for less than one more pin. The first may take it below zero, where it still means
 * "in use"; a second addition is the beginning of the way round to zero (M09).
 */
public final class PinVsOverflow extends ProtocolScenario {
    /** Room for less than one pin, and for more than none: worked number 11. */
    private static final int NEARLY_FULL = Integer.MAX_VALUE - 512;

    public PinVsOverflow() {
        super("pin-vs-overflow", "R8",
                "pin_user_pages_fast against a grab and its undo on a count that is nearly full: never beyond the first",
                Page::new);
        require("PINNED, UNDONE", "PINNED, REFUSED", "GRAB_OVERFLOW, UNDONE");
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final WalkerSlot slot = openSlot();
        private final FreeBatch walkersFrees = new FreeBatch(memory);

        Page() {
            super("walker", "other");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            PageRefs.setCount(record(pfn), NEARLY_FULL);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? pin(BASE, 1) : grabAndUndo(); // V1 V2
        }

        private String grabAndUndo() {
            slot.enter();
            long token = Grab.trySpeculative(memory, pfn, 1, FollFlags.FOLL_PIN, walkersFrees); // V1 V2
            boolean beyond = token > 0 && count(pfn) == NEARLY_FULL + 2 * BIAS;
            if (token > 0) {
                Grab.undo(memory, token, walkersFrees);
            }
            slot.exit();
            return beyond ? "BEYOND" : token > 0 ? "UNDONE" : token == Grab.REFUSED_OVERFLOW ? "REFUSED" : "GONE";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I14", !said(1, "BEYOND"), "a count that had turned negative was raised further");
            check("I5", walkersFrees.isEmpty(), "the page would have been freed");
            checkPage(pfn, NEARLY_FULL + (pinned ? BIAS : 0), born, 0);
            check("I4", maybePinned(pfn), "a count that is nearly full does not read as pinned");
            release();
            checkPage(pfn, NEARLY_FULL, born, 0);
        }
    }
}
