package io.pinfold.core.memory.zone;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.FrameVersion;
import io.pinfold.core.page.LifeEnd;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;

/**
 * The start and the end of each of a frame's lives, as its record has them.
 *
 * <h2>Protocol: hand out and take back, against a speculative grab</h2>
 *
 * <pre>
 * Allocation                                      Free
 * ALLOC1 block off the free lists (zone lock);    FREE1 count reaches 0: volatile read-modify-write, or a freeze
 *        storeStoreFence                          FREE2 nothing maps or pins it any more, else stop
 * ALLOC2 count is 0: no grab succeeds; write the  FREE3 clear flags, compound, mapping of every frame
 *        compound words, type, mapping ...        FREE4 bump the generation of every frame
 * ALLOC3 store the count, release                 FREE5 block onto the free lists (zone lock)
 * </pre>
 *
 * <p>A walker's grab (see {@code Grab}) changes a count only if it is above 0, so between FREE1 and ALLOC3 the count
 * stays 0 whatever stale walkers do, and ALLOC3 may be a store. A grab that succeeds has read the value of ALLOC3 or a
 * later one, so it has acquired ALLOC2, and through the zone lock FREE3 and FREE4 of the life before: its second look
 * at the compound word and any look at the generation are about the life it holds. The stores of ALLOC2 and FREE3 are
 * release or opaque and not plain, because stale walkers read the compound word at any time.
 *
 * <p>The fence of ALLOC1 is for readers without a reference (VALID5): the zone's lock has acquired FREE4, and the fence
 * keeps what this thread stores to the frame from now on behind that. Without it a reader could find data of the next
 * life, and the generation of the last one afterwards. Frames of tables are never read so, and need none.
 */
public final class FrameLife {
    /**
     * What every entry of a freed table holds: a present, writable, accessed and dirty user mapping of a frame number
     * that no memory has. A walker that reads a freed table by mistake so fails the range check instead of pinning
     * something.
     */
    public static final long TABLE_POISON = 0x000F_FFFF_FFFF_F067L;

    /** What {@link #endUser} returns for a frame that has to wait for readers in a scope. */
    public static final int WAITS = -1;

    private static final long BUSY_FLAGS = PageFlags.LOCKED | PageFlags.WRITEBACK;

    private FrameLife() {
    }

    /**
     * Makes a user folio out of free frames (ALLOC2, ALLOC3); returns how many of them were never handed out before.
     */
    public static long beginUser(long recordBase, long headPfn, int order) {
        return beginUser(recordBase, headPfn, order, 0);
    }

    /**
     * {@link #beginUser(long, long, int)} of one frame for {@code FrameHandles}, whose version is odd.
     *
     * @param flags {@link PageFlags#BY_HANDLE}, and {@link PageFlags#PROTECTED}
     */
    public static long beginByHandle(long recordBase, long pfn, long flags) {
        FrameVersion.beginLife(PageLayout.record(recordBase, pfn)); // ALLOC2 -> VALID1
        return beginUser(recordBase, pfn, 0, flags);
    }

    private static long beginUser(long recordBase, long headPfn, int order, long flags) {
        Words.storeStoreFence(); // ALLOC1 -> VALID5
        long head = PageLayout.record(recordBase, headPfn);
        long fresh = Words.getIntOpaque(head + PageLayout.GENERATION) == 0 ? 1 : 0;
        if (order > 0) {
            fresh += beginTails(recordBase, headPfn, order);
            Words.setLongRelease(head + PageLayout.COMPOUND, Compound.ofHead(order)); // ALLOC2 -> GRAB1, GRAB4
        }
        Words.setLongRelease(head + PageLayout.FLAGS, PageType.toFlags(PageType.USER) | flags);
        PageRefs.setCount(head, 1); // ALLOC3 -> GRAB3
        return fresh;
    }

    private static long beginTails(long recordBase, long headPfn, int order) {
        long fresh = 0;
        long compound = Compound.ofTail(headPfn);
        for (long pfn = headPfn + 1; pfn < headPfn + (1L << order); pfn++) {
            long tail = PageLayout.record(recordBase, pfn);
            fresh += Words.getIntOpaque(tail + PageLayout.GENERATION) == 0 ? 1 : 0;
            Words.setLongRelease(tail + PageLayout.COMPOUND, compound); // ALLOC2 -> GRAB1, GRAB4
            Words.setLongRelease(tail + PageLayout.FLAGS, PageType.toFlags(PageType.USER));
        }
        return fresh;
    }

