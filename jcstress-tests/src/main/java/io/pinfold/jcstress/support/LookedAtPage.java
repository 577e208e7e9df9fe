package io.pinfold.jcstress.support;

/** A {@link FurnishedPage} with an opponent that acts on what it reads of the page's count and flags. */
public abstract class LookedAtPage extends FurnishedPage {
    /** The mutator. */
    protected final PageLooker looker = new PageLooker(machine, ADDRESS);

    /** A small page. */
    protected LookedAtPage() {
    }

    /** Ends the state, for the arbiter: {@link #unpin}, and entry, flags and machine are given back. */
    protected final String end(boolean pinned) {
        String balance = unpin(pinned, 0);
        looker.restore();
        machine.giveBack();
        return balance;
    }
}
