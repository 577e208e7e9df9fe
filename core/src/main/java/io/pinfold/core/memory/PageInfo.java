package io.pinfold.core.memory;

import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.page.RecordText;
import io.pinfold.core.words.Words;

/**
 * What a page record said at one moment ("dump_page"). The fields are read one after the other, so they need not fit
 * together while others work on the page.
 *
 * @param pfn frame number
 * @param type what the frame is used for, a number; {@link #typeName} has it in words
 * @param flags page flags, a bit each; {@link #toString} has their names
 * @param head pfn of the folio's head; {@code pfn} itself unless it is a tail
 * @param order order of the folio or free block this frame is the head of; 0 for a tail
 * @param refCount reference count of this record (0 in a tail)
 * @param pinCount exact pins (large head), else 0
 * @param mapCount number of entries that map this page alone
 * @param entireMapCount number of leaves that map the whole large folio this is the head of, else 0
 * @param generation how often the frame has been freed, unsigned
 * @param mapping what the page belongs to, an id with tags, 0 for nothing; of a table: id of the address space.
 *        {@link #toString} spells it out
 * @param index offset in the mapping; of a table: base address
 */
public record PageInfo(long pfn, int type, long flags, long head, int order, int refCount, int pinCount, int mapCount,
        int entireMapCount, int generation, long mapping, long index) {

    /** Reads the record of {@code pfn}, which is in range and cannot be unmapped meanwhile. */
    static PageInfo read(long recordBase, long pfn) {
        long record = PageLayout.record(recordBase, pfn);
        long flags = Words.getLongVolatile(record + PageLayout.FLAGS);
        int type = PageType.ofFlags(flags);
        long compound = Compound.of(record);
        boolean tail = Compound.isTail(compound);
        boolean isBuddy = type == PageType.BUDDY;
        int order;
        if (isBuddy) {
            order = (int) Words.getLongOpaque(record + PageLayout.BUDDY_ORDER);
        } else {
            order = tail ? 0 : Compound.orderOf(compound);
        }
        boolean isTable = type == PageType.TABLE;
        return new PageInfo(pfn, type, flags & ~PageType.MASK, tail ? Compound.headOf(compound) : pfn, order,
                PageRefs.refCount(record), Compound.isLargeHead(compound) ? PageRefs.pinCount(record) : 0,
                isTable ? 0 : PageRefs.mapCount(record),
                Compound.isLargeHead(compound) ? PageRefs.entireMapCount(record) : 0, PageRefs.generation(record),
                isBuddy ? 0 : Words.getLongOpaque(record + PageLayout.MAPPING),
                isBuddy ? 0 : Words.getLongOpaque(record + PageLayout.INDEX));
    }

    /**
     * {@return what the frame is used for: NEVER_USED, BUDDY (the first of a free block), FREE_BODY (another one of a
     * free block), USER (allocated), TABLE (a page table), DEVICE, RESERVED, PENDING (about to be freed), WAITING
     * (freed, and readers in a scope may read it still), or RETIRED (never used again)}
     */
    public String typeName() {
        return PageType.nameOf(type);
    }

    /** {@return whether the frame is the head of a folio, or alone} */
    public boolean isHead() {
        return head == pfn;
    }

    /** {@return pages of the folio or free block this frame is the head of; 1 for a tail} */
    public long pages() {
        return 1L << order;
    }

    /**
     * Whether the page may be pinned: exact for a large head, from 1024 references on for order 0.
     * Kernel: page_maybe_dma_pinned().
     *
     * @return whether it may be; false for a tail
     */
    public boolean maybePinned() {
        return order > 0 ? pinCount > 0 : Integer.compareUnsigned(refCount, PageRefs.PIN_BIAS) >= 0;
    }

    /** {@return all of it in words, for messages} */
    @Override
    public String toString() {
        return RecordText.of(pfn, type, flags, head, order, refCount, pinCount, mapCount, entireMapCount, generation,
                mapping, index);
    }
}
