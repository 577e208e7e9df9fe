package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * R11: a page is pinned while its owner freezes the count, works on the page and unfreezes it, as migration and the
 * split of a folio do. A freeze by load and store loses a pin (M23); an unfreeze weaker than release publishes half of
 * the work (PSO and views).
 */
public final class PinVsFreezeScenario extends ProtocolScenario {
    private static final long BEFORE = 0;
    private static final long INSIDE = 1;
    private static final long AFTER = 2;

    public PinVsFreezeScenario() {
        super("pin-vs-freeze", "R11 R26",
                "pin_user_pages_fast against freeze, work, unfreeze: never both, and never a look at half of the work",
                Page::new);
        require("PINNED_BEFORE, BUSY", "PINNED_AFTER, FROZE", "GRAB_ZERO, FROZE");
    }

    /**
     * A holder stores into the page and puts it. A thread that freezes the count without an earlier read stores into it
     * next: the freeze itself must acquire the holder's store.
     */
    public static final class Put extends ProtocolScenario {

        public Put() {
            super("put-vs-freeze", "R11",
                    "a store into a page and the put of it against freeze and a store of the freezer's",
                    Held::new);
            require("PUT, FROZE", "PUT, BUSY");
        }
    }

    private static final class Held extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final FreeBatch holdersFrees = new FreeBatch(core);

        Held() {
            super("holder", "freezer");
            pfn = allocate();
            PageRefs.getPage(record(pfn));
            born = generation(pfn);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            long content = core.frameAddress(pfn);
            if (strand == 0) {
                Words.setLong(content, INSIDE);
                Grab.putReferences(core, pfn, 1, holdersFrees);
                return "PUT";
            }
            if (!PageRefs.freeze(record(pfn), 1)) { // FREEZE1
                return "BUSY";
            }
            Words.setLong(content, AFTER); // FREEZE2
            PageRefs.unfreeze(record(pfn), 1); // FREEZE3
            return "FROZE";
        }

        @Override
        void settle() {
            checkPage(pfn, 1, born, 0);
            long last = Words.getLong(core.frameAddress(pfn));
            check("I1", last == (said(1, "FROZE") ? AFTER : INSIDE), "the page holds " + last);
        }
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final long content;

        Page() {
            super("pinner", "freezer");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            content = core.frameAddress(pfn);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            watch("page.content", content, Shown.LONG);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                String end = pin(BASE, 1); // GRAB3
                return "PINNED".equals(end) ? seen() : end;
            }
            if (!PageRefs.freeze(record(pfn), 1)) { // FREEZE1
                return "BUSY";
            }
            Words.setLong(content, INSIDE); // FREEZE2: no other thread can grab the page
            Words.setLong(content, AFTER);
            PageRefs.unfreeze(record(pfn), 1); // FREEZE3
            return "FROZE";
        }

        private String seen() {
            long seen = Words.getLong(content); // the use
            return seen == BEFORE ? "PINNED_BEFORE" : seen == AFTER ? "PINNED_AFTER" : "PINNED_INSIDE";
        }

        @Override
        void settle() {
            boolean pinned = said(0).startsWith("PINNED");
            checkPage(pfn, pinned ? BIAS + 1 : 1, born, 0);
            release();
            checkPage(pfn, 1, born, 0);
        }
    }
}
