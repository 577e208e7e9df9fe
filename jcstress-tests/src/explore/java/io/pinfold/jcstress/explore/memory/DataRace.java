package io.pinfold.jcstress.explore.memory;

/**
 * Two strands access a word, at least one of them plainly and one of them storing, and nothing orders the two. It ends the run as a violation.
 */
public final class DataRace extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The word. */
    public final long address;
    /** Whose access came first in this run. */
    public final int earlierStrand;
    /** Which of that strand's accesses to memory it was, counted from 0. */
    public final int earlierAccess;
    /** Whose access is refused. */
    public final int strand;

    DataRace(String what, long address, int earlierStrand, int earlierAccess, int strand) {
        super(what, null, false, false);
        this.address = address;
        this.earlierStrand = earlierStrand;
        this.earlierAccess = earlierAccess;
        this.strand = strand;
    }
}
