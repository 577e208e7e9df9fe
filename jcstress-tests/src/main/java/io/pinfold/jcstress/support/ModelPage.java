package io.pinfold.jcstress.support;

/**
 * The words that most models of a pin share: an entry that maps a page, and the page's count with one reference of that
 * mapping. They lie on lines of their own.
 */
public abstract class ModelPage {
    /** What a pin adds to the count. */
    protected static final long BIAS = 1024;

    /** What maps the page. */
    protected final long entry = Cells.claim();
    /** References of the page. */
    protected final long count = entry + Cells.LINE;
    /** Whether the walker has pinned the page, and keeps it. */
    protected boolean pinned;

    /** A page whose entry no step reads. */
    protected ModelPage() {
        this(0);
    }

    /** A page with this in its entry, on which nothing but the mapping has a reference. */
    protected ModelPage(long mapped) {
        Cells.set(entry, mapped);
        Cells.set(count, 1);
    }

    /** Whether the mapping's reference and that of a pin are all there are. */
    protected String balance() {
        return Balance.of(Cells.getVolatile(count) - 1 - (pinned ? BIAS : 0));
    }
}
