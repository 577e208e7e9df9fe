package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.search.Lens;
import io.pinfold.jcstress.explore.search.Site;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The lens of all searches of one scenario: notes where words are accessed at first, then lowers. */
final class Through implements Lens {
    private final Places places;
    private final SortedSet<AccessSite> reached = new TreeSet<>();
    private final SortedSet<AccessSite> shared = new TreeSet<>();
    private List<Lowering> lowered = List.of();
    private boolean isApart;

    Through(Places places) {
        this.places = places;
    }

    /** From now on these are lowered, all at once, and nothing noted. */
    void lower(List<Lowering> next) {
        lowered = List.copyOf(next);
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
        isApart = false;
        if (lowered.isEmpty()) {
            return op.kind != Op.Kind.FILL && op.mode != Op.Mode.PLAIN;
        }
        for (Lowering each : lowered) {
            if (each.wants(op)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void look(Op op, List<Site> sites) {
        if (lowered.isEmpty()) {
            note(op, sites, reached);
        }
        for (Lowering each : lowered) {
            if (each.wants(op) && each.isAt(sites)) {
                each.lower(op);
                isApart = each.isApart();
                return;
            }
        }
    }

    @Override
    public boolean splits() {
        return isApart;
    }

    @Override
    public void shared(Op op, List<Site> sites) {
        if (lowered.isEmpty()) {
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
