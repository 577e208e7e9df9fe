package io.pinfold.core.internal;

/**
 * What the audits of memory check, clause by clause: the one list of it. A clause says what holds; a finding about it
 * begins with its id.
 *
 * <p>A condition that stands for two things is two clauses, so that no half of it can be lost unseen:
 * {@code AuditClausesTest} fails for a clause without a planted corruption, and for a corruption that other clauses
 * report.
 *
 * <p>References are bounded here, not yet accounted for: a folio has at least those of its mappings and pins, mappings
 * are those of the page tables, and a pagemap has those of its pages. Clauses that compare a count with all its holders
 * (mappings, objects, batches, handles, devices) get a prefix of their own, and their audit the same
 * {@link AuditReport}.
 */
public enum AuditClause {

    // ---- the free lists of a zone --------------------------------------------------------------------------------

    ZONE1("BAD_FREE_LIST", "a free list stays in its zone"),
    ZONE2("BAD_FREE_LIST", "a free list ends"),
    ZONE3("BAD_FREE_BLOCK", "what is on a free list is a free block"),
    ZONE4("BAD_FREE_BLOCK", "a free block is on a list of its order"),
    ZONE5("BAD_FREE_BLOCK", "a free block is aligned to its order"),
    ZONE6("BAD_FREE_LIST", "a free block leads back to the one before it"),
    ZONE7("BAD_FREE_LIST", "a free list is as long as it says"),
    ZONE8("BAD_FREE_LIST", "a free frame is in one free block"),
    ZONE9("BAD_FREE_BLOCK", "a free frame is on a list of its pageblock's type"),

    // ---- each frame of a free block ------------------------------------------------------------------------------

    ZONE10("FREE_AND_REFERENCED", "a free frame has no references"),
    ZONE11("FREE_AND_REFERENCED", "a free frame has no mappings"),
    ZONE12("FREE_AND_REFERENCED", "a free frame has no pins"),
    ZONE13("FREE_AND_REFERENCED", "a free frame is no part of a folio"),
    ZONE14("BAD_FREE_BLOCK", "a free frame that was never used, behind the first of its block, is typed so"),
    ZONE15("BAD_FREE_BLOCK", "a free frame that was used, behind the first of its block, is typed so"),
    ZONE16("GENERATION", "a free frame has a generation left"),

    // ---- each frame below a frontier that is in no free block ----------------------------------------------------

    ZONE17("BAD_FREE_BLOCK", "a frame typed as free is in a free block"),
    ZONE18("BAD_TYPE", "a frame of a zone is of a type that RAM has"),
    ZONE19("GENERATION", "a frame without a generation left is retired"),
    ZONE20("GENERATION", "a retired frame has no generation left"),
    ZONE21("BAD_TYPE", "a user page is in no pageblock for tables"),
    ZONE22("BAD_TYPE", "a table is in a pageblock for tables"),
    ZONE23("BAD_COUNT", "a table has one reference"),
    ZONE24("BAD_TYPE", "no frame behind the zero page is reserved"),
    ZONE25("BAD_TYPE", "a reserved frame has a reference"),
    ZONE26("BAD_COUNT", "a retired frame has no references"),
    ZONE27("LEAKED_PENDING", "no folio waits to be freed"),

    // ---- the folios of users -------------------------------------------------------------------------------------

    ZONE28("BAD_TAIL", "a tail has its head in its zone"),
    ZONE29("BAD_TAIL", "a tail's head is a head"),
    ZONE30("BAD_TAIL", "a tail is behind its head"),
    ZONE31("BAD_TAIL", "a tail is in front of its folio's end"),
    ZONE32("BAD_TAIL", "a tail's head is a user page, or waits to be freed"),
    ZONE33("BAD_TAIL", "a tail has no references of its own"),
    ZONE34("BAD_TAIL", "what is behind a head, up to its folio's end, is a tail of it"),
    ZONE35("BAD_TAIL", "a folio is aligned to its order"),
    ZONE36("BAD_COUNT", "a folio has a reference"),
    ZONE37("BAD_COUNT", "a folio has no pins below 0"),
    ZONE38("BAD_COUNT", "a folio has a reference for each pin"),
    ZONE39("BAD_COUNT", "a folio has no entire mappings below 0"),
    ZONE40("BAD_COUNT", "a folio has a reference for each mapping and each pin"),

