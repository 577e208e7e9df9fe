package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import java.util.HashMap;
import java.util.Map;

/**
 * Does to entries what swap-out, migration and drivers do: takes a page out of a mapping and leaves an entry that says
 * where it is. The reference of the mapping is the opponent's from then on.
 */
final class Opponent {
    private final AddressSpace space;
    /** By address: the entry that was taken out. */
    private final Map<Long, Long> taken = new HashMap<>();

    Opponent(AddressSpace space) {
        this.space = space;
    }

    /** Puts an entry of {@code kind} in place of the one that maps {@code address}; the frame it named. */
    long hide(long address, int kind) {
        try (MmapGuard guard = space.readLock()) {
            long spot = lock(guard, address);
            long at = Spot.entryAddress(Bridge.core(space.memory()), spot, address);
            long old = Entries.load(at);
            assertThat(Entry.isPresent(old)).as("mapped at 0x%x", address).isTrue();
            long deposit = Entry.isDeposited(old) ? Entry.DEPOSITED : 0;
            old = Entries.exchange(at, NonPresent.make(kind, Entry.pfn(old)) | deposit);
            TlbFlush.flush(space.mm());
            PageTables.unlock(Bridge.core(space.memory()), Spot.table(spot));
            countMapping(spot, old, -1);
            taken.put(address, old);
            return Entry.pfn(old);
        }
    }

    /** Maps the page again as it was mapped. */
    void restore(long address) {
        try (MmapGuard guard = space.readLock()) {
            long old = taken.remove(address);
            long spot = lock(guard, address);
            countMapping(spot, old, 1);
            long _ = Entries.exchange(Spot.entryAddress(Bridge.core(space.memory()), spot, address), old);
            PageTables.unlock(Bridge.core(space.memory()), Spot.table(spot));
        }
    }

    /** Puts {@code entry} in place of whatever is there, and counts nothing; what was there. */
    long put(long address, long entry) {
        try (MmapGuard guard = space.readLock()) {
            long spot = lock(guard, address);
            long old = Entries.exchange(Spot.entryAddress(Bridge.core(space.memory()), spot, address), entry);
            if ((old & ~entry & Entry.PRESENT) != 0) {
                TlbFlush.flush(space.mm());
            }
            PageTables.unlock(Bridge.core(space.memory()), Spot.table(spot));
            return old;
        }
    }

    /** Gives up what was taken and not restored. */
    void release() {
        taken.values().forEach(entry -> UserPages.put(Bridge.core(space.memory()), Entry.pfn(entry)));
        taken.clear();
    }

    private long lock(MmapGuard guard, long address) {
        return PageTables.lockLowest(Bridge.core(space.memory()), guard.space().mm().root(), address);
    }

    private void countMapping(long spot, long entry, int by) {
        long record = Bridge.core(space.memory()).recordAddress(Entry.pfn(entry));
        if (Spot.level(spot) > Geometry.PTE) {
            if (by > 0) {
                PageRefs.addEntireMapping(record);
            } else {
                int _ = PageRefs.removeEntireMapping(record);
            }
        } else if (by > 0) {
            PageRefs.addMapping(record);
        } else {
            int _ = PageRefs.removeMapping(record);
        }
    }
}
