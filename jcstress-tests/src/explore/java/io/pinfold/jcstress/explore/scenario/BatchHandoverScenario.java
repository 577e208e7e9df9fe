package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.pgtable.Geometry;

/**
 * BATCH1 to BATCH4 of the ledger: two threads release one batch at once. One of them does it, the other is refused, and
 * every reference is dropped once. In a variant a filler meets a releaser.
 */
public final class BatchHandoverScenario extends ProtocolScenario {

    public BatchHandoverScenario() {
        super("batch-release-twice", "R29", "two releases of one batch: one of them, once", () -> new Handover(false));
        require("RELEASED, REFUSED", "REFUSED, RELEASED");
    }

    /** The next call of a walk fills the batch that is being released. */
    public static final class Refill extends ProtocolScenario {

        public Refill() {
            super("batch-release-vs-fill", "R29",
                    "a walk fills a batch that another thread releases: after it, or refused",
                    () -> new Handover(true));
            require("RELEASED, REFUSED", "RELEASED, PINNED");
        }
    }

    private static final class Handover extends ScenarioWorld {
        private final boolean fills;
        private final long pfn;
        private final int born;

        Handover(boolean fills) {
            super("releaser", fills ? "filler" : "other");
            this.fills = fills;
            map(BASE, 2);
            pfn = frameAt(BASE);
            born = generation(pfn);
            mustBe("PINNED".equals(pin(BASE, 2)), "pinUserPagesFastOnly", batch.size());
            watch("batch", Peek.word(batch, "held", "slotNumber"), Shown.LONG);
            watchPage("page", pfn);
            watchEntry(BASE, Geometry.PTE);
            built();
        }

        @Override
        String play(int strand) {
            try {
                if (fills && strand == 1) {
                    return pin(BASE, 2);
                }
                int _ = memory.unpinUserPages(batch);
                return "RELEASED";
            } catch (IllegalStateException e) {
                return "REFUSED";
            }
        }

        @Override
        void settle() {
            boolean held = said(1, "PINNED");
            checkPage(pfn, held ? BIAS + 1 : 1, born, 0);
            release();
            checkPage(pfn, 1, born, 0);
        }
    }
}
