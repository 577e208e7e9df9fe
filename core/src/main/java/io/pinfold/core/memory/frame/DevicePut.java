package io.pinfold.core.memory.frame;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.RecordText;
import io.pinfold.core.pagemap.PagemapPuts;
import io.pinfold.core.words.Words;

/**
 * The put of a page of the device window (put_devmap_managed_page). Counts are 1-based: one left means idle, and the
 * page is its owner's again; none left occurs only while its pagemap is removed, and then that no longer waits for the
 * page. A put never frees a device page, so nothing goes to the allocator.
 *
 * <p>This is the cold branch of the one mirror, Grab. It may run inside a walker slot: it neither locks nor allocates.
 * The owner is notified of an idle page when the FreeBatch is drained.
 */
public final class DevicePut {
    private DevicePut() {
    }

    /**
     * Drops {@code amount} references of a device page or of the head of a compound one, in the place of Grab's own
     * subtraction (FREE1).
     *
     * @param head address of its record
     * @throws MemoryModelError if it has fewer, or if the owner's own reference went while the page is in use
     *         by its device
     */
    static void drop(MemoryCore memory, long headPfn, long head, int amount, FreeBatch deferred) {
        PagemapPuts pagemaps = memory.pagemaps().puts();
        long pagemap = pagemaps.beginPut(headPfn); // while the references still hold it
        int found = Words.getAndAddInt(head + PageLayout.REFCOUNT, -amount); // DEVPUT2 (FREE1) -> GRAB2, GRAB3
        int left = found - amount;
        MemoryModelError error = null;
        if (found >= 0 && left < 0) {
            error = Grab.underflow(memory, headPfn, head, found, amount);
        } else if (left == 0 && (pagemap == 0 || pagemaps.isLive(pagemap))) {
            PageRefs.add(head, amount);
            error = new MemoryModelError("put of " + amount + " references takes the owner's own from "
                    + RecordText.read(memory.recordBase(), headPfn));
        }
        // after an error the references are back, and more than one are certain to be left
        boolean isDue = pagemaps.endPut(pagemap, headPfn, error == null ? left : Integer.MAX_VALUE);
        if (error != null) {
            throw error;
        }
        if (isDue) {
            deferred.addDeviceDue();
        }
    }
}
