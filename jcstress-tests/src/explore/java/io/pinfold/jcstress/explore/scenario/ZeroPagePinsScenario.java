package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;

/**
 * R25: pins of the shared zero page by both paths at once. It is never freed, so its pins are not counted: a pin that
 * is counted although its release is not would fill the count up (M30).
 */
public final class ZeroPagePinsScenario extends ProtocolScenario {

    public ZeroPagePinsScenario() {
        super("zero-page-pins", "R25",
                "pin_user_pages of a page never written against a grab of the zero page: not counted",
                Zero::new);
        require("PINNED, UNCOUNTED");
    }

    private static final class Zero extends ScenarioWorld {
        private final SharedSlot slot = openSlot();
        private final long zero = memory.zeroPfn();
        private final int before;

        Zero() {
            super("pinner", "grabber");
            map(BASE + PAGE, 1); // for the tables
            long mapped = space.mmap(BASE, PAGE, Prot.READ | Prot.WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
            mustBe(mapped == BASE, "mmap", mapped);
            before = count(zero);
            watchPage("zero", zero);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return slowPin(BASE, 0);
            }
            slot.enter();
            long token = Grab.trySpeculative(core, zero, 1, FollBits.FOLL_PIN, frees);
            boolean isCounted = token <= 0 || count(zero) != before;
            Grab.undo(core, token, frees);
            slot.exit();
            return isCounted ? "COUNTED" : "UNCOUNTED";
        }

        @Override
        void settle() {
            check("I1", batch.pfn(0) == zero, "the pin is on frame " + batch.pfn(0));
            check("I14", count(zero) == before, "the zero page has " + (count(zero) - before) + " references more");
            release();
            check("I14", count(zero) == before, "the zero page has " + (count(zero) - before) + " references more");
        }
    }
}
