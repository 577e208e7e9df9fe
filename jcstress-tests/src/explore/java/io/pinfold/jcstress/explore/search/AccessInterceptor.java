package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.Op;
import java.util.List;

/**
 * A hook of a search: it gets the accesses of strands before they are made and may lower their modes, which shows the
 * effect of a weaker mode.
 */
public interface AccessInterceptor {

    /**
     * Whether {@link #intercept} gets such an access. This is asked for every access, because finding its site costs
     * time.
     */
    boolean selects(Op op);

    /** Receives a selected access and its call sites, innermost first; may lower the mode. */
    void intercept(Op op, List<Site> sites);

    /**
     * Whether the last received read-modify-write is made as two accesses: a volatile load and, unless a
     * compare-and-swap fails by it, a store in the current mode.
     */
    default boolean splits() {
        return false;
    }

    /** Called when the last received access is to a word that strands share. */
    default void sharedAccess(Op op, List<Site> sites) {
    }
}
