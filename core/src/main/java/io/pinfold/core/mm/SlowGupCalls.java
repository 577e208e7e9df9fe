package io.pinfold.core.mm;

import io.pinfold.core.memory.PageBatch;
import org.jspecify.annotations.Nullable;

/** Signatures only; filled in next. */
final class SlowGupCalls {
    private SlowGupCalls() {
    }

    static int get(AddressSpace space, @Nullable MmapGuard guard, long address, int pages, int flags,
            @Nullable PageBatch batch) {
        throw new UnsupportedOperationException();
    }

    static int pin(AddressSpace space, @Nullable MmapGuard guard, long address, int pages, int flags, int internal,
            @Nullable PageBatch batch) {
        throw new UnsupportedOperationException();
    }

    static long fallBack(AddressSpace space, long start, int pages, int flags, int[] pfns, int from, PageBatch batch) {
        throw new UnsupportedOperationException();
    }
}
