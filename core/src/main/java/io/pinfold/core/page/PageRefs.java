package io.pinfold.core.page;

import io.pinfold.core.words.Words;

/**
 * The reference primitives over one record (of a head; tails have no counts). The kernel's rules: 0 means free or
 * frozen, and a speculative add never leaves 0; negative means overflowed, and every grab refuses.
 *
 * <p>Pins of an order-0 page are counted in the reference count, {@value #PIN_BIAS} each; a large folio counts
 * references and, exactly, pins.
 *
 * <p><b>Ordering.</b> Additions, subtractions, freeze and speculative add are volatile read-modify-writes (full on both
 * sides: they are one half of several store-buffering shapes, see Grab). {@link #unfreeze} and {@link #setCount} are
 * release stores that publish what was written to the record before; a thread that adds a reference afterwards has
 * acquired it.
 *
 * <pre>
 * Freezer, the only holder
 * FREEZE1 count: expected -&gt; 0, volatile CAS; lost: another reference is held
 * FREEZE2 work on the page: no grab succeeds
 * FREEZE3 store the count, release
 * </pre>
 */
public final class PageRefs {
    /** The amount that one pin of an order-0 page adds to its reference count ("GUP_PIN_COUNTING_BIAS"). */
    public static final int PIN_BIAS = 1024;

    private PageRefs() {
    }

    /** The reference count; volatile. */
    public static int refCount(long record) {
        return Words.getIntVolatile(record + PageLayout.REFCOUNT);
    }

    /** The exact pins of a large folio's head; volatile. Without meaning for order 0. */
    public static int pinCount(long record) {
        return Words.getIntVolatile(record + PageLayout.PINCOUNT);
    }

    /** Adds {@code n} for a caller that already holds a reference. */
    public static void add(long record, int n) {
        int _ = Words.getAndAddInt(record + PageLayout.REFCOUNT, n);
    }

    /**
     * One more reference for a caller that already holds one ("get_page"). Asserts that the count is not 0 and not
     * within 127 below, where a plain get can only be a mistake.
     */
    public static void getPage(long record) {
        int found = Words.getAndAddInt(record + PageLayout.REFCOUNT, 1);
        assert Integer.compareUnsigned(found + 127, 127) > 0 : "get_page on a count of " + found;
    }

    /** One more reference unless the count is 0 or negative ("try_get_page"): an overflow guard, not speculative. */
    public static boolean tryGetPage(long record) {
        long address = record + PageLayout.REFCOUNT;
        int count = Words.getIntVolatile(address);
        while (count > 0) {
            int found = Words.compareAndExchangeInt(address, count, count + 1);
            if (found == count) {
                return true;
            }
            count = found;
        }
        return false;
    }

    /**
     * Subtracts {@code n}; true if that was the last of it, and then the caller frees the folio. After a false the
     * caller may not touch the record or the frame again through the references that it gave up.
     */
    public static boolean subAndTest(long record, int n) {
        return Words.getAndAddInt(record + PageLayout.REFCOUNT, -n) == n; // FREE1 -> GRAB2, GRAB3
    }

    /** Takes the count from exactly {@code expected} to 0, or changes nothing ("folio_ref_freeze"). */
    public static boolean freeze(long record, int expected) {
        return Words.compareAndSetInt(record + PageLayout.REFCOUNT, expected, 0); // FREEZE1 -> GRAB3
    }

    /** Ends a freeze with {@code count} references; release ("folio_ref_unfreeze"). Only the freezer may. */
    public static void unfreeze(long record, int count) {
        Words.setIntRelease(record + PageLayout.REFCOUNT, count); // FREEZE3 -> GRAB3
    }

    /** Publishes a fresh record with {@code count} references; release, after all other fields are written. */
    public static void setCount(long record, int count) {
        Words.setIntRelease(record + PageLayout.REFCOUNT, count);
    }

    /** Adds exact pins to a large folio's head; the caller has added its references first. */
    public static void addPinCount(long record, int n) {
        int _ = Words.getAndAddInt(record + PageLayout.PINCOUNT, n);
    }

    /** Takes exact pins off a large folio's head, before the references; returns what is left. */
    public static int subPinCount(long record, int n) {
        return Words.getAndAddInt(record + PageLayout.PINCOUNT, -n) - n;
    }

    /** The pfn of the folio's head: {@code pfn} itself unless it is a tail. Reliable only while a reference is held. */
    public static long headPfn(long recordBase, long pfn) {
        long compound = Compound.of(PageLayout.record(recordBase, pfn));
        return Compound.isTail(compound) ? Compound.headOf(compound) : pfn;
    }

    /**
     * Whether the page may be pinned ("folio_maybe_dma_pinned"): exact for a large folio; for order 0 true from
     * {@value #PIN_BIAS} references on, compared unsigned so that an overflowed count reads as pinned. Never false
     * while a pin is held, except for the zero page, whose pins are not counted.
     */
    public static boolean maybePinned(long recordBase, long pfn) {
        long head = PageLayout.record(recordBase, headPfn(recordBase, pfn));
        if (Compound.isLargeHead(Compound.of(head))) {
            return pinCount(head) > 0;
        }
        return Integer.compareUnsigned(refCount(head), PIN_BIAS) >= 0;
    }

    /** Number of page-table entries that map the page; volatile. */
    public static int mapCount(long record) {
        return Words.getIntVolatile(record + PageLayout.MAPCOUNT);
    }

    /** One more entry maps the page. */
    public static void addMapping(long record) {
        int _ = Words.getAndAddInt(record + PageLayout.MAPCOUNT, 1);
    }

    /** One entry less maps the page; returns how many are left. Comes before the reference of that entry is dropped. */
    public static int removeMapping(long record) {
        return Words.getAndAddInt(record + PageLayout.MAPCOUNT, -1) - 1;
    }

    /** How often the large folio with this head is mapped as a whole; volatile. */
    public static int entireMapCount(long headRecord) {
        return Words.getIntVolatile(headRecord + PageLayout.BYTES + PageLayout.ENTIRE_MAPCOUNT);
    }

    /** One more leaf maps the large folio as a whole. */
    public static void addEntireMapping(long headRecord) {
        int _ = Words.getAndAddInt(headRecord + PageLayout.BYTES + PageLayout.ENTIRE_MAPCOUNT, 1);
    }

    /** One leaf less; returns how many are left. Comes before the reference of that leaf is dropped. */
    public static int removeEntireMapping(long headRecord) {
        return Words.getAndAddInt(headRecord + PageLayout.BYTES + PageLayout.ENTIRE_MAPCOUNT, -1) - 1;
    }

    /** How often the frame has been freed; volatile, unsigned. */
    public static int generation(long record) {
        return Words.getIntVolatile(record + PageLayout.GENERATION);
    }

    /** {@link #generation}; opaque. For a reader behind its fence. */
    public static int generationOpaque(long record) {
        return Words.getIntOpaque(record + PageLayout.GENERATION);
    }
}
