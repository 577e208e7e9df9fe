package io.pinfold.jcstress.support;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.words.Words;

/**
 * Two words of the shipping library that sessions walk: an upper one, which leads to a lower one until it is unlinked.
 * For one state.
 */
public final class WalkedWords {
    private static final long LINKED = 1;
    private static final long CLEAN = 0x77;
    private static final long POISON = -1;
    /** Walks against a close, which does not unlink. */
    private static final int WALKS = 4;

    private final Machine machine = Machine.claim();
    private final long upper = machine.scratch();
    private final long lower = upper + 2 * Cells.LINE;

    /** Links the words. */
    public WalkedWords() {
        Words.setLongVolatile(lower, CLEAN);
        Words.setLongVolatile(upper, LINKED);
    }

    /** Walks until the lower word is unlinked, as {@link Walker#walk}. */
    public String walk(int most) {
        return Walker.walk(upper, lower, CLEAN, most);
    }

    /** The same without an unlink: MET if a close was going on when it began, else FOUND. */
    public String walkBesideClose() {
        boolean isClosing = core().state().get() != MemoryState.OPEN;
        String end = Walker.walk(upper, lower, CLEAN, WALKS);
        return isClosing && end.equals("FOUND") ? "MET" : end;
    }

    /** Unlinks the lower word, and poisons it if no walk may be in it: FREED, or DEFERRED. */
    public String unlink() {
        WalkerSlots slots = Machine.slots();
        long _ = Words.getAndSetLong(upper, 0); // RETIRE1
        long last = slots.advance(); // RETIRE2
        if (!slots.passed(last)) { // RETIRE3 RETIRE4
            return "DEFERRED";
        }
        Words.setLongVolatile(lower, POISON); // RETIRE5
        return "FREED";
    }

    /** Poisons the lower word while a close keeps all walks out, and ends the close: FREED. */
    public String close() {
        core().bar(); // CLOSE1 CLOSE2
        Words.setLongVolatile(lower, POISON);
        for (int i = 0; i < WALKS; i++) {
            Thread.onSpinWait(); // a walk that is not kept out has time to read it
        }
        Words.setLongVolatile(lower, CLEAN);
        core().reopen(); // CLOSE5
        return "FREED";
    }

    private static MemoryCore core() {
        return Bridge.core(Machine.memory());
    }

    /** Ends the state, for the arbiter: gives the machine back. */
    public void end() {
        Words.setLongVolatile(upper, 0);
        machine.giveBack();
    }
}
