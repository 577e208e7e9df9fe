package io.pinfold.core.mm.shared;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;
import java.util.function.LongConsumer;

/**
 * A map from page index to frame number: a radix tree whose nodes are TABLE frames, one word an entry, 0 = none. Its
 * height follows from the number of pages and does not change. Guarded by the mutex of its object, readers too, so
 * nodes are freed at once and words are plain: no other thread can read them.
 *
 * <p>A node is as wide as a frame, whatever the geometry of the page tables.
 */
public final class FrameIndex {
    private static final int BITS = Geometry.PAGE_SHIFT - Geometry.ENTRY_SHIFT;
    private static final long MASK = (1L << BITS) - 1;

    private final MemoryCore memory;
    private final long ownerId;
    private final long pages;
    private final int topLevel;
    private long root;

    FrameIndex(MemoryCore memory, long ownerId, long pages) {
        this.memory = memory;
        this.ownerId = ownerId;
        this.pages = pages;
        int significant = Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, pages - 1));
        this.topLevel = (significant - 1) / BITS;
    }

    /** The frame of page {@code index}, 0 = none. */
    long get(long index) {
        long node = checkIndex(index) ? root : 0;
        for (int level = topLevel; node != 0; level--) {
            long next = Words.getLong(slot(node, index, level));
            if (level == 0) {
                return next;
            }
            node = next;
        }
        return 0;
    }

    /**
     * Stores {@code pfn} for page {@code index}, which has none.
     *
     * @return 0, or -ENOMEM and nothing was changed
     */
    int put(long index, long pfn) {
        int firstMissing = topLevel;
        long node = root;
        while (node != 0 && firstMissing > 0) {
            long next = Words.getLong(slot(node, index, firstMissing));
            if (next == 0) {
                break;
            }
            node = next;
            firstMissing--;
        }
        // node is the lowest one there is, at level firstMissing; or 0, and everything from topLevel down is missing
        int top = node == 0 ? topLevel : firstMissing - 1;
        long below = pfn;
        for (int level = 0; level <= top; level++) {
            long fresh = memory.blocks().allocateTable(ownerId, level, index >>> BITS * (level + 1));
            if (fresh < 0) {
                freeChain(level == 0 ? 0 : below, index, level - 1);
                return -Errno.ENOMEM;
            }
            set(fresh, index, level, below);
            below = fresh;
        }
        if (node == 0) {
            root = below;
        } else {
            set(node, index, firstMissing, below);
        }
        return 0;
    }

    /** Passes every frame to {@code consumer}. */
    void forEach(LongConsumer consumer) {
        if (root != 0) {
            forEach(root, topLevel, consumer);
        }
    }

    /** Frees the nodes; the caller has dealt with the frames. */
    void clear() {
        long node = root;
        root = 0;
        if (node != 0) {
            free(node, topLevel);
        }
    }

    private void forEach(long node, int level, LongConsumer consumer) {
        for (long i = 0; i <= MASK; i++) {
            long next = Words.getLong(slot(node, i, 0));
            if (next != 0 && level > 0) {
                forEach(next, level - 1, consumer);
            } else if (next != 0) {
                consumer.accept(next);
            }
        }
    }

    private void free(long node, int level) {
        if (level > 0) {
            for (long i = 0; i <= MASK; i++) {
                long next = Words.getLong(slot(node, i, 0));
                if (next != 0) {
                    free(next, level - 1);
                }
            }
        }
        freeNode(node);
    }

    private void freeChain(long top, long index, int topOfChain) {
        long node = top;
        for (int level = topOfChain; level >= 0; level--) {
            long next = Words.getLong(slot(node, index, level));
            freeNode(node);
            node = next;
        }
    }

    private void set(long node, long index, int level, long value) {
        Words.setLong(slot(node, index, level), value);
        long live = memory.recordAddress(node) + PageLayout.TABLE_LIVE;
        Words.setInt(live, Words.getInt(live) + 1);
    }

    private void freeNode(long node) {
        long live = memory.recordAddress(node) + PageLayout.TABLE_LIVE;
        Words.setInt(live, Words.getInt(live) & -(1 << PageLayout.TABLE_LEVEL_SHIFT));
        memory.blocks().freeTable(node);
    }

    private long slot(long node, long index, int level) {
        return memory.frameAddress(node) + ((index >>> BITS * level & MASK) << Geometry.ENTRY_SHIFT);
    }

    private boolean checkIndex(long index) {
        return index >= 0 && index < pages;
    }
}
