package io.pinfold.core.mm.hugetlb;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Words;

/** The way of a huge page of hugetlb from the allocator to the page table: one folio that one leaf maps. */
public final class HugetlbPages {
    private static final long ANON_FLAGS = PageFlags.ANON_EXCLUSIVE | PageFlags.UPTODATE;

    private HugetlbPages() {
    }

    /** Whether the allocator has blocks of the size that a leaf at {@code level} maps. */
    public static boolean isPossible(int level) {
        int order = Geometry.leafOrder(level);
        return level < Geometry.LEVELS && (order <= Blocks.MAX_ORDER || order == Blocks.GIGANTIC_ORDER);
    }

    /**
     * A huge page with one reference, its content as found. From ZONE_NORMAL as long as that has one, so that a
     * long-term pin may hold it.
     *
     * @return the frame of its head, or -ENOMEM
     */
    static long allocate(MemoryCore memory, int level, int scope) {
        int order = Geometry.leafOrder(level);
        long head = allocateFrom(memory, order, Blocks.NORMAL);
        return head < 0 && scope != Blocks.NORMAL ? allocateFrom(memory, order, scope) : head;
    }

    private static long allocateFrom(MemoryCore memory, int order, int scope) {
        return order <= Blocks.MAX_ORDER
                ? memory.blocks().allocate(order, scope)
                : memory.blocks().allocateGigantic(scope);
    }

    /**
     * Makes a huge page, which no other thread can reach, a page of zeros of {@code mapping}. Frames in their first
     * life are zero already and stay untouched, so that of a page of 1 GiB only what is used takes memory.
     */
    static void prepare(MemoryCore memory, long head, int level, long mapping, long index, long flags) {
        for (long pfn = head; pfn < head + Geometry.leafPages(level); pfn++) {
            if (PageRefs.generation(memory.recordAddress(pfn)) != 0) {
                Words.fill(memory.frameAddress(pfn), Geometry.PAGE_BYTES, (byte) 0);
            }
        }
        writeMapping(memory, head, mapping, index, flags);
    }

    /** Makes a huge page a copy of another, which the caller holds. */
    private static void prepareCopy(MemoryCore memory, long from, long head, int level, long mapping, long index,
            long flags) {
        for (long i = 0; i < Geometry.leafPages(level); i++) {
            UserPages.copyData(memory, from + i, head + i);
        }
        writeMapping(memory, head, mapping, index, flags);
    }

    /**
     * A private page for {@code start}, with one reference: zeros, or a copy of {@code from} if that is not 0; or
     * -ENOMEM.
     */
    static long allocateOwn(Vma vma, long start, int scope, long from) {
        long head = allocate(vma.mm().memory(), vma.pageLevel(), scope);
        if (head > 0) {
            prepareOwn(vma, start, from, head);
        }
        return head;
    }

    /** Makes {@code head} a private page for {@code start}: zeros, or a copy of {@code from} if that is not 0. */
    static void prepareOwn(Vma vma, long start, long from, long head) {
        MemoryCore memory = vma.mm().memory();
        long mapping = MappingWord.of(vma.mm().id(), MappingWord.ANON | MappingWord.HUGETLB);
        long index = start >>> Geometry.PAGE_SHIFT;
        if (from == 0) {
            prepare(memory, head, vma.pageLevel(), mapping, index, ANON_FLAGS);
        } else {
            prepareCopy(memory, from, head, vma.pageLevel(), mapping, index, ANON_FLAGS);
        }
    }

    private static void writeMapping(MemoryCore memory, long head, long mapping, long index, long flags) {
        long record = memory.recordAddress(head);
        // Opaque for the reason that UserPages gives; published by the release store of the leaf.
        Words.setLongOpaque(record + PageLayout.MAPPING, mapping);
        Words.setLongOpaque(record + PageLayout.INDEX, index);
        long _ = PageFlags.set(record, flags);
    }

    /**
     * Maps the page by a leaf, counted, if nothing is mapped there; its reference becomes the leaf's then.
     *
     * @return {@link VmaOperations#DONE}, {@link VmaOperations#AGAIN} if something is, or -ENOMEM without a table
     */
    static int map(Vma vma, long start, int level, long head, long bits) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long table = PageTables.findOrAllocate(memory, mm.id(), mm.root(), start, level);
        if (table < 0) {
            return table == PageTables.LEAF_ABOVE ? VmaOperations.AGAIN : -Errno.ENOMEM;
        }
        PageTables.lock(memory, table);
        long at = PageTables.entryAddress(memory, table, start, level);
        boolean isFree = Entries.load(at) == Entry.NONE;
        if (isFree) {
            PageRefs.addEntireMapping(memory.recordAddress(head)); // before the leaf that it counts
            PageTables.install(memory, table, at, Entry.makeLeaf(head, bits));
        }
        PageTables.unlock(memory, table);
        return isFree ? VmaOperations.DONE : VmaOperations.AGAIN;
    }
}