    /** Makes an empty page table out of a free frame; returns 1 if it was never handed out before, else 0. */
    public static long beginTable(long recordBase, long pfn, long frame, long spaceId, int level, long baseAddress) {
        long record = PageLayout.record(recordBase, pfn);
        Words.fill(frame, Align.PAGE_BYTES, (byte) 0);
        Words.setIntOpaque(record + PageLayout.TABLE_LIVE, level << PageLayout.TABLE_LEVEL_SHIFT);
        Words.setLongOpaque(record + PageLayout.TABLE_SPACE, spaceId);
        Words.setLongOpaque(record + PageLayout.TABLE_BASE, baseAddress);
        Words.setLongRelease(record + PageLayout.FLAGS, PageType.toFlags(PageType.TABLE));
        PageRefs.setCount(record, 1); // ALLOC3
        return Words.getIntOpaque(record + PageLayout.GENERATION) == 0 ? 1 : 0;
    }

    /**
     * Ends the life of a folio whose count is 0 (FREE2 to FREE4); returns how many frames must never be handed out
     * again, or {@link #WAITS}: then readers in a scope may read it until {@link #endWait}.
     *
     * @throws MemoryModelError if it is mapped, pinned or locked; nothing has been changed then
     */
    public static int endUser(long recordBase, long headPfn, int order) {
        long flags = requireUnused(recordBase, headPfn, order); // FREE2
        if ((flags & PageFlags.PROTECTED) != 0) {
            long record = PageLayout.record(recordBase, headPfn);
            Words.setIntOpaque(record + PageLayout.LINK_PREV, 0);
            LifeEnd.writeWaiting(record); // SHIELD2
            return WAITS;
        }
        int retired = 0;
        for (long pfn = headPfn; pfn < headPfn + (1L << order); pfn++) {
            retired += end(PageLayout.record(recordBase, pfn)) ? 1 : 0;
        }
        return retired;
    }

    /** The flags of the head, if nothing holds or maps the folio. */
    private static long requireUnused(long recordBase, long headPfn, int order) {
        long head = PageLayout.record(recordBase, headPfn);
        int pins = PageRefs.pinCount(head);
        if (pins != 0) {
            throw new MemoryModelError("frame " + headPfn + " of order " + order + " is freed with " + pins + " pins");
        }
        if (order > 0) {
            int entire = Words.getIntVolatile(PageLayout.record(recordBase, headPfn + 1) + PageLayout.ENTIRE_MAPCOUNT);
            if (entire != 0) {
                throw new MemoryModelError("folio " + headPfn + " of order " + order + " is freed while mapped as a"
                        + " whole " + entire + " times");
            }
        }
        long flagsOfHead = 0;
        for (long pfn = headPfn; pfn < headPfn + (1L << order); pfn++) {
            long record = PageLayout.record(recordBase, pfn);
            int references = PageRefs.refCount(record);
            int mappings = PageRefs.mapCount(record);
            long flags = Words.getLongVolatile(record + PageLayout.FLAGS);
            if (references != 0 || mappings != 0 || (flags & BUSY_FLAGS) != 0) {
                throw new MemoryModelError("frame " + pfn + " of the folio at " + headPfn + " is freed with "
                        + references + " references, " + mappings + " mappings, flags 0x" + Long.toHexString(flags));
            }
            flagsOfHead = pfn == headPfn ? flags : flagsOfHead;
        }
        return flagsOfHead;
    }

    /**
     * Makes a frame free that waited and that no reader in a scope can read any more; true if it must never be handed
     * out again.
     */
    public static boolean endWait(long recordBase, long pfn) {
        long record = PageLayout.record(recordBase, pfn);
        boolean last = PageRefs.generation(record) == LifeEnd.LAST_GENERATION;
        Words.setIntOpaque(record + PageLayout.LINK, 0);
        Words.setLongOpaque(record + PageLayout.WAIT_EPOCH, 0);
        Words.setLongRelease(record + PageLayout.FLAGS,
                PageType.toFlags(last ? PageType.RETIRED : PageType.FREE_BODY));
        return last;
    }

    /** Ends the life of a table that no walker can reach any more; true if the frame must never be handed out again. */
    public static boolean endTable(long recordBase, long pfn, long frame) {
        long record = PageLayout.record(recordBase, pfn);
        int lock = Words.getIntVolatile(record + PageLayout.TABLE_LOCK);
        if (PageType.of(record) != PageType.TABLE || lock != 0 || !PageRefs.freeze(record, 1)) {
            throw new MemoryModelError("frame " + pfn + " is freed as a table but is "
                    + PageType.nameOf(PageType.of(record)) + " with " + PageRefs.refCount(record)
                    + " references, lock word " + lock);
        }
        for (long word = frame; word < frame + Align.PAGE_BYTES; word += Long.BYTES) {
            Words.setLongOpaque(word, TABLE_POISON); // a walker that still reads the table fails the range check
        }
        return end(record);
    }

    /** FREE3 and FREE4 for one frame; true if its generations are used up. */
    private static boolean end(long record) {
        Words.setIntOpaque(record + PageLayout.LINK, 0);
        Words.setIntOpaque(record + PageLayout.LINK_PREV, 0);
        return LifeEnd.write(record);
    }
}
