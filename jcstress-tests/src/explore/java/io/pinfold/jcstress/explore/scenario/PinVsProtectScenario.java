package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * R2: a page is pinned for writing while the permission is taken away and the mutator then asks whether the page may be
 * pinned. A re-check that compares frame numbers only (M04) lets an unnoticed pin through.
 */
public final class PinVsProtectScenario extends ProtocolScenario {

    public PinVsProtectScenario() {
        super("pin-vs-protect", "R2", "a writable pin against mprotect and a look at the count: never unseen",
                () -> new Page(false, Geometry.PTE));
        require("PINNED, SAW_PIN", "PERMISSION, SAW_NOTHING", "CHANGED_PTE, SAW_NOTHING", "NONE_PRESENT, SAW_NOTHING");
        allow("CHANGED_PTE, SAW_PIN");
    }

    /** The same against writeback, which makes the page clean (page_mkclean) with nothing in between. */
    public static final class Clean extends ProtocolScenario {

        public Clean() {
            super("pin-vs-mkclean", "R2", "a writable pin against page_mkclean and a look at the count: never unseen",
                    () -> new Page(true, Geometry.PTE));
            require("PINNED, SAW_PIN", "PERMISSION, SAW_NOTHING", "CHANGED_PTE, SAW_NOTHING",
                    "NONE_PRESENT, SAW_NOTHING", "CHANGED_PTE, SAW_PIN");
        }
    }

    /** The same with all pages of a huge leaf. */
    public static final class CleanLeaf extends ProtocolScenario {

        public CleanLeaf() {
            super("pin-vs-leaf-mkclean", "R2 R3",
                    "a writable pin of a huge leaf against page_mkclean and a look at the count: never unseen",
                    () -> new Page(true, Geometry.PMD));
            require("PINNED, SAW_PIN", "PERMISSION, SAW_NOTHING", "CHANGED_LEAF, SAW_NOTHING",
                    "NONE_PRESENT, SAW_NOTHING", "CHANGED_LEAF, SAW_PIN");
        }
    }

    private static final class Page extends ScenarioWorld {
        private final boolean clean;
        private final int pages;
        private final long pfn;
        private final int born;
        private final long table;
        private final long entry;

        Page(boolean clean, int level) {
            super("walker", clean ? "writeback" : "protector");
            this.clean = clean;
            pages = level == Geometry.PTE ? 1 : Geometry.ENTRIES;
            if (pages == 1) {
                map(BASE, 1);
            } else {
                mapHuge(BASE);
            }
            pfn = frameAt(BASE);
            born = generation(pfn);
            table = tableAt(BASE, level);
            entry = entryAddress(BASE, level);
            watchEntry(BASE, level);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, pages);
            }
            if (clean) {
                makeClean();
            } else {
                int result = space.mprotect(BASE, PAGE, Prot.READ);
                mustBe(result == 0, "mprotect", result);
            }
            return maybePinned(pfn) ? "SAW_PIN" : "SAW_NOTHING";
        }

        private void makeClean() {
            PageTables.lock(core, table);
            long old = Entries.exchange(entry, Entry.NONE);
            Entries.store(entry, old & ~(Entry.WRITE | Entry.DIRTY));
            PageTables.unlock(core, table);
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I1", !pinned || said(1, "SAW_PIN"), "pinned for writing, and the mutator saw nothing");
            check("I1", !Entry.isWritable(Entries.load(entry)), "the permission is still there");
            int references = pages == 1 ? BIAS : pages;
            checkPage(pfn, pinned ? references + 1 : 1, born, 0);
            release();
            checkPage(pfn, 1, born, 0);
        }
    }
}
