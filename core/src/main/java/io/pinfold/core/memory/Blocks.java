package io.pinfold.core.memory;

/** Signatures only; filled in next. */
public final class Blocks {
    /** Scope: ZONE_MOVABLE first, then ZONE_NORMAL. */
    public static final int MOVABLE_FIRST = 0;
    /** Scope: ZONE_NORMAL only, for what may be pinned long-term. */
    public static final int NORMAL = 1;
    /** Largest order of {@link #allocate}. */
    public static final int MAX_ORDER = 10;
    /** Order of {@link #allocateGigantic}. */
    public static final int GIGANTIC_ORDER = 18;
    /** What every entry of a freed table holds: a present, writable user mapping of a frame that no memory has. */
    public static final long TABLE_POISON = 0x000F_FFFF_FFFF_F067L;

    Blocks() {
    }

    public long allocate(int order, int scope) {
        throw new UnsupportedOperationException();
    }

    public long allocate(int order, int scope, int node) {
        throw new UnsupportedOperationException();
    }

    public long allocateGigantic(int scope) {
        throw new UnsupportedOperationException();
    }

    public long allocateTable(long spaceId, int level, long baseAddress) {
        throw new UnsupportedOperationException();
    }

    public void freeTable(long pfn) {
        throw new UnsupportedOperationException();
    }

    public void free(FreeBatch batch) {
        throw new UnsupportedOperationException();
    }
}
