package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.search.Lens;
import io.pinfold.jcstress.explore.search.Site;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The lens of all searches of one scenario: notes where words are accessed at first, then lowers. */
final class Through implements Lens {
    private final Places places;
    private final SortedSet<AccessSite> reached = new TreeSet<>();
    private final SortedSet<AccessSite> shared = new TreeSet<>();
    private @Nullable Lowering lowering;

    Through(Places places) {
        this.places = places;
    }

    /** From now on this is lowered, and nothing noted. */
    void lower(Lowering next) {
        lowering = next;
    }

    List<AccessSite> reached() {
        return List.copyOf(reached);
    }

    /** Those to words that strands share. */
    List<AccessSite> shared() {
        return List.copyOf(shared);
    }

    @Override
    public boolean wants(Op op) {
        Lowering now = lowering;
        return now != null ? now.wants(op) : op.kind != Op.Kind.FILL && op.mode != Op.Mode.PLAIN;
    }

    @Override
    public void look(Op op, List<Site> sites) {
        Lowering now = lowering;
        if (now != null) {
            now.look(op, sites);
        } else {
            note(op, sites, reached);
        }
    }

    @Override
    public void shared(Op op, List<Site> sites) {
        if (lowering == null) {
            note(op, sites, shared);
        }
    }

    private void note(Op op, List<Site> sites, SortedSet<AccessSite> into) {
        String place = places.name(sites);
        if (!place.isEmpty()) {
            into.add(new AccessSite(place, op.kind, op.mode));
        }
    }
}
