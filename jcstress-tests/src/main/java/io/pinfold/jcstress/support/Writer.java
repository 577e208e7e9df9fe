package io.pinfold.jcstress.support;

import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.SegmentationFault;

/** Actors that store to a page, and actors that give it back. */
public final class Writer {
    private static final int STORES = 4;

    private Writer() {
    }

    /** Stores 1 to 4 to the first word of a page, until it is not permitted: WROTE_NONE, WROTE_SOME, WROTE_ALL. */
    public static String store(Machine machine, long address) {
        Cpu cpu = machine.cpu();
        int stores = 0;
        try {
            while (stores < STORES) {
                cpu.storeLong(address, stores + 1L); // CPU1 to CPU5
                stores++;
            }
        } catch (SegmentationFault gone) {
            return stores == 0 ? "WROTE_NONE" : "WROTE_SOME";
        }
        return "WROTE_ALL";
    }

    /** Gives the machine's batch back after a device wrote to it: unpin_user_pages_dirty_lock. */
    public static String giveBackDirty(Machine machine) {
        Machine.memory().unpinUserPagesDirtyLock(machine.batch(), true);
        return "WROTE";
    }

    /** Gives the machine's batch back: RELEASED, or REFUSED_EMPTY, or REFUSED_IN_USE (by another thread). */
    public static String giveBack(Machine machine) {
        try {
            Machine.memory().unpinUserPages(machine.batch());
            return "RELEASED";
        } catch (IllegalStateException refused) {
            return String.valueOf(refused.getMessage()).contains("another thread") ? "REFUSED_IN_USE" : "REFUSED_EMPTY";
        }
    }
}
