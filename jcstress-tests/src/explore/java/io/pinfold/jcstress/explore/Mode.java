package io.pinfold.jcstress.explore;

/** The memory a search assumes. */
public enum Mode {
    /** Sequential consistency: every access takes effect at once, in one order. */
    SC,
    /** Total store order: stores leave a buffer first in, first out; x86. */
    TSO,
    /** Partial store order: buffered stores to different words overtake each other. */
    PSO,
    /** Views: a load may return any store that nothing it has seen overwrote; release and acquire pass views; with a race check. */
    VIEW
}
