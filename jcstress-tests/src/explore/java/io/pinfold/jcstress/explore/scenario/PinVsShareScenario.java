package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * R18: a read-only pin of an exclusive anonymous page while a mutator (KSM, swap, migration; opponent) ends its
 * exclusivity unless it is pinned: entry out, check, exclusive flag off, entry back. The entry comes back as it was, so
 * only the flag, read after the re-check, shows the walker the change.
 */
public final class PinVsShareScenario extends ProtocolScenario {

    public PinVsShareScenario() {
        super("pin-vs-share", "R18 R17",
                "a read-only pin against try_share (opponent, order O4): never pinned and shared",
                () -> new Page(false, Geometry.PTE));
        require("PINNED, BACKED_OFF", "UNSHARE, SHARED", "CHANGED_PTE, SHARED", "NONE_PRESENT, SHARED",
                "CHANGED_PTE, BACKED_OFF");
        allow("UNSHARE, BACKED_OFF", "NONE_PRESENT, BACKED_OFF");
    }

    /** A huge leaf, whose folio has one flag. */
    public static final class Leaf extends ProtocolScenario {

        public Leaf() {
            super("pin-vs-leaf-share", "R18 R17",
                    "a read-only pin of a huge leaf against try_share of its folio: never pinned and shared",
                    () -> new Page(false, Geometry.PMD));
            require("PINNED, BACKED_OFF", "UNSHARE, SHARED", "CHANGED_LEAF, SHARED", "NONE_PRESENT, SHARED",
                    "CHANGED_LEAF, BACKED_OFF");
            allow("UNSHARE, BACKED_OFF", "NONE_PRESENT, BACKED_OFF");
        }
    }

    /** The slow path, under the lock that the mutator takes: a shared page is unshared first. */
    public static final class Slow extends ProtocolScenario {

        public Slow() {
            super("slow-pin-vs-share", "R17", "a read-only pin_user_pages against try_share: never pinned and shared",
                    () -> new Page(true, Geometry.PTE));
            require("PINNED, BACKED_OFF", "PINNED, SHARED");
        }
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final long table;
        private final long pte;

        private final boolean isSlow;
        private final int pages;

        Page(boolean isSlow, int level) {
            super("walker", "sharer");
            this.isSlow = isSlow;
            pages = level == Geometry.PTE ? 1 : Geometry.ENTRIES;
            if (pages == 1) {
                map(BASE, 1);
            } else {
                mapHuge(BASE);
            }
            int result = space.mprotect(BASE, pages * PAGE, Prot.READ);
            mustBe(result == 0, "mprotect", result);
            pfn = frameAt(BASE);
            born = generation(pfn);
            table = tableAt(BASE, level);
            pte = entryAddress(BASE, level);
            watchEntry(BASE, level);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return isSlow ? slowPin(BASE, 0) : pin(BASE, pages, 0);
            }
            PageTables.lock(core, table);
            long old = Entries.exchange(pte, Entry.NONE); // SHARE1
            boolean pinned = PageRefs.maybePinned(record(0), pfn); // SHARE2
            if (!pinned) {
                long _ = PageFlags.clear(record(pfn), PageFlags.ANON_EXCLUSIVE); // SHARE3
            }
            Entries.store(pte, old); // SHARE4
            PageTables.unlock(core, table);
            return pinned ? "BACKED_OFF" : "SHARED";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I6", !pinned || PageFlags.test(record(pfn), PageFlags.ANON_EXCLUSIVE), "pinned, and not exclusive");
            checkPage(pfn, 1 + (pinned ? pages == 1 ? BIAS : pages : 0), born, 0);
            release();
            checkPage(pfn, 1, born, 0);
        }
    }
}
