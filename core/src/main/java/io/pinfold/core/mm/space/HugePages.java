package io.pinfold.core.mm.space;

import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * Folios that one leaf maps as a whole: their allocation, and what a leaf counts on them. A leaf holds one reference
 * and counts one entire mapping, however many pages it maps; leaves of device memory and of the huge zero page count
 * nothing.
 */
public final class HugePages {
    /** log2 of the pages of a PMD leaf, and of the folio behind it. */
    static final int ORDER = Geometry.BITS_PER_LEVEL;

    private HugePages() {
    }

    /**
     * A zeroed anonymous folio for a PMD leaf, that belongs to {@code space} alone, with one reference (the future
     * leaf's) and no mapping.
     *
     * @param start first address that the leaf will map
     * @return its first frame, or -ENOMEM: there is no such block
     */
    public static long allocateAnonymous(Mm mm, long start, int scope) {
        MemoryCore memory = mm.memory();
        long head = memory.blocks().allocate(ORDER, scope);
        if (head < 0) {
            return head;
        }
        Words.fill(memory.frameAddress(head), Geometry.levelBytes(Geometry.PMD), (byte) 0);
        long record = memory.recordAddress(head);
        // Opaque for the reason that UserPages gives; published by the release store of the leaf.
        Words.setLongOpaque(record + PageLayout.MAPPING, MappingWord.of(mm.id(), MappingWord.ANON));
        Words.setLongOpaque(record + PageLayout.INDEX, start >>> Geometry.PAGE_SHIFT);
        long _ = PageFlags.set(record, PageFlags.ANON_EXCLUSIVE | PageFlags.SWAPBACKED | PageFlags.UPTODATE);
        return head;
    }

    /**
     * Whether an entry above PTE level holds a reference and an entire mapping of a folio: a leaf, invalidated or not,
     * but neither of device memory nor of the huge zero page.
     */
    public static boolean isCounted(MemoryCore memory, long leaf) {
        boolean isLeaf = Entry.isHuge(leaf) || Entry.isInvalidated(leaf);
        return isLeaf && !Entry.isDevmap(leaf) && !Entry.isSpecial(leaf) && !isZero(memory, leaf);
    }

    /** Whether the leaf maps the huge zero page. */
    public static boolean isZero(MemoryCore memory, long leaf) {
        return Entry.pfn(leaf) == memory.hugeZero().pfn() && !Entry.isDevmap(leaf);
    }

    /** Un-counts an entire mapping and drops its reference; the flush is over. */
    public static void dropMapping(MemoryCore memory, long head, FreeBatch freed) {
        int _ = PageRefs.removeEntireMapping(memory.recordAddress(head));
        UserPages.put(memory, head, freed);
    }
}
