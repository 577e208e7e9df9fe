package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.search.Site;
import java.util.List;
import java.util.stream.Collectors;

/** One site in a weaker mode, or its read-modify-write {@linkplain #APART apart}; all other accesses are unchanged. */
final class Lowering {
    /** The lowering of a read-modify-write to a volatile load and a volatile store. */
    static final String APART = "APART";

    private final AccessSite site;
    private final String to;
    private final PlaceNames placeNames;

    Lowering(AccessSite site, Op.Mode to, PlaceNames placeNames) {
        this(site, to.name(), placeNames);
    }

    Lowering(AccessSite site, String to, PlaceNames placeNames) {
        this.site = site;
        this.to = to;
        this.placeNames = placeNames;
    }

    boolean matches(Op op) {
        return op.kind == site.kind() && op.mode == site.mode();
    }

    /** Whether the access is at the site. */
    boolean isAt(List<Site> sites) {
        return placeNames.name(sites).equals(site.place());
    }

    boolean isApart() {
        return to.equals(APART);
    }

    void lower(Op op) {
        if (!isApart()) {
            op.mode = Op.Mode.valueOf(to);
        }
    }

    /** The result of lowerings that belong together, before they are tried. */
    static LoweringResult untried(List<Lowering> together) {
        String first = together.stream().limit(together.size() - 1L).map(each -> each + " & ")
                .collect(Collectors.joining());
        Lowering last = together.getLast();
        return new LoweringResult(first + last.site.place() + " | " + last.site.kind(), last.site.mode().name(),
                last.to, "",
                Mode.VIEW, 0, "");
    }

    /** The text of the lowering: {@code SharedSlot.exit#1 | STORE RELEASE->OPAQUE}. */
    @Override
    public String toString() {
        return site + "->" + to;
    }
}
