package io.pinfold.core.memory.frame;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.memory.zone.BuddyAllocator;
import io.pinfold.core.memory.zone.FrameLife;
import io.pinfold.core.memory.zone.MemoryMap;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.memory.zone.Pageblocks;
import io.pinfold.core.memory.zone.Zone;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.LifeEnd;
import io.pinfold.core.page.Orders;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * The one seam through which frames and page tables are allocated and freed. It is for address spaces, caches and
 * devices, which hold a {@link Use}; any thread may call it. Nothing here is called from inside a walker slot, because
 * it locks.
 *
 * <p>Failure is {@code -ENOMEM} and changes nothing. After the memory was closed every method throws
 * MemoryClosedException; a close that may come while one runs is what the {@link Use} keeps away.
 */
public final class Blocks {
    /** Scope: ZONE_MOVABLE first, then ZONE_NORMAL, node after node. For user pages that are not pinned long-term. */
    public static final int MOVABLE_FIRST = 0;
    /** Scope: ZONE_NORMAL only. For what may be pinned long-term. */
    public static final int NORMAL = 1;
    /** Largest order of {@link #allocate}, 4 MiB. */
    public static final int MAX_ORDER = Orders.MAX;
    /** Highest level of {@link #allocateTable}: what the record has room for. */
    public static final int MAX_TABLE_LEVEL = 0x7FFF;
    /** Order of {@link #allocateGigantic}: 1 GiB, what one PUD entry maps. */
    public static final int GIGANTIC_ORDER = Orders.GIGANTIC;
    /** What every entry of a freed table holds. */
    public static final long TABLE_POISON = FrameLife.TABLE_POISON;

    private static final int SCOPES = 2;
    private static final int TABLE_RESERVE_SHARE = 64;

    private final MemoryCore memory;
    private final MemoryMap map;
    private final Pageblocks pageblocks;
    private final BuddyAllocator[] allocators; // node * 2: NORMAL, node * 2 + 1: MOVABLE
    private final BuddyAllocator[][] zoneLists; // by scope * nodes + preferred node

    Blocks(MemoryCore memory, MemoryMap map, Arena arena, long recordBase, long firstUsable) {
        this.memory = memory;
        this.map = map;
        this.pageblocks = new Pageblocks(arena, map.frames());
        int nodes = map.nodes();
        this.allocators = new BuddyAllocator[nodes * 2];
        for (int node = 0; node < nodes; node++) {
            long start = map.normalStart(node);
            long movable = map.movableStart(node);
            long end = map.nodeEnd(node);
            long units = (end - start) / MemoryMap.UNIT_FRAMES;
            long reserve = Math.max(1, units / TABLE_RESERVE_SHARE) * MemoryMap.UNIT_FRAMES;
            long most = movable - start - MemoryMap.UNIT_FRAMES;
            Zone normal = new Zone(arena, recordBase, node, ZoneKind.NORMAL, start, movable, firstUsable,
                    Math.min(reserve, most));
            Zone rest = new Zone(arena, recordBase, node, ZoneKind.MOVABLE, movable, end, firstUsable, 0);
            allocators[node * 2] = new BuddyAllocator(normal, pageblocks);
            allocators[node * 2 + 1] = new BuddyAllocator(rest, pageblocks);
        }
        this.zoneLists = new BuddyAllocator[SCOPES * nodes][];
        for (int node = 0; node < nodes; node++) {
            zoneLists[MOVABLE_FIRST * nodes + node] = zoneList(nodes, node, true);
            zoneLists[NORMAL * nodes + node] = zoneList(nodes, node, false);
        }
    }

    private BuddyAllocator[] zoneList(int nodes, int preferred, boolean withMovable) {
        BuddyAllocator[] list = new BuddyAllocator[withMovable ? 2 * nodes : nodes];
        int length = 0;
        for (int step = 0; step < nodes; step++) {
            int node = (preferred + step) % nodes;
            if (withMovable) {
                list[length++] = allocators[node * 2 + 1];
            }
            list[length++] = allocators[node * 2];
        }
        return list;
    }

