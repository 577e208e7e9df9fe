package io.pinfold.core.memory;

import java.util.List;
import java.util.function.Consumer;

/** Signatures only; filled in next. */
public final class MemoryAudit {
    private MemoryAudit() {
    }

    /** Something that must not be. */
    public record Finding(Kind kind, long pfn, String detail) {
    }

    /** What a finding is about. */
    public enum Kind {
        FREE_AND_REFERENCED, BAD_FREE_LIST, BAD_FREE_BLOCK, FREE_COUNT, BAD_TAIL, BAD_COUNT, BAD_TYPE, GENERATION,
        LEAKED_PENDING, COUNTERS, LEAKED_FRAME, LEAKED_TABLE
    }

    public static List<Finding> check(PhysicalMemory memory) {
        throw new UnsupportedOperationException();
    }

    public static List<Finding> checkIdle(PhysicalMemory memory) {
        throw new UnsupportedOperationException();
    }

    public static void forEachAllocated(PhysicalMemory memory, Consumer<PageInfo> action) {
        throw new UnsupportedOperationException();
    }
}
