package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.SessionSlot;
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
        super("slot-vs-scan", "R6", "SessionSlot enter, read, exit against RetiredTables.retire and step",
                () -> new Walks(false, 1, 1));
        require("FOUND, FREED", "NO_TABLE, FREED", "FOUND, DEFERRED", "NO_TABLE, DEFERRED");
    }

    /** The walker's store is a release store: the reclaimer's heavy fence makes up for it. */
    public static final class Fenced extends ProtocolScenario {

        public Fenced() {
            super(new SlotVsScanScenario());
        }
    }

    /** The first walk of a slot that the scan may not find yet. */
    public static final class Open extends ProtocolScenario {

        public Open() {
            super("slot-open-vs-scan", "R6", "the first walk of a new slot against the scan of the slots",
                    () -> new Walks(true, 1, 1));
            require("FOUND, FREED", "NO_TABLE, FREED", "FOUND, DEFERRED");
            allow("NO_TABLE, DEFERRED");
        }
    }

    /** The same with a heavy fence. */
    public static final class OpenFenced extends ProtocolScenario {

        public OpenFenced() {
            super(new Open());
        }
    }

    /**
     * Two walks in one slot. The scan may read what the second one stored in the place of what the first one left, and
     * the loads of the first walk have to come before the free all the same.
     */
    public static final class Twice extends ProtocolScenario {

        public Twice() {
            super("slot-twice-vs-scan", "R6", "two walks one after the other against the free of one table",
                    () -> new Walks(false, 2, 1));
            require("FOUND_FOUND|FOUND_NO_TABLE|NO_TABLE_NO_TABLE, FREED|DEFERRED");
        }
    }

    /** The same with a heavy fence. */
    public static final class TwiceFenced extends ProtocolScenario {

        public TwiceFenced() {
            super(new Twice());
        }
    }

    /**
     * One table after the other is freed. The fence of the first scan came before the second table was unlinked, so it
     * must not be taken for a fence of the second.
     */
    public static final class Tables extends ProtocolScenario {

        public Tables() {
            super("slot-vs-scans", "R6", "a walk against the free of one table and then of the one it looks for",
                    () -> new Walks(false, 1, 2));
            require("FOUND|NO_TABLE, FREED|DEFERRED");
        }
    }

    /** The same with a heavy fence. */
    public static final class TablesFenced extends ProtocolScenario {

        public TablesFenced() {
            super(new Tables());
        }
    }

    private static final class Walks extends ScenarioWorld {
        private final boolean opens;
        private final int walks;
        private final SessionSlot slot = openSessionSlot();
        private final long upper;
        private final long[] tables;
        private final int[] born;

        Walks(boolean opens, int walks, int tables) {
            super("walker", "reclaimer");
            this.opens = opens;
            this.walks = walks;
            this.tables = new long[tables];
            this.born = new int[tables];
            upper = core.frameAddress(allocate());
            for (int i = 0; i < tables; i++) {
                this.tables[i] = core.blocks().allocateTable(space.id(), Geometry.PTE, BASE);
                born[i] = generation(this.tables[i]);
                Entries.store(entry(i), Entry.makeTable(this.tables[i]));
            }
            long _ = core.blocks().allocateTable(space.id(), Geometry.PTE, BASE); // no two free buddies: no merge
            watch("upper", entry(tables - 1), Shown.ENTRY);
            watch("entry", core.frameAddress(this.tables[tables - 1]), Shown.ENTRY);
            watch("walker.slot", Peek.word(slot, "wordNumber"), Shown.LONG);
            slot.detach();
            built();
        }

        private long entry(int table) {
            return upper + (long) table * Long.BYTES;
        }

        @Override
        String play(int strand) {
            return strand == 0 ? walk() : reclaim();
        }

        private String walk() {
            SessionSlot own = opens ? openSessionSlot() : slot; // SLOT1
            own.attach();
            String words = look(own);
            for (int more = walks; more > 1; more--) {
                words += "_" + look(own);
            }
            return words;
        }

        private String look(SessionSlot own) {
            own.enter(); // SLOT2 SLOT3 SLOT4
            try {
                long entry = Entries.load(entry(tables.length - 1)); // SLOT5
                if (entry == Entry.NONE) {
                    return "NO_TABLE";
                }
                long lower = core.frameAddress(Entry.pfn(entry));
                check("I7", Entries.load(lower) == Entry.NONE, "the walker reads a freed table");
                return "FOUND";
            } finally {
                own.exit(); // SLOT6
            }
        }

        /** Frees the tables one by one; the word is about the last one, which the walker looks for. */
        private String reclaim() {
            String word = "";
            for (int i = 0; i < tables.length; i++) {
                word = reclaim(i);
            }
            return word;
        }

        private String reclaim(int i) {
            RetiredTables retired = core.retired();
            long _ = Entries.exchange(entry(i), Entry.NONE); // RETIRE1
            retired.retire(retired.link(tables[i], 0)); // RETIRE2
            int _ = retired.step(); // RETIRE3 to RETIRE5
            if (generation(tables[i]) == born[i]) {
                return "DEFERRED";
            }
            long again = core.blocks().allocateTable(space.id(), Geometry.PTE, BASE); // cleared by plain stores
            mustBe(again == tables[i], "allocateTable", again);
            return "FREED";
        }

        @Override
        void settle() {
            int _ = core.retired().step(); // every walker has left by now
            for (int i = 0; i < tables.length; i++) {
                int freed = generation(tables[i]) - born[i];
                check("I7", freed == 1, "table " + i + " was freed " + freed + " times");
            }
        }
    }
}
