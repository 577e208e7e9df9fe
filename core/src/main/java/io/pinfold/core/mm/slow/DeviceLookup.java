package io.pinfold.core.mm.slow;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.LongtermRule;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.pagemap.PagemapSection;

/**
 * The part of the slow look-up for a device entry, PTE or leaf (the devmap half of follow_page_pte, follow_devmap_pmd,
 * follow_devmap_pud). The lock of its table is held, but the entry holds no reference. A reference on the pagemap shows
 * that the device is there, and the page's own count shows whether the device still has the page.
 */
public final class DeviceLookup {
    private DeviceLookup() {
    }

    /**
     * Grabs the page of a device entry that permits the access.
     *
     * @return {@code pfn}; -EEXIST without FOLL_GET and FOLL_PIN (a device page is given only to callers that
     *         manage its count), -EFAULT for a device that is being removed (not "absent": a fault cannot bring the
     *         page [R33]), UNPINNABLE, -ENOMEM if its count is full
     */
    static long follow(MemoryCore memory, long pfn, int flags) {
        if ((flags & (FOLL_GET | FOLL_PIN)) == 0) {
            return -Errno.EEXIST;
        }
        PagemapSection pagemaps = memory.pagemaps().section();
        long pagemap = pagemaps.get(pfn, 0);
        if (pagemap == 0) {
            return -Errno.EFAULT;
        }
        try {
            if ((flags & FOLL_LONGTERM) != 0 && !LongtermRule.allows(memory, pfn)) {
                return SlowGupLookup.UNPINNABLE;
            }
            // LONGTERM was answered; speculative, because a removal takes the owner's reference while look-ups are
            // under way
            FreeBatch freed = new FreeBatch(memory);
            long token = Grab.trySpeculative(memory, pfn, 1, flags & (FOLL_GET | FOLL_PIN), freed);
            if (token == Grab.REFUSED_ZERO) {
                return -Errno.EFAULT;
            }
            return token < 0 ? -Errno.ENOMEM : pfn;
        } finally {
            pagemaps.put(pagemap);
        }
    }
}
