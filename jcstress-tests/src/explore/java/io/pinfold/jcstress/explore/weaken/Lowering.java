package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.search.Lens;
import io.pinfold.jcstress.explore.search.Site;
import java.util.List;

/** One site in a weaker mode; everything else stays as it is. */
final class Lowering implements Lens {
    private final AccessSite site;
    private final Op.Mode to;
    private final Places places;

    Lowering(AccessSite site, Op.Mode to, Places places) {
        this.site = site;
        this.to = to;
        this.places = places;
    }

    @Override
    public boolean wants(Op op) {
        return op.kind == site.kind() && op.mode == site.mode();
    }

    @Override
    public void look(Op op, List<Site> sites) {
        if (places.name(sites).equals(site.place())) {
            op.mode = to;
        }
    }

    /** Before it was tried. */
    Fate untried() {
        return new Fate(site.place() + " | " + site.kind(), site.mode().name(), to.name(), "", Mode.VIEW, 0, "");
    }

    /** {@code WalkerSlot.exit#1 | STORE RELEASE->OPAQUE}. */
    @Override
    public String toString() {
        return site + "->" + to;
    }
}
