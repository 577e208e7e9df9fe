package io.pinfold.jcstress.support;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.PageRefs;

/** A folio that is mapped nowhere, which an opponent splits while the last of its pages is pinned. For one state. */
public final class SplitFolio {
    private static final int ORDER = 2;
    private static final int PAGES = 1 << ORDER;

    private final Machine machine;
    private final long head = Machine.allocate(ORDER);
    private final long page = head + PAGES - 1;

    /** A new one. */
    public SplitFolio(Machine machine) {
        this.machine = machine;
    }

    /** Frame of the page that is pinned. */
    public long page() {
        return page;
    }

    /** Where a grab of the page put its pin: ON_HEAD, ON_PAGE, MOVED from one to the other, or why it was refused. */
    public String placeOf(long token) {
        return token == Grab.REFUSED_ZERO ? "REFUSED" : token < 0 ? "REFUSED_" + token
                : Grab.headMoves(token) > 0 ? "MOVED" : Grab.headPfn(token) == head ? "ON_HEAD" : "ON_PAGE";
    }

    /** SPLIT or BUSY. */
    public String split() {
        return Opponent.splitFolio(head, ORDER); // FREEZE1 to FREEZE3
    }

    /** Ends the state, for the arbiter: gives everything back, and says whether the counts added up before that. */
    public String end(long token, boolean isSplit) {
        boolean held = token > 0;
        int onHead = Machine.count(head) - 1;
        int onPage = Machine.count(page) - (isSplit ? 1 : 0);
        int pins = PageRefs.pinCount(Machine.record(head));
        boolean exact = isSplit ? onHead == 0 && pins == 0 && onPage == (held ? PageRefs.PIN_BIAS : 0)
                : onHead == (held ? 1 : 0) && pins == onHead && onPage == 0;
        if (held) {
            Grab.undo(Bridge.core(Machine.memory()), token, machine.walkersFrees());
        }
        for (int i = 0; i < (isSplit ? PAGES : 1); i++) {
            machine.put(head + i);
        }
        machine.giveBack();
        return exact ? "BALANCED" : "HEAD_" + onHead + "_PAGE_" + onPage + "_PINS_" + pins;
    }
}
