package io.pinfold.core.page;

/**
 * The places of the fields of a page record. A record has 64 bytes, starts on a cache line, and belongs to one frame.
 *
 * <pre>
 * off size  order-0 or head      tail                 free block head   page table               zone_device
 *   0  8    flags, type          flags OF_PAGE, type  type BUDDY        type TABLE               type DEVICE
 *   8  4    refcount             0                    0                 1                        &gt;= 1
 *  12  4    pincount (large)     first tail: number   0                 live entries (0..15),    pincount if large
 *                                of entire mappings                     level (16..)
 *  16  8    compound: 0, or      compound: head pfn   0                 0                        as head or tail
 *           order and LARGE      and TAIL
 *  24  8    mapping id, tags     -                    next pfn          mm id                    mapping id
 *  32  8    index                -                    previous pfn      base address; head of a  index
 *                                                                       retired chain: epoch
 *  40  8    private; of frames   the same             order             deposit link             zone_device_data
 *           allocated by handle:
 *           version; of others:
 *           holds by handle, by
 *           kind
 *  48  4    lru next; pending:   -                    -                 retired: next table      pagemap id
 *           next pending pfn                                                                     (8 bytes)
 *  52  4    lru previous         -                    -                 head of a retired chain:
 *                                                                       next chain
 *  56  4    number of mappings   number of mappings   0                 page-table lock          number of mappings
 *  60  4    generation           generation           generation        generation               generation
 * </pre>
 *
 * <p>A record of 64 zero bytes means "never used". The generation is never overlaid. The kernel's mapcount is the
 * number of mappings minus one; here 0 means unmapped, so that a zeroed record needs no set-up.
 */
public final class PageLayout {
    /** log2 of {@link #BYTES}. */
    public static final int SHIFT = 6;
    /** Bytes of a record. */
    public static final int BYTES = 1 << SHIFT;

    /** Page flags ({@link PageFlags} lists which are the folio's) and, in bits 56 to 59, the {@link PageType}; long. */
    public static final int FLAGS = 0;
    /** Reference count; int, negative means overflowed. Of a head; 0 in tails. */
    public static final int REFCOUNT = 8;
    /** Exact number of pins of a large folio, in its head; int. See the overlays for tails and tables. */
    public static final int PINCOUNT = 12;
    /** {@link Compound} word; long. */
    public static final int COMPOUND = 16;
    /** {@link MappingWord}; long. */
    public static final int MAPPING = 24;
    /** Page offset in the mapping; long. */
    public static final int INDEX = 32;
    /** A word for the owner's use; long. */
    public static final int PRIVATE = 40;
    /** Next pfn of the one list the frame is on; int. */
    public static final int LINK = 48;
    /** Previous pfn of that list; int. */
    public static final int LINK_PREV = 52;
    /** Number of page-table entries that map the page; int. */
    public static final int MAPCOUNT = 56;
    /** Overlay in a device page: id of its pagemap; long, in place of the links: a device page is on no list. */
    public static final int PGMAP = LINK;
    /** How often the frame has been freed; int, unsigned. */
    public static final int GENERATION = 60;

    /** Overlay in a free block's head: next block of the list; long. */
    public static final int BUDDY_NEXT = MAPPING;
    /** Overlay in a free block's head: previous block of the list, 0 for the first; long. */
    public static final int BUDDY_PREV = INDEX;
    /** Overlay in a free block's head: order of the block; long. */
    public static final int BUDDY_ORDER = PRIVATE;

    /** Overlay in a page table: live entries in the low 16 bits, level above; int. */
    public static final int TABLE_LIVE = PINCOUNT;
    /** Overlay in a page table: level is in the bits from this one on. */
    public static final int TABLE_LEVEL_SHIFT = 16;
    /** Overlay in a page table: the page-table lock word (0 free, 1 held, 2 held with waiters); int. */
    public static final int TABLE_LOCK = MAPCOUNT;
    /** Overlay in a page table: id of the address space; long. */
    public static final int TABLE_SPACE = MAPPING;
    /** Overlay in a page table: the first address it maps; long. */
    public static final int TABLE_BASE = INDEX;
    /** Overlay in a page table: the next of the tables deposited for leaves, see {@code Deposits}; long. */
    public static final int TABLE_DEPOSIT = PRIVATE;
    /** Overlay in the head of a retired chain of tables: the last epoch whose walks may read them; long. */
    public static final int TABLE_RETIRE_EPOCH = INDEX;

    /**
     * Overlay in a frame that waits for read scopes: minus the last epoch whose scopes may read it, {@link
     * #NO_EPOCH_YET} until there is one; long.
     */
    public static final int WAIT_EPOCH = INDEX;
    /** Stands for an epoch that is yet to come. */
    public static final long NO_EPOCH_YET = Long.MIN_VALUE;

    /**
     * Overlay in a user page that was not allocated by handle: how often it is held by handle, gets in the low half and
     * pins in the high half; long. Of each page of a folio, not of its head alone.
     */
    public static final int HANDLE_HOLDS = PRIVATE;

    /** Overlay in a frame that was allocated by handle: its {@link FrameVersion}; long. */
    public static final int VERSION = PRIVATE;

    /** Overlay in the first tail of a large folio: how often the folio is mapped as a whole; int. */
    public static final int ENTIRE_MAPCOUNT = PINCOUNT;

    private PageLayout() {
    }

    /** Address of the record of {@code pfn}, which is in range. */
    public static long record(long recordBase, long pfn) {
        return recordBase + (pfn << SHIFT);
    }
}
