package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;

/**
 * R8: two walkers pin a page whose count has room for less than one more pin. The first may take it below zero, where
 * it still means "in use"; a second addition could let it wrap around to zero (M09).
 */
public final class PinVsOverflowScenario extends ProtocolScenario {
    /** Room for less than one pin, and for more than none: N11. */
    private static final int NEARLY_FULL = Integer.MAX_VALUE - 512;

    public PinVsOverflowScenario() {
        super("pin-vs-overflow", "R8",
                "pin_user_pages_fast against a grab and its undo on a count that is nearly full: never beyond the first",
                () -> new Page(NEARLY_FULL, FollBits.FOLL_PIN, 1));
        require("PINNED, UNDONE", "PINNED, REFUSED", "GRAB_OVERFLOW, UNDONE");
    }

    /** Gets: the count has room for one more. */
    public static final class Get extends ProtocolScenario {

        public Get() {
            super("get-vs-overflow", "R8",
                    "get_user_pages_fast against a get and its undo on a count that is full but for one: never beyond",
                    () -> new Page(Integer.MAX_VALUE, FollBits.FOLL_GET, 1));
            require("FOUND, UNDONE", "FOUND, REFUSED", "GRAB_OVERFLOW, UNDONE");
        }
    }

    /** Pins of two pages of a folio by one operation. */
    public static final class Run extends ProtocolScenario {

        public Run() {
            super("run-vs-overflow", "R8 R12",
                    "a run of two pages against a grab of two and its undo on a count with room for less: never beyond",
                    () -> new Page(Integer.MAX_VALUE - 1, FollBits.FOLL_PIN, 2));
            require("PINNED, UNDONE", "PINNED, REFUSED", "GRAB_OVERFLOW, UNDONE");
        }
    }

    /** The slow path while the count is negative, and afterwards. */
    public static final class Slow extends ProtocolScenario {

        public Slow() {
            super("slow-pin-vs-overflow", "R8",
                    "pin_user_pages of a page with a negative count against the undo that makes room: not before it",
                    Full::new);
            require("PINNED, UNDONE", "NOMEM, UNDONE");
        }
    }

    private static final class Full extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final SharedSlot slot = openSlot();
        private final FreeBatch holdersFrees = new FreeBatch(core);
        private final long token;

        Full() {
            super("pinner", "holder");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            PageRefs.setCount(record(pfn), NEARLY_FULL);
            slot.enter();
            token = Grab.trySpeculative(core, pfn, 1, FollBits.FOLL_PIN, holdersFrees);
            slot.exit();
            mustBe(token > 0 && count(pfn) < 0, "trySpeculative", token);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return slowPin(BASE, FollBits.FOLL_WRITE);
            }
            boolean raised = count(pfn) != NEARLY_FULL + BIAS;
            Grab.undo(core, token, holdersFrees);
            return raised ? "BEYOND" : "UNDONE";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I14", !said(1, "BEYOND"), "a negative count was raised");
            checkPage(pfn, NEARLY_FULL + (pinned ? BIAS : 0), born, 0);
            release();
            checkPage(pfn, NEARLY_FULL, born, 0);
        }
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final SharedSlot slot = openSlot();
        private final FreeBatch walkersFrees = new FreeBatch(core);
        private final int full;
        private final int kind;
        private final int amount;
        private final int pages;

        Page(int full, int kind, int pages) {
            super("walker", "other");
            this.full = full;
            this.kind = kind;
            this.pages = pages;
            amount = kind == FollBits.FOLL_PIN && pages == 1 ? BIAS : pages;
            if (pages == 1) {
                map(BASE, 1);
            } else {
                mapFolio(BASE);
            }
            pfn = frameAt(BASE);
            born = generation(pfn);
            PageRefs.setCount(record(pfn), full);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            // GRAB2 GRAB3
            return strand == 1 ? grabAndUndo() : kind == FollBits.FOLL_PIN ? pin(BASE, pages) : get(BASE, pages);
        }

        private String grabAndUndo() {
            slot.enter();
            long token = Grab.trySpeculative(core, pfn, pages, kind, walkersFrees); // GRAB2 GRAB3
            boolean beyond = token > 0 && count(pfn) == full + 2 * amount;
            if (token > 0) {
                Grab.undo(core, token, walkersFrees);
            }
            slot.exit();
            return beyond ? "BEYOND" : token > 0 ? "UNDONE" : token == Grab.REFUSED_OVERFLOW ? "REFUSED" : "GONE";
        }

        @Override
        void settle() {
            boolean held = said(0, "PINNED") || said(0, "FOUND");
            check("I14", !said(1, "BEYOND"), "a count that had turned negative was raised further");
            check("I5", walkersFrees.isEmpty(), "the page would have been freed");
            checkPage(pfn, full + (held ? amount : 0), born, 0);
            check("I4", maybePinned(pfn) || pages > 1, "a count that is nearly full does not read as pinned");
            release();
            checkPage(pfn, full, born, 0);
        }
    }
}
