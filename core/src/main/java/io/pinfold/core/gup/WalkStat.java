package io.pinfold.core.gup;

/** What the statistics of fast walks tell apart: why a walk stopped early, and why it gave a page back. */
public final class WalkStat {

    private WalkStat() {
    }

    /**
     * Why a fast walk stopped before the end of its range, so that the rest went to the slow path (or, with FAST_ONLY,
     * was not obtained). One is counted per walk that stops.
     */
    public enum FallBack {
        /** An entry on the way, or the page's own, maps nothing. */
        NONE_PRESENT,
        /** The entry is present for the kernel but not for the CPU. */
        PROTNONE,
        /** The entry does not allow the access: read-only for WRITE, or not a present mapping. */
        PERMISSION,
        /** An entry whose page record must not be looked at, such as the shared zero page. */
        SPECIAL,
        /** A long-term pin met a device-memory entry: whether it may be had, only the mapping knows. */
        DEVMAP,
        /** The device of a device-memory entry is going away. */
        PAGEMAP,
        /** The page's count was zero: free or frozen. */
        GRAB_ZERO,
        /** The page's count is negative: so many references that no more are given. */
        GRAB_OVERFLOW,
        /** LONGTERM asked for a page in memory that must stay movable. */
        UNPINNABLE,
        /** The page's entry changed between the first look and the grab. */
        CHANGED_PTE,
        /** The entry of the page's table changed meanwhile. */
        CHANGED_PMD,
        /** A huge leaf changed between the first look and the grab. */
        CHANGED_LEAF,
        /** A read-only pin met an anonymous page that is not exclusive. */
        UNSHARE,
        /** Secret memory. */
        SECRET,
        /** A fork was write-protecting the address space, so that everything obtained was given back. */
        FORK_SEQ,
        /** The extent batch has no room for another extent. */
        FULL;
    }

    /**
     * Which step of the fast walk gave back a reference it had just taken. Counted once per page given back. Every
     * roll-back of a pin also counts as acquired and released, except inside the grab, which counts what it ends up
     * with. A page that a long-term pin may not have is given back there, and counted as a FallBack alone.
     */
    public enum RollBack {
        /** The page turned out to be secret memory. */
        SECRET,
        /** The page's entry had changed. */
        CHANGED_PTE,
        /** The entry of the page's table had changed. */
        CHANGED_PMD,
        /** A read-only pin of an anonymous page that is not exclusive. */
        UNSHARE,
        /** A fork ran meanwhile: everything the walk had obtained. */
        FORK_SEQ,
        /** Inside the grab: the page had become part of another folio between look-up and grab. */
        HEAD_MOVED,
        /** A frame handle met its frame in another life; no walk was running. */
        RECYCLED,
        /** A huge leaf had changed. */
        CHANGED_LEAF,
        /** A read-only pin of a huge leaf of an anonymous folio that is not exclusive. */
        LEAF_UNSHARE,
        /** A device turned out to be going away: the pages of this table obtained before. */
        PAGEMAP,
        /** The same, or a changed entry, for the pages of a huge device leaf. */
        DEVICE_LEAF;
    }
}
