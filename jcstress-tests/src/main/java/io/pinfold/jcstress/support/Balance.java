package io.pinfold.jcstress.support;

import io.pinfold.core.page.PageRefs;

/** The word for a count that adds up, or by how much it does not. */
public final class Balance {
    private Balance() {
    }

    /** BALANCED, or LEFT_n for the references that are left over, or missing. */
    public static String of(long left) {
        return left == 0 ? "BALANCED" : "LEFT_" + left;
    }

    /**
     * The same for a folio of the shipping library, which counts pins apart from references if it is large:
     * LEFT_n_PINS_m if those are wrong, too.
     *
     * @param pinned whether each of its pages is pinned once
     * @param others references besides the pins
     */
    public static String ofFolio(long head, int order, boolean pinned, int others) {
        if (order == 0) {
            return of(Machine.count(head) - others - (pinned ? PageRefs.PIN_BIAS : 0));
        }
        int held = pinned ? 1 << order : 0;
        int left = Machine.count(head) - others - held;
        int pins = PageRefs.pinCount(Machine.record(head)) - held;
        return pins == 0 ? of(left) : "LEFT_" + left + "_PINS_" + pins;
    }
}
