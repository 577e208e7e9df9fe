package io.pinfold.core.device;

/** What kind of device memory a pagemap describes, and what follows for who may hold its pages (memory_type). */
public enum DevPagemapType {
    /** The CPU cannot reach it: page tables hold device-private entries, and a fault brings the page back to RAM. */
    PRIVATE(true, false),
    /** The CPU reaches it like RAM; it can be migrated away, and is before a long-term pin. */
    COHERENT(true, false),
    /** A file's blocks: what truncates the file must wait for users, so no long-term pin. */
    FS_DAX(true, false),
    /** A character device's memory (device-dax): may be pinned without a time limit. */
    GENERIC(false, true),
    /** A peer's registers or memory: never mapped to user space, so no page of it is ever got or pinned. */
    PCI_P2PDMA(true, false);

    private final boolean managed;
    private final boolean longtermPinnable;

    DevPagemapType(boolean managed, boolean longtermPinnable) {
        this.managed = managed;
        this.longtermPinnable = longtermPinnable;
    }

    /** {@return whether a put that leaves only the owner's reference is told to the owner (page_is_devmap_managed)} */
    public boolean isManaged() {
        return managed;
    }

    /** {@return whether a long-term pin may hold its pages} */
    public boolean isLongtermPinnable() {
        return longtermPinnable;
    }
}