    /** {@link #allocate(int, int, int)} that prefers node 0. */
    public long allocate(int order, int scope) {
        return allocate(order, scope, 0);
    }

    /**
     * Allocates a folio of {@code 1 << order} frames, naturally aligned, with one reference; its content is left as
     * found.
     *
     * @param order 0 to {@value #MAX_ORDER}
     * @param scope {@link #MOVABLE_FIRST} or {@link #NORMAL}
     * @param node the node to try first
     * @return pfn of the head, or {@code -ENOMEM}
     */
    public long allocate(int order, int scope, int node) {
        if (order < 0 || order > MAX_ORDER) {
            throw new IllegalArgumentException("order = " + order + " is not in 0.." + MAX_ORDER);
        }
        return allocate(order, scope, node, 0);
    }

    /**
     * Allocates one frame for {@code FrameHandles}: it is marked as such, and its version is odd until the caller has
     * filled it.
     *
     * @param isProtected whether every free of it waits for readers in a scope
     * @return pfn, or {@code -ENOMEM}
     */
    public long allocateByHandle(int scope, int node, boolean isProtected) {
        return allocate(0, scope, node, isProtected ? PageFlags.BY_HANDLE | PageFlags.PROTECTED : PageFlags.BY_HANDLE);
    }

    private long allocate(int order, int scope, int node, long flags) {
        memory.requireMapped();
        int type = typeOfScope(scope);
        BuddyAllocator[] zones = zoneList(scope, node);
        long pfn = take(zones, order, type, flags);
        return pfn == 0 && memory.retiredFrames().step() > 0 ? found(take(zones, order, type, flags)) : found(pfn);
    }

    private static long found(long pfn) {
        return pfn == 0 ? -Errno.ENOMEM : pfn;
    }

    private long take(BuddyAllocator[] zones, int order, int type, long flags) {
        for (BuddyAllocator allocator : zones) {
            long pfn = take(allocator, order, type);
            if (pfn != 0) {
                begin(allocator.zone(), pfn, order, flags);
                return pfn;
            }
        }
        return 0;
    }

    /**
     * Takes a block under the lock of its zone, while no close counts; 0 if the zone has none. Close counts what is
     * handed out under the same lock, so that what it finds does not grow behind it.
     */
    private long take(BuddyAllocator allocator, int order, int type) {
        Zone zone = allocator.zone();
        for (;;) {
            zone.mutex.lock(); // ALLOC1
            try {
                int state = memory.state().get(); // KEEP5 -> CLOSE4
                if (state == MemoryState.OPEN || state == MemoryState.CLOSING) {
                    return order <= MAX_ORDER ? allocator.take(order, type) : allocator.takeGigantic(order, type);
                }
            } finally {
                zone.mutex.unlock();
            }
            memory.state().awaitOpen();
        }
    }

    /** CLOSE4: user frames that are handed out, each zone's counted under its lock. */
    long handedOut() {
        long frames = 0;
        for (BuddyAllocator allocator : allocators) {
            Zone zone = allocator.zone();
            zone.mutex.lock();
            try {
                frames += zone.allocated();
            } finally {
                zone.mutex.unlock();
            }
        }
        return frames;
    }

    /**
     * Allocates a folio of {@code 1 << GIGANTIC_ORDER} frames (1 GiB) with one reference. It needs a whole aligned
     * range that is free; nothing is moved to make one.
     *
     * @return pfn of the head, or {@code -ENOMEM}
     */
    public long allocateGigantic(int scope) {
        return allocate(GIGANTIC_ORDER, scope, 0, 0);
    }

    private void begin(Zone zone, long pfn, int order, long flags) {
        long fresh = flags != 0
                ? FrameLife.beginByHandle(memory.recordBase(), pfn, flags)
                : FrameLife.beginUser(memory.recordBase(), pfn, order);
        if (fresh != 0) {
            zone.addEverUsed(fresh);
        }
    }

