package io.pinfold.core.mm.slow;

import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;

/**
 * The test that makes read-only pins of anonymous pages reliable. Kernel: gup_must_unshare().
 *
 * <p>If several processes share a page through copy-on-write, the next write of the pinning process copies it, and a
 * read-only pin would stay on the old page. So such a page gets an UNSHARE fault first. Zero pages and pages of objects
 * need no such fault.
 */
public final class Unshare {

    private Unshare() {
    }

    /**
     * The test for a pin without WRITE that met an entry without the write bit.
     *
     * <p>The fast walk tests after its re-check of the entry: code that ends exclusivity clears the entry, then the
     * flag, and brings the entry back last. So a reader that found the entry unchanged reads the flag as it was then,
     * or a later one.
     *
     * @param mapping mapping word of the page's folio
     * @param record  record of the page itself: each page has its own exclusive flag
     * @return true if the page is anonymous and not exclusive
     */
    public static boolean mustUnshare(long mapping, long record) {
        return (mapping & MappingWord.ANON) != 0
                && (Words.getLongVolatile(record + PageLayout.FLAGS) & PageFlags.ANON_EXCLUSIVE) == 0;
    }
}
