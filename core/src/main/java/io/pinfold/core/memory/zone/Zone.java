package io.pinfold.core.memory.zone;

import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;

/**
 * One zone of one node: a pfn range, its lock, its frontiers and its numbers. The range below a frontier has been
 * handed to the free lists once; the range above has never been touched, and its records are zero.
 *
 * <pre>
 * start          frontier           reserve       tableFrontier        end
 * | in the lists |  never used      | TABLE lists | never used, tables |
 * </pre>
 *
 * <p>All words are written under {@link #mutex} (except {@link #addEverUsed}) and may be read without it for
 * statistics.
 */
public final class Zone {
    private static final int FRONTIER = 0;
    private static final int TABLE_FRONTIER = 8;
    private static final int ALLOCATED = 16;
    private static final int TABLES = 24;
    private static final int LISTED = 32;
    private static final int EVER_USED = 128;
    private static final int LISTS = 256;

    final int node;
    final ZoneKind kind;
    public final long start;
    public final long reserve;
    public final long end;
    /** Lowest pfn that may be handed out: those below, in the first zone, are reserved. */
    final long firstUsable;
    public final Mutex mutex = new Mutex("free lists of a zone");
    public final FreeLists lists;

    private final long control;

    /**
     * A zone.
     *
     * @param reserved pfns below this one are never handed out
     * @param tableFrames frames at the end kept for page tables
     */
    public Zone(Arena arena, long recordBase, int node, ZoneKind kind, long start, long end, long reserved,
            long tableFrames) {
        this.node = node;
        this.kind = kind;
        this.start = start;
        this.reserve = end - tableFrames;
        this.end = end;
        this.firstUsable = Math.max(start, reserved);
        this.control = ControlMemory.allocate(arena, "zone " + kind + " of node " + node,
                LISTS + (long) FreeLists.BYTES, 128).address();
        this.lists = new FreeLists(control + LISTS, recordBase);
        setFrontier(start);
        setTableFrontier(reserve);
    }

    public boolean contains(long pfn) {
        return pfn >= start && pfn < end;
    }

    public long frontier() {
        return Words.getLongOpaque(control + FRONTIER);
    }

    void setFrontier(long pfn) {
        Words.setLongOpaque(control + FRONTIER, pfn);
    }

    public long tableFrontier() {
        return Words.getLongOpaque(control + TABLE_FRONTIER);
    }

    void setTableFrontier(long pfn) {
        Words.setLongOpaque(control + TABLE_FRONTIER, pfn);
    }

    /** User frames handed out. */
    public long allocated() {
        return Words.getLongOpaque(control + ALLOCATED);
    }

    void addAllocated(long frames) {
        Words.setLongOpaque(control + ALLOCATED, allocated() + frames);
    }

    /** Table frames handed out. */
    public long tables() {
        return Words.getLongOpaque(control + TABLES);
    }

    void addTables(long frames) {
        Words.setLongOpaque(control + TABLES, tables() + frames);
    }

    /** Frames on the free lists. */
    public long listed() {
        return Words.getLongOpaque(control + LISTED);
    }

    void addListed(long frames) {
        Words.setLongOpaque(control + LISTED, listed() + frames);
    }

    /** Frames handed out at least once. */
    public long everUsed() {
        return Words.getLongOpaque(control + EVER_USED);
    }

    /** Adds to {@link #everUsed} without the lock, hence atomically. */
    public void addEverUsed(long frames) {
        long _ = Words.getAndAddLong(control + EVER_USED, frames);
    }

    /**
     * Frames that can still be handed out to users, some of them only to movable pages. Exact while no thread takes or
     * gives any.
     */
    public long freeForUsers() {
        return lists.frames(MigrateType.UNMOVABLE) + lists.frames(MigrateType.MOVABLE)
                + lists.frames(MigrateType.RECLAIMABLE) + lists.frames(MigrateType.CMA)
                + reserve - Math.max(frontier(), Math.min(firstUsable, reserve));
    }

    /** Frames that can still be handed out, but to page tables alone. Exact while no thread takes or gives any. */
    public long freeForTables() {
        return lists.frames(MigrateType.TABLE) + end - tableFrontier();
    }

    @Override
    public String toString() {
        return "zone " + kind + " of node " + node + " [" + start + ", " + end + ")";
    }
}
