package io.pinfold.core.page;

import io.pinfold.core.words.Words;

/**
 * The type of a frame, kept in bits 56 to 59 of its flags word. Every state but the first is positive, so that
 * untouched memory needs no initialisation.
 *
 * <pre>
 *               frontier hands out a block             allocate
 * NEVER_USED -----------------------------&gt; BUDDY head ----------&gt; USER or TABLE (heads and tails)
 *                                             ^   FREE_BODY              |  count reaches 0
 *                                             |      ^                   v
 *                                             +------+------------- PENDING (on a FreeBatch; tables: retired first)
 *                                             |      ^                   |       |  protected by read scopes
 *                                             +------+-------------------|--- WAITING
 *                                                                        |       |  generation used up
 *                                                                        v
 *                                                                     RETIRED
 * </pre>
 */
public final class PageType {
    /** Never handed out; unless it lies inside a free block the whole record is zero. */
    public static final int NEVER_USED = 0;
    /** First frame of a free block. */
    public static final int BUDDY = 1;
    /** Allocated: user page, head or tail. */
    public static final int USER = 2;
    /** Holds a page table (or another index that walkers read). */
    public static final int TABLE = 3;
    /** Device memory. */
    public static final int DEVICE = 4;
    /** Pfn 0 and the zero page: never free, never freed. */
    public static final int RESERVED = 5;
    /** Its generation is used up: never handed out again. */
    public static final int RETIRED = 6;
    /** Head of a folio whose count is 0 and that waits on a FreeBatch. */
    public static final int PENDING = 7;
    /** Was used before and is free, but is not the first frame of its block. */
    public static final int FREE_BODY = 8;
    /** Freed, and waits for the read scopes in which it may be read still. */
    public static final int WAITING = 9;

    /** Lowest bit of the type in the flags word. */
    public static final int SHIFT = 56;
    /** Bits of the type in the flags word. */
    public static final long MASK = 0xFL << SHIFT;

    private static final String[] NAMES = {"NEVER_USED", "BUDDY", "USER", "TABLE", "DEVICE", "RESERVED", "RETIRED",
            "PENDING", "FREE_BODY", "WAITING"};

    private PageType() {
    }

    /** The type in a flags word. */
    public static int ofFlags(long flags) {
        return (int) ((flags & MASK) >>> SHIFT);
    }

    /** A flags word that holds {@code type} and no page flag. */
    public static long toFlags(int type) {
        return (long) type << SHIFT;
    }

    /** The type of the frame of {@code record}; volatile load. */
    public static int of(long record) {
        return ofFlags(Words.getLongVolatile(record + PageLayout.FLAGS));
    }

    /** Name for messages; also of numbers that are no type. */
    public static String nameOf(int type) {
        return type >= 0 && type < NAMES.length ? NAMES[type] : "type " + type;
    }
}
