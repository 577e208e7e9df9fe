package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.memory.CloseSteps;
import io.pinfold.core.words.Words;

/**
 * A walk against a close that stays closed (CLOSE1, CLOSE2, CLOSE6): close finds no walk inside, and a later one waits
 * for the outcome and is refused. The word that is read and overwritten stands for all frames and records.
 */
public final class SessionVsCloseScenario extends ProtocolScenario {

    public SessionVsCloseScenario() {
        super("session-enter-vs-close", "close",
                "a walker's slot against CLOSE1 to CLOSE6 of the close: no look at a memory that is unmapped",
                () -> new Slot(false));
        require("READ, CLOSED", "TOLD, CLOSED");
    }

    /** The slot is opened while the memory closes. */
    public static final class Open extends ProtocolScenario {

        public Open() {
            super("session-open-vs-close", "close",
                    "the opening of a slot and a walk in it against CLOSE1 to CLOSE6: no slot that the close never saw",
                    () -> new Slot(true));
            require("READ, CLOSED", "TOLD, CLOSED");
        }
    }

    /** The close is refused, because there is an address space; the walk must not notice. */
    public static final class Refused extends ProtocolScenario {

        public Refused() {
            super("walk-vs-refused-close", "close",
                    "get_user_pages_fast against a close that finds something out: it waits, and works", Walk::new);
            require("FOUND, BATCH_OUT", "FOUND, SPACE_OUT");
        }
    }

    private static final class Slot extends ScenarioWorld {
        private static final long MAPPED = 0x600D;
        private static final long UNMAPPED = 0x5EAD;

        private final boolean opens;
        private final WalkerSlot slot = openSlot();
        private final CloseSteps close;
        private final long word;

        Slot(boolean opens) {
            super("walker", "closer");
            this.opens = opens;
            word = core.frameAddress(allocate());
            close = new CloseSteps(memory); // the frame stays out, as if it were the space's
            Words.setLong(word, MAPPED);
            watch("memory", word, Shown.LONG);
            watch("walker's slot", Peek.word(slot, "wordNumber"), Shown.LONG);
            watch("state", Peek.number(memory, "core", "state", "address"), Shown.INT);
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? walk() : closeMemory();
        }

        private String walk() {
            long seen;
            try {
                WalkerSlot own = opens ? openSlot() : slot; // SLOT1
                own.enter(); // SLOT2 SLOT3
                seen = Words.getLong(word); // SLOT4
                own.exit(); // SLOT5
            } catch (IllegalStateException closed) {
                return "TOLD";
            }
            return seen == MAPPED ? "READ" : "READ_UNMAPPED";
        }

        private String closeMemory() {
            if (!close.bar()) { // CLOSE1 to CLOSE4
                close.reopen(); // CLOSE5
                return "OUT";
            }
            Words.setLong(word, UNMAPPED);
            close.finish(); // CLOSE6
            return "CLOSED";
        }

        @Override
        void settle() {
            check("I7", !said(0, "READ_UNMAPPED"), "a walk looked at a memory that was unmapped");
            check("I13", memory.isClosed(), "nothing was out, and the memory is open");
        }
    }

    private static final class Walk extends ScenarioWorld {
        private final long pfn;
        private final int born;

        Walk() {
            super("walker", "closer");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            watchPage("page", pfn);
            watch("batch", Peek.word(batch, "held", "slotNumber"), Shown.LONG);
            watch("state", Peek.number(memory, "core", "state", "address"), Shown.INT);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return get(BASE, 1);
            }
            try {
                memory.close(); // CLOSE1 to CLOSE5
                return "CLOSED";
            } catch (IllegalStateException out) {
                return String.valueOf(out.getMessage()).contains("page batch") ? "BATCH_OUT" : "SPACE_OUT";
            }
        }

        @Override
        void settle() {
            checkPage(pfn, 2, born, 0);
            release();
            checkPage(pfn, 1, born, 0);
        }
    }
}