    private BuddyAllocator[] zoneList(int scope, int node) {
        int nodes = map.nodes();
        if (node < 0 || node >= nodes) {
            throw new IllegalArgumentException("node = " + node + " is not in 0.." + (nodes - 1));
        }
        return zoneLists[scope * nodes + node];
    }

    private static int typeOfScope(int scope) {
        return switch (scope) {
            case MOVABLE_FIRST -> MigrateType.MOVABLE;
            case NORMAL -> MigrateType.UNMOVABLE;
            default -> throw new IllegalArgumentException("scope = " + scope + " is neither MOVABLE_FIRST nor NORMAL");
        };
    }

    /**
     * Allocates a page table: a zeroed frame from a pageblock that never holds user pages, its record set up.
     *
     * @param spaceId id of the address space
     * @param level level of the table, 0 for PTE, at most {@value #MAX_TABLE_LEVEL}
     * @param baseAddress first address it maps
     * @return pfn, or {@code -ENOMEM}
     */
    public long allocateTable(long spaceId, int level, long baseAddress) {
        if (level < 0 || level > MAX_TABLE_LEVEL) {
            throw new IllegalArgumentException("level = " + level + " is not in 0.." + MAX_TABLE_LEVEL);
        }
        memory.requireMapped();
        long pfn = takeTable(spaceId, level, baseAddress);
        if (pfn < 0 && memory.retired().step() + memory.retiredFrames().step() > 0) {
            pfn = takeTable(spaceId, level, baseAddress);
        }
        return pfn;
    }

    private long takeTable(long spaceId, int level, long baseAddress) {
        for (BuddyAllocator allocator : zoneLists[NORMAL * map.nodes()]) {
            Zone zone = allocator.zone();
            long pfn;
            zone.mutex.lock(); // ALLOC1
            try {
                pfn = allocator.takeTable();
            } finally {
                zone.mutex.unlock();
            }
            if (pfn != 0) {
                long frame = memory.frameBase() + (pfn << Align.PAGE_SHIFT);
                zone.addEverUsed(
                        FrameLife.beginTable(memory.recordBase(), pfn, frame, spaceId, level, baseAddress));
                return pfn;
            }
        }
        return -Errno.ENOMEM;
    }

    /**
     * Frees a page table that no walker can reach: never linked anywhere, or through {@link RetiredTables}. Its entries
     * are poisoned.
     *
     * @throws MemoryModelError if the frame is no table, or its lock is held
     */
    public void freeTable(long pfn) {
        memory.checkPfn(pfn);
        memory.requireMapped();
        long frame = memory.frameBase() + (pfn << Align.PAGE_SHIFT);
        boolean retired = FrameLife.endTable(memory.recordBase(), pfn, frame);
        BuddyAllocator allocator = allocatorOf(pfn);
        allocator.zone().mutex.lock(); // FREE5
        try {
            if (retired) {
                allocator.giveUp(pfn, true);
            } else {
                allocator.giveTable(pfn);
            }
        } finally {
            allocator.zone().mutex.unlock();
        }
    }

    /**
     * Frees a chain of pending folios, linked through LINK; takes a zone's lock once for consecutive folios of that
     * zone. Frames that readers in a scope may read are retired. On an error the folio at fault is dropped from the
     * chain and never freed.
     */
    int freeChain(FreeBatch batch) {
        memory.requireMapped();
        long recordBase = memory.recordBase();
        int freed = 0;
        long retiredFrames = 0;
        @Nullable Zone locked = null;
        try {
            for (long headPfn = batch.takeFirst(); headPfn != 0; headPfn = batch.takeFirst()) {
                int order = Compound.orderOf(Compound.of(PageLayout.record(recordBase, headPfn)));
                int retired = FrameLife.endUser(recordBase, headPfn, order);
                if (retired == FrameLife.WAITS) {
                    Words.setIntOpaque(PageLayout.record(recordBase, headPfn) + PageLayout.LINK, (int) retiredFrames);
                    retiredFrames = headPfn;
                    freed++;
                    continue;
                }
                BuddyAllocator allocator = allocatorOf(headPfn);
                Zone zone = allocator.zone();
                if (locked != zone) {
                    if (locked != null) {
                        locked.mutex.unlock();
                    }
                    locked = null;
                    zone.mutex.lock(); // FREE5
                    locked = zone;
                }
                give(allocator, headPfn, order, retired);
                freed++;
            }
        } finally {
            if (locked != null) {
                locked.mutex.unlock();
            }
            if (retiredFrames != 0) {
                memory.retiredFrames().retire(retiredFrames);
            }
        }
        return freed;
    }

