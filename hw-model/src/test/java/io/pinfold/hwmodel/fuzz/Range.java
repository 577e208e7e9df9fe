package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.mm.AddressSpace;

/** A mapping of some thread; other threads may have changed it meanwhile. */
record Range(AddressSpace space, long start, long bytes, Kind kind) {
    /** The kind of memory that is mapped. */
    enum Kind {
        PRIVATE, SHARED, HUGE, HUGETLB, DEVICE
    }

    long pages() {
        return bytes >>> 12;
    }

    boolean overlaps(AddressSpace other, long from, long length) {
        return space == other && start < from + length && from < start + bytes;
    }
}
