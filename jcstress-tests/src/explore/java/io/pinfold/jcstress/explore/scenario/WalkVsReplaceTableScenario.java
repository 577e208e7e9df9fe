package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Words;

/**
 * R21: an entry that leads to a table is replaced by an empty entry and then by a huge page, while a session reads it.
 * If the entry were read twice (M38), the data of the huge page would be walked as a table; they name frames that do
 * not exist.
 */
public final class WalkVsReplaceTableScenario extends ProtocolScenario {

    public WalkVsReplaceTableScenario() {
        super("walk-vs-replace-table", "R21", "get_user_pages_fast against a leaf in the place of a table (opponent)",
                Table::new);
        require("OLD, REPLACED", "NEW, REPLACED", "NONE_PRESENT, REPLACED", "CHANGED_PMD, REPLACED");
    }

    private static final class Table extends ScenarioWorld {
        private final long pfn;
        private final long head;
        private final long upperTable;
        private final long pmd;
        private final int born;

        Table() {
            super("walker", "replacer");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            head = allocate(Geometry.leafOrder(Geometry.PMD));
            for (long at = core.frameAddress(head); at < core.frameAddress(head) + TABLE; at += Long.BYTES) {
                Words.setLongOpaque(at, Entry.POISON);
            }
            upperTable = tableAt(BASE, Geometry.PMD);
            pmd = entryAddress(BASE, Geometry.PMD);
            watchEntry(BASE, Geometry.PMD);
            watchPage("page", pfn);
            watchPage("head", head);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                String end = get(BASE, 1);
                return !"FOUND".equals(end) ? end : batch.pfn(0) == pfn ? "OLD" : "NEW";
            }
            PageTables.lock(core, upperTable);
            long _ = Entries.exchange(pmd, Entry.NONE); // REPLACE1
            Entries.store(pmd, Entry.make(head, Entry.PRESENT | Entry.WRITE | Entry.USER | Entry.HUGE)); // REPLACE2
            PageTables.unlock(core, upperTable);
            return "REPLACED";
        }

        @Override
        void settle() {
            check("I1", !said(0, "NEW") || batch.pfn(0) == head, "the walker returned neither page");
            checkPage(pfn, said(0, "OLD") ? 2 : 1, born, 0);
            checkPage(head, said(0, "NEW") ? 2 : 1, generation(head), 0);
            release();
            checkPage(pfn, 1, born, 0);
            checkPage(head, 1, generation(head), 0);
        }
    }
}
