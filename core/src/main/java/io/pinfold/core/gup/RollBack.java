package io.pinfold.core.gup;

/**
 * Which step of the fast walk gave back a reference it had just taken. Counted once per page given back. Every roll-back
 * of a pin also counts as acquired and released, except inside the grab, which counts what it ends up with.
 */
public enum RollBack {
    /** The page turned out to be secret memory. */
    P6_SECRET,
    /** A long-term pin found its page in memory that must stay movable. */
    P5_UNPINNABLE,
    /** The page's entry had changed. */
    P7_PTE,
    /** The entry of the page's table had changed. */
    P7_PMD,
    /** A read-only pin of an anonymous page that is not exclusive. */
    P8_UNSHARE,
    /** A fork ran meanwhile: everything the walk had obtained. */
    F4_SEQ,
    /** Inside the grab: the page had become part of another folio between look-up and grab. */
    HEAD_MOVED,
    /** A frame handle met its frame in another life; no walk was running. */
    H4_RECYCLED;
}
