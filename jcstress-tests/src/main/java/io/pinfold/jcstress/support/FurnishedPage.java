package io.pinfold.jcstress.support;

import io.pinfold.core.page.PageRefs;

/** A page, or a huge leaf, of the shipping library that is mapped once for all states that use its machine. */
public abstract class FurnishedPage {
    /** Where it is mapped. */
    protected static final long ADDRESS = Machine.BASE;

    /** The machine of this state. */
    protected final Machine machine = Machine.claim();
    /** The page, or the first of the leaf. */
    protected final long pfn;

    private final int order;

    /** A small page. */
    protected FurnishedPage() {
        this(0);
    }

    /** A page of order 0, or a leaf of {@link Opponent#LEAF_ORDER}. */
    protected FurnishedPage(int order) {
        if (order == 0) {
            machine.furnish(ADDRESS, 1);
        } else {
            machine.furnishHuge(ADDRESS);
        }
        this.order = order;
        this.pfn = machine.frameAt(ADDRESS);
    }

    /** The answer to a mutator that looks at the count: SAW_PIN or SAW_NOTHING. */
    protected final String look() {
        return PageRefs.maybePinned(Machine.record(0), pfn) ? "SAW_PIN" : "SAW_NOTHING";
    }

    /**
     * Compares the references with those that are known, then unpins. For the arbiter.
     *
     * @param pinned whether the walker's batch holds all pages
     * @param others references besides those of the mapping and the pins
     * @return as {@link Balance#ofFolio}, from before the unpin
     */
    protected final String unpin(boolean pinned, int others) {
        String balance = Balance.ofFolio(pfn, order, pinned, 1 + others);
        machine.unpinIf(pinned);
        return balance;
    }
}
