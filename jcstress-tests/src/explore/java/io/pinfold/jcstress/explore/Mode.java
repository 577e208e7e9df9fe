package io.pinfold.jcstress.explore;

/** The memory model of a search. */
public enum Mode {
    /** Sequential consistency: every access takes effect at once, in one order. */
    SC,
    /** Total store order: stores leave a buffer first in, first out; x86. */
    TSO,
    /** Partial store order: buffered stores to different words may be reordered. */
    PSO,
    /**
     * Views: a load may return any store that its strand has not seen overwritten; release and acquire pass views; with
     * a race check.
     */
    VIEW
}