    // ---- the numbers of a zone and of the memory -----------------------------------------------------------------

    ZONE41("FREE_COUNT", "a zone knows how many frames are on its lists"),
    ZONE42("FREE_COUNT", "a zone knows how many frames users have"),
    ZONE43("FREE_COUNT", "a zone knows how many tables it has"),
    WAITING1("BAD_COUNT", "a frame that waits for read scopes has no references"),
    WAITING2("FREE_COUNT", "a memory knows how many frames wait for read scopes"),
    PINS1("COUNTERS", "pins acquired less pins released are those that the records hold"),

    // ---- device memory, pagemap by pagemap -----------------------------------------------------------------------

    DEVICE1("BAD_PAGEMAP", "a frame of a pagemap is a device page"),
    DEVICE2("BAD_PAGEMAP", "a frame of a pagemap has the pagemap's id"),
    DEVICE3("BAD_PAGEMAP", "a frame of a pagemap has its head at the pagemap's order"),
    DEVICE4("BAD_PAGEMAP", "a page of a pagemap has the pagemap's order"),
    DEVICE5("BAD_TAIL", "a device tail has no references of its own"),
    DEVICE6("BAD_COUNT", "a page of a live pagemap has a reference"),
    DEVICE7("BAD_COUNT", "a page of a pagemap that goes has no references below 0"),
    DEVICE8("BAD_COUNT", "a device page has no pins below 0"),
    DEVICE9("BAD_COUNT", "a device page has a reference for each pin"),
    DEVICE10("BAD_PAGEMAP", "a live pagemap has a reference for each page, and one"),
    DEVICE11("BAD_PAGEMAP", "a pagemap that goes has a reference for each page that is held, if those hold it"),

    // ---- page tables against records -----------------------------------------------------------------------------

    SPACE1("BAD_TABLE", "a table knows how many of its entries are live"),
    SPACE2("BAD_TABLE", "a table has a deposited table for each leaf that needs one"),
    SPACE3("BAD_TABLE", "no leaf is left invalidated"),
    SPACE4("BAD_MAPCOUNT", "a page knows how many entries map it alone"),
    SPACE5("BAD_MAPCOUNT", "a folio knows how many leaves map it as a whole"),
    SPACE6("BAD_MAPCOUNT", "an entry maps a frame of the memory"),
    SPACE7("BAD_MAPCOUNT", "an entry maps a user page or a device page"),

    // ---- page tables against mappings ----------------------------------------------------------------------------

    SPACE8("BAD_TABLE", "an entry lies in a mapping"),
    SPACE9("BAD_TABLE", "a leaf reaches over no end of its mapping"),
    SPACE10("BAD_TABLE", "an entry permits no write that its mapping does not permit"),
    SPACE11("BAD_TABLE", "an entry permits no access where its mapping permits none"),
    SPACE12("BAD_TABLE", "a page of a user that a private mapping may write to is exclusive"),

    // ---- when everything should be free --------------------------------------------------------------------------

    IDLE1("LEAKED_FRAME", "no user page is left"),
    IDLE2("LEAKED_TABLE", "no page table is left"),
    IDLE3("LEAKED_PAGEMAP", "no pagemap is left");

    private final String kind;
    private final String sentence;

    AuditClause(String kind, String sentence) {
        this.kind = kind;
        this.sentence = sentence;
    }

    /** Name of the kind of its findings: one of {@code MemoryAudit.Kind}, which this package may not name. */
    String kind() {
        return kind;
    }

    /** The text of a finding: id, what should hold but does not, and the values found. */
    String text(Object values) {
        return this + " is broken (" + sentence + "): " + values;
    }

    /** The clause that a finding's text begins with. */
    public static AuditClause of(String text) {
        return valueOf(text.substring(0, text.indexOf(' ')));
    }
}
