package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.memory.CloseSteps;
import io.pinfold.core.words.Words;
import java.util.StringJoiner;

/**
 * A walk against a close that stays closed (CLOSE1, CLOSE2, CLOSE6): close finds no walk inside, and a later one waits
 * for the outcome and is refused. The word that is read and overwritten stands for all frames and records.
 */
public final class SessionVsCloseScenario extends ProtocolScenario {

    public SessionVsCloseScenario() {
        super("session-enter-vs-close", "close",
                "a walker's slot against CLOSE1 to CLOSE6 of the close: no look at a memory that is unmapped",
                () -> new Slot(false, 1));
        require("READ, CLOSED", "TOLD, CLOSED");
    }

    /** The slot is opened while the memory closes. */
    public static final class Open extends ProtocolScenario {

        public Open() {
            super("session-open-vs-close", "close",
                    "the opening of a slot and a walk in it against CLOSE1 to CLOSE6: no slot that the close never saw",
                    () -> new Slot(true, 1));
            require("READ, CLOSED", "TOLD, CLOSED");
        }
    }

    /** The entry that is taken back (SLOT4) overwrites the end of the walk before it, and the close may read either. */
    public static final class Twice extends ProtocolScenario {

        public Twice() {
            super("session-twice-vs-close", "close",
                    "two walks in one slot against CLOSE1 to CLOSE6: the second is refused, the first comes before",
                    () -> new Slot(false, 2));
            require("READ_READ, CLOSED", "READ_TOLD, CLOSED", "TOLD, CLOSED");
        }
    }

    /** The same without a locked instruction. */
    public static final class TwiceFenced extends ProtocolScenario {

        public TwiceFenced() {
            super(new Twice());
        }
    }

    /** The walker's store is a release store: the heavy fence of the close makes up for it. */
    public static final class Fenced extends ProtocolScenario {

        public Fenced() {
            super(new SessionVsCloseScenario());
        }
    }

    /** The same for a slot that is opened while the memory closes. */
    public static final class OpenFenced extends ProtocolScenario {

        public OpenFenced() {
            super(new Open());
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

    /** The session enters by a release store, and the close that is refused has issued a heavy fence. */
    public static final class RefusedFenced extends ProtocolScenario {

        public RefusedFenced() {
            super(new Refused());
        }
    }

    private static final class Slot extends ScenarioWorld {
        private static final long MAPPED = 0x600D;
        private static final long UNMAPPED = 0x5EAD;

        private final boolean opens;
        private final int walks;
        private final SessionSlot slot = openSessionSlot();
        private final CloseSteps close;
        private final long word;

        Slot(boolean opens, int walks) {
            super("walker", "closer");
            this.opens = opens;
            this.walks = walks;
            word = core.frameAddress(allocate());
            close = new CloseSteps(memory); // the frame stays out, as if it were the space's
            Words.setLong(word, MAPPED);
            watch("memory", word, Shown.LONG);
            watch("walker's slot", Peek.word(slot, "wordNumber"), Shown.LONG);
            watch("state", Peek.number(memory, "core", "state", "address"), Shown.INT);
            slot.detach();
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? walk() : closeMemory();
        }

        private String walk() {
            StringJoiner seen = new StringJoiner("_");
            try {
                SessionSlot own = opens ? openSessionSlot() : slot; // SLOT1
                own.attach();
                for (int walk = 0; walk < walks; walk++) {
                    own.enter(); // SLOT2 to SLOT4
                    seen.add(Words.getLong(word) == MAPPED ? "READ" : "UNMAPPED"); // SLOT5
                    own.exit(); // SLOT6
                }
            } catch (IllegalStateException closed) {
                seen.add("TOLD");
            }
            return seen.toString();
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
            check("I7", !said(0, "UNMAPPED") && !said(0, "READ_UNMAPPED"),
                    "a walk looked at a memory that was unmapped");
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
