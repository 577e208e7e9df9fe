package io.pinfold.core.page;

import io.pinfold.core.words.Words;

/** A page record as one line of text, for messages (dump_page). */
public final class RecordText {
    private RecordText() {
    }

    /** Reads the record of {@code pfn}, which is in range and cannot be unmapped meanwhile. */
    public static String read(long recordBase, long pfn) {
        long record = PageLayout.record(recordBase, pfn);
        long flags = Words.getLongVolatile(record + PageLayout.FLAGS);
        int type = PageType.ofFlags(flags);
        long compound = Compound.of(record);
        boolean isTail = Compound.isTail(compound);
        boolean isBuddy = type == PageType.BUDDY;
        boolean isLargeHead = Compound.isLargeHead(compound);
        long order = isBuddy ? Words.getLongOpaque(record + PageLayout.BUDDY_ORDER)
                : isTail ? 0 : Compound.orderOf(compound);
        return of(pfn, type, flags & ~PageType.MASK, isTail ? Compound.headOf(compound) : pfn, (int) order,
                PageRefs.refCount(record), isLargeHead ? PageRefs.pinCount(record) : 0,
                type == PageType.TABLE ? 0 : PageRefs.mapCount(record),
                isLargeHead ? PageRefs.entireMapCount(record) : 0, PageRefs.generation(record),
                isBuddy ? 0 : Words.getLongOpaque(record + PageLayout.MAPPING),
                isBuddy ? 0 : Words.getLongOpaque(record + PageLayout.INDEX));
    }

    /** The line for these values; PageInfo describes them. */
    public static String of(long pfn, int type, long flags, long head, int order, int refCount, int pinCount,
            int mapCount, int entireMapCount, int generation, long mapping, long index) {
        return "page " + pfn + ": " + PageType.nameOf(type) + " order " + order
                + (head == pfn ? "" : " tail of " + head)
                + " ref " + refCount + " pin " + pinCount + " map " + mapCount
                + (entireMapCount == 0 ? "" : " entire " + entireMapCount) + " generation "
                + Integer.toUnsignedString(generation) + " flags " + PageFlags.namesOf(flags) + " mapping "
                + (type == PageType.TABLE ? "space " + mapping : MappingWord.describe(mapping)) + " index 0x"
                + Long.toHexString(index);
    }
}
