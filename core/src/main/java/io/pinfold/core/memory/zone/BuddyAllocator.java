package io.pinfold.core.memory.zone;

import io.pinfold.core.page.Orders;

/**
 * The allocator of blocks of 2^order frames of one zone. It takes from the smallest block that is large enough, splits,
 * and merges neighbours when they come back. It works on bare pfns; what a block is used for is written into the
 * records by {@link FrameLife} before and after.
 *
 * <p>A pageblock has one migrate type, and a free block is on the list of its pageblocks' type, so merging stops where
 * the type changes. Fresh memory comes from the frontier in blocks of the largest order. Only when it is exhausted one
 * type borrows from another: whole pageblocks change their type, smaller pieces go back where they came from. TABLE
 * neither borrows nor lends.
 *
 * <p>Every method under the zone's lock.
 */
public final class BuddyAllocator {
    private static final int MAX_ORDER = Orders.MAX;
    private static final int[][] LENDERS = lenders();

    private final Zone zone;
    private final Pageblocks pageblocks;
    private final FreeLists lists;

    public BuddyAllocator(Zone zone, Pageblocks pageblocks) {
        this.zone = zone;
        this.pageblocks = pageblocks;
        this.lists = zone.lists;
    }

    private static int[][] lenders() {
        int[][] lenders = new int[MigrateType.COUNT][0];
        lenders[MigrateType.UNMOVABLE] = new int[]{MigrateType.RECLAIMABLE, MigrateType.MOVABLE};
        lenders[MigrateType.MOVABLE] = new int[]{MigrateType.CMA, MigrateType.RECLAIMABLE, MigrateType.UNMOVABLE};
        lenders[MigrateType.RECLAIMABLE] = new int[]{MigrateType.UNMOVABLE, MigrateType.MOVABLE};
        return lenders;
    }

    public Zone zone() {
        return zone;
    }

    /** Takes a block of user frames, or 0. */
    public long take(int order, int type) {
        long pfn = takeListed(order, type);
        while (pfn == 0 && openUserBlock(type)) { // once, or twice if the first block of all is too short
            pfn = takeListed(order, type);
        }
        if (pfn == 0) {
            pfn = borrow(order, type);
        }
        if (pfn != 0) {
            zone.addAllocated(1L << order);
        }
        return pfn;
    }

    /** Takes a frame for a table, or 0. */
    public long takeTable() {
        long pfn = takeListed(0, MigrateType.TABLE);
        if (pfn == 0 && openTableBlock()) {
            pfn = takeListed(0, MigrateType.TABLE);
        }
        if (pfn != 0) {
            zone.addTables(1);
        }
        return pfn;
    }

    /** Takes back a block of user frames. */
    public void give(long pfn, int order) {
        zone.addAllocated(-(1L << order));
        insert(pfn, order);
    }

    /** Takes back a table's frame. */
    public void giveTable(long pfn) {
        zone.addTables(-1);
        insert(pfn, 0);
    }

    /** Takes a block whose frames can never be handed out again out of the figures. */
    public void giveUp(long pfn, boolean table) {
        if (table) {
            zone.addTables(-1);
        } else {
            zone.addAllocated(-1);
        }
    }

    private long takeListed(int order, int type) {
        for (int found = order; found <= MAX_ORDER; found++) {
            long pfn = lists.first(type, found);
            if (pfn != 0) {
                return split(pfn, found, order, type, type);
            }
        }
        return 0;
    }

    /**
     * Takes a free block off its list and keeps the lowest part of it; the rest goes to the lists of {@code restType}.
     */
    private long split(long pfn, int found, int wanted, int type, int restType) {
        lists.remove(type, found, pfn);
        zone.addListed(-(1L << wanted));
        for (int order = found - 1; order >= wanted; order--) {
            lists.push(restType, order, pfn + (1L << order));
        }
        return pfn;
    }

    private long borrow(int order, int type) {
        for (int lender : LENDERS[type]) {
            boolean keepsType = lender == MigrateType.CMA; // CMA memory is only ever lent
            for (int found = MAX_ORDER; found >= Math.max(order, Pageblocks.SHIFT) && !keepsType; found--) {
                long pfn = lists.first(lender, found);
                if (pfn != 0) {
                    pageblocks.set(pfn, 1L << found, type);
                    return split(pfn, found, order, lender, type);
                }
            }
            long pfn = takeListed(order, lender);
            if (pfn != 0) {
                return pfn;
            }
        }
        return 0;
    }

