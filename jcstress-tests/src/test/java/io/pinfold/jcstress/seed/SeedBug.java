package io.pinfold.jcstress.seed;

/**
 * Bugs of the seed series as far as they concern the walk and its references, by their numbers in the specification;
 * those of B16, features that the series lacked, by the numbers of the mutations that remove them.
 */
enum SeedBug {
    /** A pin of one page is rolled back with put_page. */
    B1,
    /** The head of the grab is not kept: the roll-back derives it anew from the page. */
    B2,
    /** A huge leaf adds the bias once, however many pages it records. */
    B3,
    /** A huge leaf is rolled back by plain references, on the page the request began with; with the grab of B3. */
    B4,
    /** put_compound_head() as the roll-back of every grab, although it does not handle pins. */
    B5,
    /** A failed pin of device pages keeps the reference on the pagemap. */
    B6,
    /** A device page is marked referenced before it is grabbed. */
    B7,
    /** A get of a device page does not check the sign of the count. */
    B14,
    /** The slow path grabs a stable page by the rules of the fast one. */
    B17,
    /** page_dma_pinned() compares signed numbers. */
    B18,
    /** The page is stored in the caller's array before it is grabbed. */
    B20,
    /** B16: the entry of the table is not read again. */
    M02,
    /** B16: the head is not checked again after the grab. */
    M10,
    /** B16: write_protect_seq is not checked. */
    M15,
    /** B16: read-only pins of shared anonymous pages are not refused. */
    M20,
    /** B16: pins of the zero page are counted. */
    M30
}
