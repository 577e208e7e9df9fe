package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.Op;
import java.util.List;

/** Looks at the accesses of strands before they are made, and may put them in another mode: what would go wrong if it were weaker? */
public interface Lens {

    /** Whether such an access is looked at; asked of every one, so that finding out where it stands is paid for by few. */
    boolean wants(Op op);

    /** Is shown an access that it wants and where it stands, innermost first; it may lower the mode. */
    void look(Op op, List<Site> sites);

    /** Whether the read-modify-write that it was just shown shall be a volatile load and, if that found what it wants, a store in the mode that is set. */
    default boolean splits() {
        return false;
    }

    /** Is told that an access that it was shown is to a word that strands share. */
    default void shared(Op op, List<Site> sites) {
    }
}
