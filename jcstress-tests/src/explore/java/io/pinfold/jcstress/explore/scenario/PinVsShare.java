package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * R18: a read-only pin of an exclusive anonymous page while a mutator (KSM, swap, migration; opponent) ends its exclusivity unless it is
 * pinned: entry out, look, exclusive flag off, entry back. The entry comes back as it was, so only the flag, asked after the re-check,
 * tells the walker.
 */
public final class PinVsShare extends ProtocolScenario {

    public PinVsShare() {
        super("pin-vs-share", "R18 R17",
                "a read-only pin against try_share (opponent, order O4): never pinned and shared",
                Page::new);
        require("PINNED, BACKED_OFF", "UNSHARE, SHARED", "CHANGED_PTE, SHARED", "NONE_PRESENT, SHARED",
                "CHANGED_PTE, BACKED_OFF");
        allow("UNSHARE, BACKED_OFF", "NONE_PRESENT, BACKED_OFF");
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final long table;
        private final long pte;

        Page() {
            super("walker", "sharer");
            map(BASE, 1);
            int result = space.mprotect(BASE, PAGE, Prot.READ);
            mustBe(result == 0, "mprotect", result);
            pfn = frameAt(BASE);
            born = generation(pfn);
            table = tableAt(BASE, Geometry.PTE);
            pte = entryAddress(BASE, Geometry.PTE);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, 1, 0);
            }
            PageTables.lock(memory, table);
            long old = Entries.exchange(pte, Entry.NONE); // A1
            boolean pinned = PageRefs.maybePinned(record(0), pfn); // A2
            if (!pinned) {
                long unused = PageFlags.clear(record(pfn), PageFlags.ANON_EXCLUSIVE); // A3
            }
            Entries.store(pte, old); // A4
            PageTables.unlock(memory, table);
            return pinned ? "BACKED_OFF" : "SHARED";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I6", !pinned || PageFlags.test(record(pfn), PageFlags.ANON_EXCLUSIVE), "pinned, and not exclusive");
            checkPage(pfn, pinned ? BIAS + 1 : 1, born, 0);
            release();
            checkPage(pfn, 1, born, 0);
        }
    }
}
