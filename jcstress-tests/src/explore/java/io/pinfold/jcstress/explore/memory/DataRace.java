package io.pinfold.jcstress.explore.memory;

/**
 * Thrown when two strands access a word unordered, at least one of them by a plain access and at least one by a store.
 * It ends the run as a violation.
 */
public final class DataRace extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The word. */
    public final long address;
    /** The strand whose access came first in this run. */
    public final int earlierStrand;
    /** The number of that access among the strand's accesses to memory, counted from 0. */
    public final int earlierAccess;
    /** The strand whose access is refused. */
    public final int strand;

    DataRace(String what, long address, int earlierStrand, int earlierAccess, int strand) {
        super(what, null, false, false);
        this.address = address;
        this.earlierStrand = earlierStrand;
        this.earlierAccess = earlierAccess;
        this.strand = strand;
    }
}
