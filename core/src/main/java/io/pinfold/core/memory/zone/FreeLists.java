package io.pinfold.core.memory.zone;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.page.Orders;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;

/**
 * The free blocks of one zone: a list for each migrate type and order, heads and lengths in control memory, links in
 * the records of the blocks' first frames. Last in, first out, so that a frame that was just used is used again before
 * one that has no memory behind it yet.
 *
 * <p>Every method is called under the zone's lock. The stores are opaque because an inspection may read records without
 * it; a record is typed BUDDY exactly while its block is on a list.
 */
public final class FreeLists {
    private static final int ORDERS = Orders.MAX + 1;
    private static final int LIST_BYTES = 2 * Long.BYTES;
    private static final int HEAD = 0;
    private static final int LENGTH = Long.BYTES;

    /** Bytes of control memory. */
    static final int BYTES = MigrateType.COUNT * ORDERS * LIST_BYTES;

    private final long lists;
    private final long recordBase;

    FreeLists(long lists, long recordBase) {
        this.lists = lists;
        this.recordBase = recordBase;
    }

    private long list(int type, int order) {
        return lists + (long) (type * ORDERS + order) * LIST_BYTES;
    }

    /** The block put last on a list, 0 if it is empty (pfn 0 is never free). */
    public long first(int type, int order) {
        return Words.getLongOpaque(list(type, order) + HEAD);
    }

    /** Blocks on a list. */
    public long length(int type, int order) {
        return Words.getLongOpaque(list(type, order) + LENGTH);
    }

    /** Frames on the lists of a type. */
    long frames(int type) {
        long frames = 0;
        for (int order = 0; order < ORDERS; order++) {
            frames += length(type, order) << order;
        }
        return frames;
    }

    /** The block after {@code pfn} on its list, 0 at the end. */
    public long next(long pfn) {
        return Words.getLongOpaque(PageLayout.record(recordBase, pfn) + PageLayout.BUDDY_NEXT);
    }

    /** The block before {@code pfn} on its list, 0 at the start. */
    public long previous(long pfn) {
        return Words.getLongOpaque(PageLayout.record(recordBase, pfn) + PageLayout.BUDDY_PREV);
    }

    /** The order of the free block that starts at {@code pfn}, or -1 if none does. */
    public int orderAt(long pfn) {
        long record = PageLayout.record(recordBase, pfn);
        if (PageType.of(record) != PageType.BUDDY) {
            return -1;
        }
        return (int) Words.getLongOpaque(record + PageLayout.BUDDY_ORDER);
    }

    public void push(int type, int order, long pfn) {
        long list = list(type, order);
        long record = PageLayout.record(recordBase, pfn);
        long next = Words.getLongOpaque(list + HEAD);
        Words.setLongOpaque(record + PageLayout.BUDDY_NEXT, next);
        Words.setLongOpaque(record + PageLayout.BUDDY_PREV, 0);
        Words.setLongOpaque(record + PageLayout.BUDDY_ORDER, order);
        if (next != 0) {
            Words.setLongOpaque(PageLayout.record(recordBase, next) + PageLayout.BUDDY_PREV, pfn);
        }
        Words.setLongOpaque(list + HEAD, pfn);
        Words.setLongOpaque(list + LENGTH, Words.getLongOpaque(list + LENGTH) + 1);
        Words.setLongVolatile(record + PageLayout.FLAGS, PageType.toFlags(PageType.BUDDY));
    }

    /** Takes a block off the list it is on and leaves its record as that of a frame inside a free block. */
    void remove(int type, int order, long pfn) {
        long list = list(type, order);
        long record = PageLayout.record(recordBase, pfn);
        if (orderAt(pfn) != order) {
            throw new MemoryModelError("frame " + pfn + " is no free block of order " + order + " but "
                    + PageType.nameOf(PageType.of(record)));
        }
        long next = Words.getLongOpaque(record + PageLayout.BUDDY_NEXT);
        long previous = Words.getLongOpaque(record + PageLayout.BUDDY_PREV);
        if (previous != 0) {
            Words.setLongOpaque(PageLayout.record(recordBase, previous) + PageLayout.BUDDY_NEXT, next);
        } else if (Words.getLongOpaque(list + HEAD) == pfn) {
            Words.setLongOpaque(list + HEAD, next);
        } else {
            throw new MemoryModelError("frame " + pfn + " is not first on the list of order " + order + " and type "
                    + MigrateType.nameOf(type) + " although nothing is before it");
        }
        if (next != 0) {
            Words.setLongOpaque(PageLayout.record(recordBase, next) + PageLayout.BUDDY_PREV, previous);
        }
        Words.setLongOpaque(list + LENGTH, Words.getLongOpaque(list + LENGTH) - 1);
        Words.setLongOpaque(record + PageLayout.BUDDY_NEXT, 0);
        Words.setLongOpaque(record + PageLayout.BUDDY_PREV, 0);
        Words.setLongOpaque(record + PageLayout.BUDDY_ORDER, 0);
        boolean everUsed = Words.getIntOpaque(record + PageLayout.GENERATION) != 0;
        Words.setLongVolatile(record + PageLayout.FLAGS,
                PageType.toFlags(everUsed ? PageType.FREE_BODY : PageType.NEVER_USED));
    }
}