    private void insert(long freed, int freedOrder) {
        int type = pageblocks.typeOf(freed);
        if (freedOrder > Pageblocks.SHIFT && pageblocks.typeOf(freed + (1L << freedOrder - 1)) != type) {
            insert(freed, freedOrder - 1); // one of its pageblocks changed while the block was in use
            insert(freed + (1L << freedOrder - 1), freedOrder - 1);
            return;
        }
        zone.addListed(1L << freedOrder);
        long pfn = freed;
        int order = freedOrder;
        while (order < MAX_ORDER) {
            long buddy = pfn ^ 1L << order;
            if (!zone.contains(buddy) || lists.orderAt(buddy) != order || pageblocks.typeOf(buddy) != type) {
                break;
            }
            lists.remove(type, order, buddy);
            pfn = Math.min(pfn, buddy);
            order++;
        }
        lists.push(type, order, pfn);
    }

    private boolean openUserBlock(int type) {
        long pfn = zone.frontier();
        if (pfn >= zone.reserve) {
            return false;
        }
        zone.setFrontier(pfn + MemoryMap.UNIT_FRAMES);
        openBlock(pfn, type);
        return true;
    }

    private boolean openTableBlock() {
        long pfn = zone.tableFrontier();
        if (pfn < zone.end) {
            zone.setTableFrontier(pfn + MemoryMap.UNIT_FRAMES);
            openBlock(pfn, MigrateType.TABLE);
            return true;
        }
        return openUserBlock(MigrateType.TABLE); // never used, so no device has its address
    }

    /** Puts one block of fresh memory on the lists; the first of all in pieces, because its first frames are taken. */
    private void openBlock(long pfn, int type) {
        pageblocks.set(pfn, MemoryMap.UNIT_FRAMES, type);
        if (pfn >= zone.firstUsable) {
            lists.push(type, MAX_ORDER, pfn);
            zone.addListed(MemoryMap.UNIT_FRAMES);
            return;
        }
        long end = pfn + MemoryMap.UNIT_FRAMES;
        for (long piece = zone.firstUsable; piece < end;) {
            int order = Math.min(Long.numberOfTrailingZeros(piece), MAX_ORDER - 1);
            lists.push(type, order, piece);
            zone.addListed(1L << order);
            piece += 1L << order;
        }
    }

    /**
     * A naturally aligned block of {@code 1 << order} frames, larger than the largest order, or 0: first one whose
     * parts are all free on the lists, else one that ends above the frontier.
     */
    public long takeGigantic(int order, int type) {
        long frames = 1L << order;
        for (long pfn = zone.start + frames - 1 & -frames; pfn + frames <= zone.reserve; pfn += frames) {
            if (isFree(pfn, pfn + frames)) {
                takeUnits(pfn, pfn + frames, type);
                zone.addAllocated(frames);
                return pfn;
            }
        }
        return 0;
    }

    private boolean isFree(long from, long to) {
        long frontier = Math.min(zone.frontier(), to);
        for (long pfn = from; pfn < frontier; pfn += MemoryMap.UNIT_FRAMES) {
            if (lists.orderAt(pfn) != MAX_ORDER || LENDERS[pageblocks.typeOf(pfn)].length == 0) {
                return false;
            }
        }
        return from >= zone.firstUsable;
    }

    private void takeUnits(long from, long to, int type) {
        while (zone.frontier() < to) {
            openUserBlock(type);
        }
        for (long pfn = from; pfn < to; pfn += MemoryMap.UNIT_FRAMES) {
            lists.remove(pageblocks.typeOf(pfn), MAX_ORDER, pfn);
        }
        pageblocks.set(from, to - from, type);
        zone.addListed(from - to);
    }

    /** Takes back a gigantic block, in blocks of the largest order. */
    public void giveGigantic(long pfn, int order) {
        zone.addAllocated(-(1L << order));
        for (long unit = pfn; unit < pfn + (1L << order); unit += MemoryMap.UNIT_FRAMES) {
            insert(unit, MAX_ORDER);
        }
    }

    /** Changes the type of the pageblock of {@code pfn} and moves its free frames to the lists of the new type. */
    public void retype(long pfn, int type) {
        while (zone.frontier() <= pfn) {
            openUserBlock(MigrateType.MOVABLE);
        }
        long block = pfn & -(long) Pageblocks.FRAMES;
        int old = pageblocks.typeOf(block);
        long unit = pfn & -(long) MemoryMap.UNIT_FRAMES;
        if (lists.orderAt(unit) == MAX_ORDER) {
            lists.remove(old, MAX_ORDER, unit);
            lists.push(old, Pageblocks.SHIFT, unit + Pageblocks.FRAMES);
            lists.push(old, Pageblocks.SHIFT, unit);
        }
        pageblocks.set(block, 1, type);
        for (long frame = block; frame < block + Pageblocks.FRAMES;) {
            int order = lists.orderAt(frame);
            if (order < 0) {
                frame++;
                continue;
            }
            lists.remove(old, order, frame);
            lists.push(type, order, frame);
            frame += 1L << order;
        }
    }
}
