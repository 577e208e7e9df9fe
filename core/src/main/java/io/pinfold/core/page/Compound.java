package io.pinfold.core.page;

import io.pinfold.core.words.Words;

/**
 * The compound word of a record: one load tells whether a frame is alone, the head of a large folio, or a tail.
 *
 * <pre>
 *  63                                8 7      2 1     0
 * | head: order      tail: head pfn   |   0    |LARGE|TAIL|      order-0: all zero
 * </pre>
 *
 * <p>An order-0 page, the common case, needs a single test against zero and no load of the flags. The word may change
 * under a reader that holds no reference on the folio, which is why a grab reads it again after it added its reference.
 */
public final class Compound {
    /** The word of an order-0 page. */
    public static final long NONE = 0;
    /** Set in a tail; the head's pfn is above. */
    public static final long TAIL = 1L;
    /** Set in the head of a large folio; its order is above. */
    public static final long LARGE = 2L;
    /** Lowest bit of the head's pfn or the order. */
    public static final int SHIFT = 8;

    private Compound() {
    }

    /** The word of the head of a folio of {@code 1 << order} pages; order 0 has none. */
    public static long ofHead(int order) {
        return order == 0 ? NONE : (long) order << SHIFT | LARGE;
    }

    /** The word of a tail of the folio that starts at {@code headPfn}. */
    public static long ofTail(long headPfn) {
        return headPfn << SHIFT | TAIL;
    }

    /** Whether {@code word} is that of a tail. */
    public static boolean isTail(long word) {
        return (word & TAIL) != 0;
    }

    /** Whether {@code word} is that of the head of a large folio. */
    public static boolean isLargeHead(long word) {
        return (word & LARGE) != 0;
    }

    /** The head's pfn in the word of a tail. */
    public static long headOf(long tailWord) {
        return tailWord >>> SHIFT;
    }

    /** The order in the word of a head, 0 included. */
    public static int orderOf(long headWord) {
        return (int) (headWord >>> SHIFT);
    }

    /** The compound word of a record; volatile load. */
    public static long of(long record) {
        return Words.getLongVolatile(record + PageLayout.COMPOUND);
    }
}
