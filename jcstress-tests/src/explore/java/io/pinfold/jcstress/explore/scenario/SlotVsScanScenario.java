package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.memory.frame.RetiredTables;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;

/**
 * R6 without a munmap around it, so that every schedule can be tried: a walker follows one entry to a table of empty
 * entries, and the reclaimer unlinks that table, retires it and frees it. The walker's slot is open already, or is
 * opened now (SLOT1).
 */
public final class SlotVsScanScenario extends ProtocolScenario {

    public SlotVsScanScenario() {
        super("slot-vs-scan", "R6", "WalkerSlot enter, read, exit against RetiredTables.retire and step",
                () -> new Walk(false));
        require("FOUND, FREED", "NO_TABLE, FREED", "FOUND, DEFERRED", "NO_TABLE, DEFERRED");
    }

    /** The first walk of a slot that the scan may not find yet. */
    public static final class Open extends ProtocolScenario {

        public Open() {
            super("slot-open-vs-scan", "R6", "the first walk of a new slot against the scan of the slots",
                    () -> new Walk(true));
            require("FOUND, FREED", "NO_TABLE, FREED", "FOUND, DEFERRED");
            allow("NO_TABLE, DEFERRED");
        }
    }

    private static final class Walk extends ScenarioWorld {
        private final boolean opens;
        private final WalkerSlot slot = openSlot();
        private final long upper;
        private final long table;
        private final int born;

        Walk(boolean opens) {
            super("walker", "reclaimer");
            this.opens = opens;
            upper = core.frameAddress(allocate());
            table = core.blocks().allocateTable(space.id(), Geometry.PTE, BASE);
            born = generation(table);
            Entries.store(upper, Entry.makeTable(table));
            watch("upper", upper, Shown.ENTRY);
            watch("entry", core.frameAddress(table), Shown.ENTRY);
            watch("walker.slot", Peek.word(slot, "wordNumber"), Shown.LONG);
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? walk(opens ? openSlot() : slot) : reclaim();
        }

        private String walk(WalkerSlot own) {
            own.enter(); // SLOT2 SLOT3
            try {
                long entry = Entries.load(upper); // SLOT4
                if (entry == Entry.NONE) {
                    return "NO_TABLE";
                }
                long lower = core.frameAddress(Entry.pfn(entry));
                check("I7", Entries.load(lower) == Entry.NONE, "the walker reads a freed table");
                return "FOUND";
            } finally {
                own.exit(); // SLOT5
            }
        }

        private String reclaim() {
            RetiredTables retired = core.retired();
            long _ = Entries.exchange(upper, Entry.NONE); // RETIRE1
            retired.retire(retired.link(table, 0)); // RETIRE2
            int freed = retired.step(); // RETIRE3 RETIRE4
            if (freed == 0) {
                return "DEFERRED";
            }
            long again = core.blocks().allocateTable(space.id(), Geometry.PTE, BASE); // cleared by plain stores
            mustBe(again == table, "allocateTable", again);
            return "FREED";
        }

        @Override
        void settle() {
            int _ = core.retired().step(); // every walker has left by now
            check("I7", generation(table) == born + 1, "the table was freed " + (generation(table) - born) + " times");
        }
    }
}
