package io.pinfold.jcstress.support;

/** A {@link FurnishedPage} with an opponent that changes its entries and puts them back. */
public abstract class MappedPage extends FurnishedPage {
    /** The mutator. */
    protected final Opponent opponent = new Opponent(machine, ADDRESS);

    /** A small page. */
    protected MappedPage() {
        this(0);
    }

    /** A page of order 0, or a leaf of {@link Opponent#LEAF_ORDER}. */
    protected MappedPage(int order) {
        super(order);
    }

    /** Ends the state, for the arbiter: {@link #unpin}, and entries and machine are given back. */
    protected final String end(boolean pinned, int others) {
        String balance = unpin(pinned, others);
        opponent.restore();
        machine.giveBack();
        return balance;
    }
}
