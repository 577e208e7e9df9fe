package io.pinfold.core.device;

/**
 * What the owner of a pagemap is asked and told (dev_pagemap_ops). Called off the walk: never inside a walker slot,
 * never under a page-table lock or the lock of a zone. mmap_lock of a space may be held, so an implementation must not
 * take it.
 *
 * <p>A callback may kill a pagemap, but not wait for the end of one: {@link DevPagemap#remove}, {@link
 * DevPagemap#close} and {@link DevPagemap#awaitDone} throw MisuseException on the thread of a callback. Another thread
 * may wait, if no callback waits for that thread.
 *
 * <p>What a callback throws reaches the caller of the operation, as it is, when that operation is complete: unmapping
 * and giving back are done, what was to be obtained is given back again. An answer is checked before it is used.
 */
public interface DevPagemapOps {
    /** An owner that wants to hear nothing. */
    DevPagemapOps NONE = new DevPagemapOps() {
    };

    /**
     * A put left the page with its owner's reference alone (page_free): it is idle. Each such put is followed by at
     * least one call that began after it; several may share a call. For FS_DAX this is no more than a hint, because a
     * fast walk may take the page again through an entry that is still there: a thread that waits for idle pages has to
     * read the count again.
     *
     * @param pagemap the one that the page belongs to
     * @param headPfn frame number of the page, or of the head of a compound one
     */
    default void pageFree(DevPagemap pagemap, long headPfn) {
    }

    /**
     * The CPU, or a get or pin, touched a page of PRIVATE memory (migrate_to_ram): copy its data. Both frames are held
     * and locked against other migrations meanwhile; the mapping is changed by the caller afterwards.
     *
     * @param pagemap the one that the page belongs to
     * @param devicePfn the page of the device
     * @param ramPfn a fresh frame of RAM
     * @return 0; anything else, and nothing changes: -ENOMEM and -EHWPOISON are answered as they are, the rest
     *         as -EFAULT
     */
    default int migrateToRam(DevPagemap pagemap, long devicePfn, long ramPfn) {
        throw new UnsupportedOperationException(pagemap + " cannot migrate frame " + devicePfn + " to RAM");
    }
}
