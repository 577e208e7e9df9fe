package io.pinfold.core.pagemap;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.words.Mutex;
import org.jspecify.annotations.Nullable;

/**
 * Look-ups by callers that are in no walker slot, the slow path above all: they take turns in one slot that belongs to
 * the memory. Any thread; any locks of an address space may be held.
 */
public final class PagemapSection {
    private final PagemapRegistry registry;
    private final WalkerSlots slots;
    /** Taken under any lock of an address space; nothing is taken under it. */
    private final Mutex mutex = new Mutex("look-ups of pagemaps");
    private @Nullable SharedSlot slot; // guarded by mutex

    PagemapSection(PagemapRegistry registry, WalkerSlots slots) {
        this.registry = registry;
        this.slots = slots;
    }

    /** Before the first pagemap can be found. */
    void open() {
        mutex.lock();
        try {
            if (slot == null) {
                slot = slots.open(0);
            }
        } finally {
            mutex.unlock();
        }
    }

    /**
     * {@link PagemapRegistry#get} for a caller that is in no slot: it borrows the memory's own, one caller at a time.
     * Any locks may be held.
     *
     * @param pfn any number
     * @param cached what the last call returned, 0 for nothing
     * @return as there
     * @throws io.pinfold.core.gup.MemoryClosedException if the memory is closed
     */
    public long get(long pfn, long cached) {
        mutex.lock();
        try {
            if (slot == null) {
                return 0; // there never was a pagemap
            }
            slot.enter();
            try {
                return registry.get(pfn, cached, slot.stripe());
            } finally {
                slot.exit();
            }
        } finally {
            mutex.unlock();
        }
    }

    /**
     * {@link PagemapRegistry#put} for a caller that is in no slot.
     *
     * @param pagemap what {@link #get} returned
     * @throws MisuseException if there never was a pagemap
     */
    public void put(long pagemap) {
        mutex.lock();
        try {
            if (slot == null) {
                throw new MisuseException("put of a pagemap before there was one");
            }
            slot.enter();
            try {
                registry.put(pagemap, slot.stripe());
            } finally {
                slot.exit();
            }
        } finally {
            mutex.unlock();
        }
    }
}
