package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of the use of pages: the dirty and accessed bits of the entries that map a folio, and the flags of its
 * head, which get those bits when an entry goes. A model says which pages were stored to and which were touched; a flag
 * too many is as wrong as one too few.
 */
final class ObservedFlags {
    private record Place(AddressSpace space, long address) {
    }

    /** What the model says of a folio. */
    private static final class Use {
        boolean isStored;
        boolean isTouched;
    }

    private final PhysicalMemory memory;
    private final List<Place> places = new ArrayList<>();
    private final Map<Long, Use> folios = new HashMap<>();

    ObservedFlags(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** An address that may map one of the pages. */
    void mayMap(AddressSpace space, long address) {
        places.add(new Place(space, address));
    }

    /** Frame {@code pfn} was stored to, or touched, since it is in use; of a folio any page counts. */
    void expect(long pfn, boolean isStored, boolean isTouched) {
        Use use = folios.computeIfAbsent(memory.page(pfn).head(), _ -> new Use());
        use.isStored |= isStored;
        use.isTouched |= isTouched;
    }

    /** Compares all that was expected, and forgets it. */
    void check() {
        Map<Long, Use> seen = new HashMap<>();
        for (Place place : places) {
            long entry = place.space.entryAt(place.address);
            if (Entry.isPresent(entry)) {
                Use use = seen.computeIfAbsent(memory.page(place.space.frameAt(place.address)).head(), _ -> new Use());
                use.isStored |= Entry.isDirty(entry);
                use.isTouched |= Entry.isAccessed(entry);
            }
        }
        folios.forEach((head, expected) -> {
            long flags = memory.page(head).flags();
            Use use = seen.getOrDefault(head, new Use());
            assertThat(use.isStored || (flags & PageFlags.DIRTY) != 0).as("dirty: %s", memory.page(head))
                    .isEqualTo(expected.isStored);
            assertThat(use.isTouched || (flags & (PageFlags.REFERENCED | PageFlags.ACTIVE)) != 0)
                    .as("touched: %s", memory.page(head)).isEqualTo(expected.isTouched);
        });
        folios.clear();
    }
}
