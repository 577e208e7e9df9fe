package io.pinfold.core.mm.fault;

import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;

/**
 * The test whether an anonymous page belongs to one mapping alone, so that a store goes to the page itself (do_wp_page,
 * hugetlb_wp). It is the one rule for small pages, leaves and reserved huge pages.
 *
 * <p>A page whose exclusive flag is set belongs to its mapping and is never copied, so a pin on it stays the mapped
 * page. Without the flag the page is re-used only if its reference count, not its mapping count, shows that no other
 * reference is left. A passing reference of a walker leads to a copy and nothing worse. Linux 6.1 tests the mapping
 * count of hugetlb pages. There a reader that only holds a reference so reads what the other process writes later
 * [R15, I9].
 *
 * <pre>
 * CLAIM1 take the folio lock, if it is free
 * CLAIM2 is the count exactly that of this mapping? volatile load; after FREE1 of the last other holder
 * CLAIM3 mapping word and index, then the exclusive flag
 * </pre>
 */
public final class Ownership {
    /** More references than this on a page that is not exclusive: others are certain, so the page is not locked. */
    private static final int REUSE_REFERENCES_MAX = 3;

    private Ownership() {
    }

    /**
     * Whether a page that one entry maps belongs to its mapping alone. If the count shows it now, the page is marked
     * exclusive. The count is that of the whole folio: of a large one, this entry must be the only one left.
     *
     * @param record  of the page whose exclusive flag counts
     * @param head    record of the head of its folio
     * @param mapping the folio's mapping word if the page is the mapping's alone
     * @param index   the folio's index in that case
     */
    public static boolean isOurs(long record, long head, long mapping, long index) {
        if (PageFlags.test(record, PageFlags.ANON_EXCLUSIVE)) {
            return true;
        }
        if (PageRefs.refCount(head) > REUSE_REFERENCES_MAX || !PageFlags.tryLock(head)) { // CLAIM1
            return false;
        }
        boolean isAlone = claim(record, head, 1, mapping, index);
        PageFlags.unlock(head);
        return isAlone;
    }

    /**
     * Marks the page exclusive if the folio has exactly {@code references}; the folio lock is held. As {@link #isOurs}.
     */
    static boolean claim(long record, long head, int references, long mapping, long index) {
        boolean isAlone = PageRefs.refCount(head) == references; // CLAIM2 -> FREE1
        if (isAlone) { // CLAIM3
            Words.setLongVolatile(head + PageLayout.MAPPING, mapping);
            Words.setLongVolatile(head + PageLayout.INDEX, index);
            long _ = PageFlags.set(record, PageFlags.ANON_EXCLUSIVE);
        }
        return isAlone;
    }
}
