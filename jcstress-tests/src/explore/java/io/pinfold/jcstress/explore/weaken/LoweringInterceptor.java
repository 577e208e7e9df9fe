package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.search.AccessInterceptor;
import io.pinfold.jcstress.explore.search.Site;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The interceptor of all searches of one scenario: it records the sites of accesses until {@link #lower} is called, and
 * from then on lowers the given ones.
 */
final class LoweringInterceptor implements AccessInterceptor {
    private final PlaceNames placeNames;
    private final SortedSet<AccessSite> reached = new TreeSet<>();
    private final SortedSet<AccessSite> shared = new TreeSet<>();
    private List<Lowering> lowered = List.of();
    private boolean isApart;

    LoweringInterceptor(PlaceNames placeNames) {
        this.placeNames = placeNames;
    }

    /** Lowers these sites from now on, all at once, and stops recording. */
    void lower(List<Lowering> next) {
        lowered = List.copyOf(next);
    }

    /** The sites of all accesses except plain and racy ones and fills. */
    List<AccessSite> reached() {
        return List.copyOf(reached);
    }

    /** The sites of accesses to words that strands share. */
    List<AccessSite> shared() {
        return List.copyOf(shared);
    }

    @Override
    public boolean selects(Op op) {
        isApart = false;
        if (lowered.isEmpty()) {
            return op.kind != Op.Kind.FILL && op.mode != Op.Mode.PLAIN && op.mode != Op.Mode.RACY;
        }
        for (Lowering each : lowered) {
            if (each.matches(op)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void intercept(Op op, List<Site> sites) {
        if (lowered.isEmpty()) {
            note(op, sites, reached);
        }
        for (Lowering each : lowered) {
            if (each.matches(op) && each.isAt(sites)) {
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
    public void sharedAccess(Op op, List<Site> sites) {
        if (lowered.isEmpty()) {
            note(op, sites, shared);
        }
    }

    private void note(Op op, List<Site> sites, SortedSet<AccessSite> into) {
        String place = placeNames.name(sites);
        if (!place.isEmpty()) {
            into.add(new AccessSite(place, op.kind, op.mode));
        }
    }
}
