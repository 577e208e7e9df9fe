package io.pinfold.core.gup;

/**
 * Which step of the fast walk gave back a reference it had just taken. Counted once per page given back. Every
 * roll-back of a pin also counts as acquired and released, except inside the grab, which counts what it ends up with.
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
    H4_RECYCLED,
    /** A huge leaf had changed. */
    H5_LEAF,
    /** A read-only pin of a huge leaf of an anonymous folio that is not exclusive. */
    H7_UNSHARE,
    /** A device turned out to be going away: the pages of this table obtained before. */
    P4_PAGEMAP,
    /** The same, or a changed entry, for the pages of a huge device leaf. */
    H2_DEVICE;
}