    /** SHIELD6: a frame that waited goes onto a free list. */
    void freeWaiting(long pfn) {
        boolean last = FrameLife.endWait(memory.recordBase(), pfn);
        BuddyAllocator allocator = allocatorOf(pfn);
        allocator.zone().mutex.lock(); // FREE5
        try {
            if (last) {
                allocator.giveUp(pfn, false);
            } else {
                allocator.give(pfn, 0);
            }
        } finally {
            allocator.zone().mutex.unlock();
        }
    }

    private void give(BuddyAllocator allocator, long headPfn, int order, int retired) {
        if (retired != 0) {
            giveSingly(allocator, headPfn, order);
        } else if (order <= MAX_ORDER) {
            allocator.give(headPfn, order);
        } else {
            allocator.giveGigantic(headPfn, order);
        }
    }

    private void giveSingly(BuddyAllocator allocator, long headPfn, int order) {
        for (long pfn = headPfn; pfn < headPfn + (1L << order); pfn++) {
            long record = PageLayout.record(memory.recordBase(), pfn);
            if (PageRefs.generation(record) == LifeEnd.LAST_GENERATION) {
                allocator.giveUp(pfn, false);
            } else {
                allocator.give(pfn, 0);
            }
        }
    }

    /**
     * Changes the migrate type of a pageblock, as CMA set-up and memory offlining do. Frames in use stay in use.
     *
     * @param pfn a RAM frame of the pageblock
     * @param type one of {@link MigrateType} but TABLE
     * @throws IllegalArgumentException if the pageblock is for tables, or is to be
     */
    public void setMigrateType(long pfn, int type) {
        if (Long.compareUnsigned(pfn, map.ramFrames()) >= 0) {
            throw new IndexOutOfBoundsException("pfn " + pfn + " is not in RAM, 0.." + (map.ramFrames() - 1));
        }
        memory.requireMapped();
        BuddyAllocator allocator = allocatorOf(pfn);
        Zone zone = allocator.zone();
        zone.mutex.lock();
        try {
            if (type < 0 || type >= MigrateType.TABLE || pfn >= zone.reserve
                    || pfn < zone.frontier() && pageblocks.typeOf(pfn) == MigrateType.TABLE) {
                throw new IllegalArgumentException("pageblock of frame " + pfn + " cannot change from "
                        + MigrateType.nameOf(pageblocks.typeOf(pfn)) + " to " + MigrateType.nameOf(type));
            }
            allocator.retype(pfn, type);
        } finally {
            zone.mutex.unlock();
        }
    }

    /** The migrate type of the pageblock of a frame that is in range. */
    public int migrateTypeOf(long pfn) {
        return pageblocks.typeOf(pfn);
    }

    private BuddyAllocator allocatorOf(long pfn) {
        ZoneKind kind = map.zoneOf(pfn);
        if (kind == ZoneKind.DEVICE || kind == ZoneKind.HOLE) {
            throw new MemoryModelError("frame " + pfn + " in " + kind + " does not come from the allocator");
        }
        return allocators[map.nodeOf(pfn) * 2 + (kind == ZoneKind.MOVABLE ? 1 : 0)];
    }

    /** Every zone; for statistics and the audit. */
    public Zone[] zones() {
        Zone[] zones = new Zone[allocators.length];
        for (int index = 0; index < zones.length; index++) {
            zones[index] = allocators[index].zone();
        }
        return zones;
    }
}
