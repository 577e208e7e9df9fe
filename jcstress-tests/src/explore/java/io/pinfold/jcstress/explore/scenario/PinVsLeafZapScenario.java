package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * R3, R12: all pages of a huge leaf are pinned by one operation while the leaf is zapped and its folio freed, or while
 * a mutator takes the leaf out and reads the pins. Without the re-check of the leaf (M03) the walker returns a freed
 * folio.
 */
public final class PinVsLeafZapScenario extends ProtocolScenario {
    private static final int PAGES = Geometry.ENTRIES;

    public PinVsLeafZapScenario() {
        super("pin-vs-leaf-zap", "R3 R12", "a pin of a huge leaf against its munmap and the folio's next owner",
                () -> new Leaf(false));
        require("PINNED, KEPT", "NONE_PRESENT, REUSED", "CHANGED_LEAF, REUSED", "GRAB_ZERO, REUSED",
                "CHANGED_LEAF, KEPT");
        allow("CHANGED_LEAF, FREED"); // freed by the roll-back, and not yet on the free lists
    }

    /** The same against a mutator that reads the pins. */
    public static final class Look extends ProtocolScenario {

        public Look() {
            super("pin-vs-leaf-reclaim", "R3 R12", "a pin of a huge leaf against leaf out, look at the count",
                    () -> new Leaf(true));
            require("PINNED, SAW_PIN", "NONE_PRESENT, SAW_NOTHING", "CHANGED_LEAF, SAW_NOTHING",
                    "CHANGED_LEAF, SAW_PIN");
        }
    }

    private static final class Leaf extends ScenarioWorld {
        private final boolean looks;
        private final long head;
        private final int born;
        private final long table;
        private final long pmd;
        private long reused;

        Leaf(boolean looks) {
            super("walker", looks ? "reclaim" : "unmapper");
            this.looks = looks;
            mapHuge(BASE);
            map(BASE + TABLE, PAGES); // keeps the upper tables, and the buddy of the folio
            head = frameAt(BASE);
            born = generation(head);
            table = tableAt(BASE, Geometry.PMD);
            pmd = entryAddress(BASE, Geometry.PMD);
            watchEntry(BASE, Geometry.PMD);
            watchPage("head", head);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            reused = 0;
        }

        @Override
        String play(int strand) {
            return strand == 0 ? pin(BASE, PAGES) : looks ? look() : unmap();
        }

        private String unmap() {
            munmap(BASE, PAGES);
            if (generation(head) == born) {
                return "KEPT";
            }
            reused = allocate(Geometry.leafOrder(Geometry.PMD));
            return reused == head ? "REUSED" : "FREED";
        }

        private String look() {
            PageTables.lock(core, table);
            long old = Entries.exchange(pmd, Entry.NONE);
            boolean seen = maybePinned(head) || PageRefs.refCount(record(head)) > 1;
            Entries.store(pmd, seen ? old : Entry.NONE);
            PageTables.unlock(core, table);
            return seen ? "SAW_PIN" : "SAW_NOTHING";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I5", !pinned || !said(1, "SAW_NOTHING"), "pinned, and the mutator saw nothing");
            int owners = looks || reused == head ? 1 : 0;
            if (pinned) {
                check("I1", generation(head) == born, "folio " + head + " was pinned and recycled");
                check("I3", pins(head) == PAGES, "folio " + head + " has " + pins(head) + " pins");
                check("I4", maybePinned(head), "pins are outstanding and maybe_pinned says no");
                checkPage(head, PAGES + owners, born, 0);
            }
            release();
            check("I3", pins(head) == 0, "folio " + head + " has " + pins(head) + " pins left");
            checkPage(head, owners, born, looks ? 0 : 1);
        }
    }
}
