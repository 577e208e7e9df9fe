package io.pinfold.jcstress.support;

import io.pinfold.core.page.PageRefs;

/**
 * A page of the shipping library, which is mapped once for all states that use its machine, and an opponent that works
 * on it and puts it back.
 */
public abstract class MappedPage {
    /** Where it is mapped. */
    protected static final long ADDRESS = Machine.BASE;

    /** The machine of this state. */
    protected final Machine machine = Machine.claim();
    /** The page. */
    protected final long pfn;
    /** The mutator. */
    protected final Opponent opponent;

    /** Claims a machine. */
    protected MappedPage() {
        machine.furnish(ADDRESS, 1);
        pfn = machine.frameAt(ADDRESS);
        opponent = new Opponent(machine, ADDRESS);
    }

    /** What a mutator learns that looks at the count: SAW_PIN or SAW_NOTHING. */
    protected final String look() {
        return PageRefs.maybePinned(Machine.record(0), pfn) ? "SAW_PIN" : "SAW_NOTHING";
    }

    /**
     * Ends the state, for the arbiter: gives pages, entries and the machine back.
     *
     * @param pinned whether the walker's batch holds the page
     * @param others references besides those of the mapping and the pin
     * @return whether the count added up before that
     */
    protected final String end(boolean pinned, int others) {
        String balance = Balance.of(Machine.count(pfn) - 1 - (pinned ? PageRefs.PIN_BIAS : 0) - others);
        machine.unpinIf(pinned);
        opponent.restore();
        machine.giveBack();
        return balance;
    }
}
