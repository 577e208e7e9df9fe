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
 * Lowers every access of core and fastpath that scenarios reach, one at a time, until a scenario breaks. The memory is
 * that of views with the race check, which shows all outcomes of buffers and more. A number of runs ends a search,
 * never the time, so the result is the same on every machine.
 */
public final class Weakening {
    /** The limits of the searches that {@link Survivors} is about. */
    public static final Limits LIMITS = Limits.ALL.withBound(2).withRuns(300);

    private final List<Scenario> scenarios;
    private final Limits limits;
    private final PlaceNames placeNames = new PlaceNames();
    private final SortedMap<String, LoweringResult> results = new TreeMap<>();
    private final SortedSet<AccessSite> reached = new TreeSet<>();
    private final SortedSet<AccessSite> shared = new TreeSet<>();

    /**
     * Makes a weakening.
     *
     * @param limits of each search; a lowering survives when no search within them breaks
     */
    public Weakening(List<Scenario> scenarios, Limits limits) {
        this.scenarios = List.copyOf(scenarios);
        this.limits = limits.stoppingAtFirst(true);
    }

    /**
     * Tries each lowering by one mode in all scenarios that reach it, until one breaks; then makes the extra searches.
     *
     * @param kill receives each kill at once
     * @param step receives the scenario when one of the {@link #steps} is done
     */
    public List<LoweringResult> all(Consumer<LoweringResult> kill, Consumer<String> step) {
        for (Scenario scenario : scenarios) {
            lowerAll(scenario, kill);
            step.accept(scenario.name());
        }
        for (ExtraSearch extra : extraSearches()) {
            searchExtra(extra, kill);
            step.accept(extra.scenario());
        }
        return List.copyOf(results.values());
    }

    /** The number of scenarios and extra searches. */
    public int steps() {
        return scenarios.size() + extraSearches().size();
    }

    private List<ExtraSearch> extraSearches() {
        Set<String> names = scenarios.stream().map(Scenario::name).collect(Collectors.toSet());
        return ExtraSearch.list().stream().filter(extra -> names.contains(extra.scenario())).toList();
    }

    /** The number of accesses that are reached, but in no scenario at a shared word. */
    public int unshared() {
        SortedSet<AccessSite> rest = new TreeSet<>(reached);
        rest.removeAll(shared);
        return rest.size();
    }

    private void lowerAll(Scenario scenario, Consumer<LoweringResult> kill) {
        LoweringInterceptor interceptor = new LoweringInterceptor(placeNames);
        try (Search search = new Search(scenario, Mode.VIEW, limits, interceptor)) {
            checkUnchanged(search.run());
            reached.addAll(interceptor.reached());
            shared.addAll(interceptor.shared());
            for (AccessSite site : interceptor.shared()) {
                for (Op.Mode to : site.weaker()) {
                    List<Lowering> lowered = List.of(new Lowering(site, to, placeNames));
                    LoweringResult before = before(lowered);
                    if (before.survives()) {
                        interceptor.lower(lowered);
                        settle(before, search.run(), kill);
                    }
                }
            }
        }
    }

    private void searchExtra(ExtraSearch extra, Consumer<LoweringResult> kill) {
        Limits more = limits.withBound(extra.bound()).withRuns(extra.runs());
        List<Lowering> lowered = extra.steps().stream()
                .map(step -> new Lowering(sharedSite(step.access()), step.to(), placeNames)).toList();
        Scenario scenario = scenarios.stream().filter(each -> each.name().equals(extra.scenario())).findAny()
                .orElseThrow();
        LoweringResult before = before(lowered);
        if (before.survives()) {
            LoweringInterceptor interceptor = new LoweringInterceptor(placeNames);
            interceptor.lower(lowered);
            try (Search search = new Search(scenario, extra.mode(), more, interceptor)) {
                settle(before, search.run(), kill);
            }
        }
    }

    private AccessSite sharedSite(String access) {
        return shared.stream().filter(each -> each.toString().equals(access)).findAny().orElseThrow(
                () -> new IllegalStateException("extra-searches.txt: in no scenario strands share " + access));
    }

    private LoweringResult before(List<Lowering> lowered) {
        LoweringResult untried = Lowering.untried(lowered);
        return results.getOrDefault(untried.name(), untried);
    }

    private static void checkUnchanged(Result unchanged) {
        Violation violation = unchanged.violation();
        if (violation != null) {
            throw new IllegalStateException(unchanged.scenario() + " breaks as it is: " + violation.message());
        }
    }

    private void settle(LoweringResult before, Result result, Consumer<LoweringResult> kill) {
        Violation violation = result.violation();
        LoweringResult after = violation == null ? before.after(result.runs())
                : before.killed(result.scenario(), result.mode(), result.runs(), violation.message());
        results.put(after.name(), after);
        if (!after.survives()) {
            kill.accept(after);
        }
    }
}
