package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.Op;
import java.util.List;

/**
 * A hook of a search: it sees the accesses of strands before they are made and may lower their modes, which shows what a
 * weaker mode would break.
 */
public interface AccessInterceptor {

    /**
     * Whether {@link #intercept} is to see such an access. Asked of every access, because finding its site costs time.
     */
    boolean selects(Op op);

    /** Is shown a selected access and where it stands, innermost first; may lower the mode. */
    void intercept(Op op, List<Site> sites);

    /**
     * Whether the read-modify-write shown last is made as two accesses: a volatile load and, if a compare-and-swap does
     * not fail by it, a store in the mode that is set.
     */
    default boolean splits() {
        return false;
    }

    /** Is told that the access shown last is to a word that strands share. */
    default void sharedAccess(Op op, List<Site> sites) {
    }
}
