package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.scenario.Scenario;
import io.pinfold.jcstress.explore.search.Limits;
import io.pinfold.jcstress.explore.search.Result;
import io.pinfold.jcstress.explore.search.Search;
import io.pinfold.jcstress.explore.search.Violation;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Lowers every access of core and fastpath that scenarios reach, one at a time, until a scenario breaks. The memory is that of views,
 * which shows what buffers show and more, with the race check. What ends a search is a number of runs, never time, so the result is the same
 * everywhere.
 */
public final class Weakening {
    /** Of the searches that {@link Survivors} is about. */
    public static final Limits LIMITS = Limits.ALL.withBound(2).withRuns(300);

    private final List<Scenario> scenarios;
    private final Limits limits;
    private final Places places = new Places();
    private final SortedMap<String, Fate> fates = new TreeMap<>();
    private final SortedSet<AccessSite> reached = new TreeSet<>();
    private final SortedSet<AccessSite> shared = new TreeSet<>();

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
     * Tries all lowerings by one mode in all scenarios that come by, until one breaks; then the searches that are asked for apart.
     *
     * @param kill is told each kill at once
     * @param step is told the scenario when one of the {@link #steps} is done
     */
    public List<Fate> all(Consumer<Fate> kill, Consumer<String> step) {
        for (Scenario scenario : scenarios) {
            lowerAll(scenario, kill);
            step.accept(scenario.name());
        }
        for (Deeper deeper : deeper()) {
            goDeeper(deeper, kill);
            step.accept(deeper.scenario());
        }
        return List.copyOf(fates.values());
    }

    /** How many scenarios, and searches that are asked for apart, there are. */
    public int steps() {
        return scenarios.size() + deeper().size();
    }

    private List<Deeper> deeper() {
        Set<String> names = scenarios.stream().map(Scenario::name).collect(Collectors.toSet());
        return Deeper.list().stream().filter(deeper -> names.contains(deeper.scenario())).toList();
    }

    /** How many accesses are reached, but in no scenario at a word that strands share. */
    public int unshared() {
        SortedSet<AccessSite> rest = new TreeSet<>(reached);
        rest.removeAll(shared);
        return rest.size();
    }

    private void lowerAll(Scenario scenario, Consumer<Fate> kill) {
        Through through = new Through(places);
        try (Search search = new Search(scenario, Mode.VIEW, limits, through)) {
            checkUnchanged(search.run());
            reached.addAll(through.reached());
            shared.addAll(through.shared());
            for (AccessSite site : through.shared()) {
                for (Op.Mode to : site.weaker()) {
                    List<Lowering> lowered = List.of(new Lowering(site, to, places));
                    Fate before = before(lowered);
                    if (before.survives()) {
                        through.lower(lowered);
                        settle(before, search.run(), kill);
                    }
                }
            }
        }
    }

    private void goDeeper(Deeper deeper, Consumer<Fate> kill) {
        Limits more = limits.withBound(deeper.bound()).withRuns(deeper.runs());
        List<Lowering> lowered = deeper.steps().stream()
                .map(step -> new Lowering(sharedSite(step.access()), step.to(), places)).toList();
        Scenario scenario = scenarios.stream().filter(each -> each.name().equals(deeper.scenario())).findAny()
                .orElseThrow();
        Fate before = before(lowered);
        if (before.survives()) {
            Through through = new Through(places);
            through.lower(lowered);
            try (Search search = new Search(scenario, deeper.mode(), more, through)) {
                settle(before, search.run(), kill);
            }
        }
    }

    private AccessSite sharedSite(String access) {
        return shared.stream().filter(each -> each.toString().equals(access)).findAny().orElseThrow(
                () -> new IllegalStateException("deeper.txt: in no scenario strands share " + access));
    }

    private Fate before(List<Lowering> lowered) {
        Fate untried = Lowering.untried(lowered);
        return fates.getOrDefault(untried.name(), untried);
    }

    private static void checkUnchanged(Result unchanged) {
        Violation violation = unchanged.violation();
        if (violation != null) {
            throw new IllegalStateException(unchanged.scenario() + " breaks as it is: " + violation.message());
        }
    }

    private void settle(Fate before, Result result, Consumer<Fate> kill) {
        Violation violation = result.violation();
        Fate after = violation == null ? before.after(result.runs())
                : before.killed(result.scenario(), result.mode(), result.runs(), violation.message());
        fates.put(after.name(), after);
        if (!after.survives()) {
            kill.accept(after);
        }
    }
}
