package io.pinfold.core.pagemap;

import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.epoch.LiveRef;
import io.pinfold.core.words.Words;
import java.util.List;

/**
 * Puts of pages of the device window, and the calls to the owners of those that became idle.
 *
 * <p>A thread that puts a page must not touch the pagemap afterwards on the page's account: that put may have been what
 * removal waited for. So a put first counts itself as a user of the pagemap, which is safe because the reference it is
 * about to drop still holds REMOVE3 up (steps: {@link PagemapRegistry}), and REMOVE4 waits until no user is left. A
 * call to the owner counts itself, too.
 *
 * <pre>
 * DEVPUT1 users of the pagemap += 1, volatile; the reference still holds it
 * DEVPUT2 drop the references of the page, volatile
 * DEVPUT3 none left: drop the page's reference on the pagemap
 * DEVPUT4 users -= 1, volatile: the last touch
 * </pre>
 */
public final class PagemapPuts {
    private final PagemapRegistry registry;
    private final OwnersAtWork owners;

    PagemapPuts(PagemapRegistry registry, OwnersAtWork owners) {
        this.registry = registry;
        this.owners = owners;
    }

    /**
     * Before references of a device page are dropped by a holder of them. Neither locks nor allocates.
     *
     * @param headPfn frame number of the page, or of the head of a compound one
     * @return what {@link #endPut} wants to have
     */
    public long beginPut(long headPfn) {
        long pagemap = registry.pagemapAt(headPfn);
        if (pagemap != 0) {
            long _ = Words.getAndAddLong(pagemap + PagemapLayout.USERS, 1); // DEVPUT1 -> REMOVE4
        }
        return pagemap;
    }

    /**
     * After they were dropped (put_devmap_managed_page, put_dev_pagemap): with one left the owner is to be told; with
     * none left the page no longer holds its pagemap. Neither locks nor allocates.
     *
     * @param pagemap what {@link #beginPut} returned
     * @param headPfn the same frame number
     * @param left references that are left on the page
     * @return whether {@link Pagemaps#runDue} has something to do, outside every slot and page-table lock
     */
    public boolean endPut(long pagemap, long headPfn, int left) {
        if (pagemap == 0) {
            return false;
        }
        boolean isDue = left == 1 && PagemapRegistry.typeOfBlock(pagemap).isManaged()
                || left == 0 && PagemapRegistry.typeOfBlock(pagemap) == DevPagemapType.FS_DAX;
        if (isDue) {
            DueList.add(pagemap + PagemapLayout.DUE, registry.link(headPfn), headPfn);
        }
        if (left == 0) {
            // DEVPUT3 -> REMOVE3; its base reference went after REMOVE1
            LiveRef.putAtomic(pagemap + PagemapLayout.REF, 1);
        }
        long _ = Words.getAndAddLong(pagemap + PagemapLayout.USERS, -1); // DEVPUT4 -> REMOVE4: the last touch
        return isDue;
    }

    /**
     * Between {@link #beginPut} and {@link #endPut}: whether the page keeps its base reference, because its pagemap is
     * not being removed.
     *
     * @param pagemap what {@link #beginPut} returned
     * @return whether it is live; false for 0
     */
    public boolean isLive(long pagemap) {
        return pagemap != 0 && LiveRef.isLive(pagemap + PagemapLayout.REF);
    }

    /**
     * Asks the owner to copy a page to RAM: {@link DevPagemapOps#migrateToRam}, and its answer as it is. The caller
     * holds both frames.
     *
     * @param pagemap the one that the page belongs to
     * @param devicePfn the page of the device
     * @param ramPfn a fresh frame of RAM
     * @return what the owner answered
     */
    public int migrateToRam(Pagemap pagemap, long devicePfn, long ramPfn) {
        owners.begin();
        try {
            return pagemap.ops().migrateToRam(pagemap, devicePfn, ramPfn);
        } finally {
            owners.end();
        }
    }

    /** Tells the owners of pagemaps that were counted as used, each of which is a user no longer. */
    void tellAll(List<Pagemap> due, CallbackFailure failure) {
        for (Pagemap pagemap : due) {
            try {
                tell(pagemap, failure);
            } finally {
                long _ = Words.getAndAddLong(pagemap.address() + PagemapLayout.USERS, -1); // DEVPUT4 -> REMOVE4
            }
        }
    }

    /** Tells the owner of every page that became idle, whatever its callbacks throw. */
    void tell(Pagemap pagemap, CallbackFailure failure) {
        long pfn = DueList.takeAll(pagemap.address() + PagemapLayout.DUE);
        while (pfn != 0) {
            long next = DueList.next(registry.link(pfn));
            try {
                pagemap.becameIdle(pfn); // TELL3
            } catch (Throwable thrown) {
                failure.add(thrown);
            }
            pfn = next;
        }
    }
}
