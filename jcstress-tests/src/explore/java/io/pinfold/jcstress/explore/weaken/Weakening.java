package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.scenario.Scenario;
import io.pinfold.jcstress.explore.search.Lens;
import io.pinfold.jcstress.explore.search.Limits;
import io.pinfold.jcstress.explore.search.Result;
import io.pinfold.jcstress.explore.search.Search;
import io.pinfold.jcstress.explore.search.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lowers every access of core and fastpath that scenarios reach by one mode, one at a time, until a scenario breaks. The memory is that of views,
 * which shows what buffers show and more, with the race check.
 */
public final class Weakening {
    private final List<Scenario> scenarios;
    private final Limits limits;
    private final Places places = new Places();

    /**
     * Prepares.
     *
     * @param limits of each search; a lowering survives when no search within them breaks
     */
    public Weakening(List<Scenario> scenarios, Limits limits) {
        this.scenarios = List.copyOf(scenarios);
        this.limits = limits.stoppingAtFirst(true);
    }

    /**
     * What became of one lowering.
     *
     * @param name site and modes: {@code WalkerSlot.exit+0 | STORE RELEASE->OPAQUE}
     * @param scenario whose search broke, or the empty string
     * @param how the violation, or the empty string
     */
    public record Fate(String name, String scenario, String how) {

        public boolean survives() {
            return scenario.isEmpty();
        }
    }

    /** Tries all lowerings in all scenarios that come by, until one breaks; tells each kill at once. */
    public List<Fate> all(Consumer<Fate> kill) {
        SortedMap<String, Fate> fates = new TreeMap<>();
        for (Scenario scenario : scenarios) {
            Through through = new Through(places);
            try (Search search = new Search(scenario, Mode.VIEW, limits, through)) {
                Result unchanged = search.run();
                if (unchanged.violation() != null) {
                    throw new IllegalStateException(
                            scenario.name() + " breaks as it is: " + unchanged.violation().message());
                }
                for (AccessSite site : List.copyOf(through.met.keySet())) {
                    for (Op.Mode to : site.weaker()) {
                        Lowering lowering = new Lowering(site, to, places);
                        Fate before = fates.get(lowering.toString());
                        if (before == null || before.survives()) {
                            through.lowering = lowering;
                            Fate fate = fate(search.run(), lowering, scenario);
                            fates.put(fate.name(), fate);
                            if (!fate.survives()) {
                                kill.accept(fate);
                            }
                        }
                    }
                }
            }
        }
        return List.copyOf(fates.values());
    }

    private static Fate fate(Result result, Lowering lowering, Scenario scenario) {
        if (result.violation() == null) {
            return new Fate(lowering.toString(), "", "");
        }
        return new Fate(lowering.toString(), scenario.name(), result.violation().message());
    }

    /** The lens of all searches of one scenario: notes where shared words are accessed at first, then lowers. */
    private static final class Through implements Lens {
        final Places places;
        final SortedMap<AccessSite, Boolean> met = new TreeMap<>();
        @Nullable
        Lowering lowering;

        Through(Places places) {
            this.places = places;
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
            }
        }

        @Override
        public void shared(Op op, List<Site> sites) {
            if (lowering == null) {
                String place = places.name(sites);
                if (!place.isEmpty()) {
                    met.put(new AccessSite(place, op.kind, op.mode), true);
                }
            }
        }
    }
}
