package io.pinfold.jcstress.explore;

import io.pinfold.jcstress.explore.scenario.Scenario;
import io.pinfold.jcstress.explore.search.Limits;
import io.pinfold.jcstress.explore.search.Replay;
import io.pinfold.jcstress.explore.search.Result;
import io.pinfold.jcstress.explore.search.Schedule;
import io.pinfold.jcstress.explore.search.Search;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A builder of searches, for tests and the command: {@code Explore.scenario(s).mode(Mode.TSO).bound(2).run()}. By
 * default it is every schedule under sequential consistency, with all pruning.
 */
public final class Explore {
    /** The preemption bound of an incomplete search: bugs that need more preemptions are rare. */
    public static final int FALL_BACK_BOUND = 3;
    private static final long SEED = 0x5EED;

    private final Scenario scenario;
    private Mode mode = Mode.SC;
    private Limits limits = Limits.ALL;

    private Explore(Scenario scenario) {
        this.scenario = scenario;
    }

    public static Explore scenario(Scenario scenario) {
        return new Explore(scenario);
    }

    /** Uses this memory. */
    public Explore mode(Mode memory) {
        mode = memory;
        return this;
    }

    /** Limits the preemptions of a run. */
    public Explore bound(int preemptions) {
        limits = limits.withBound(preemptions);
        return this;
    }

    /** Limits the number of runs. */
    public Explore runs(long most) {
        limits = limits.withRuns(most);
        return this;
    }

    /** Limits the time. */
    public Explore seconds(double most) {
        limits = limits.withNanos((long) (most * TimeUnit.SECONDS.toNanos(1)));
        return this;
    }

    /** Limits the steps of a run: a run of more steps is a livelock. */
    public Explore steps(int most) {
        limits = limits.withSteps(most);
        return this;
    }

    /** Turns all pruning off, as the reference for the pruned search. */
    public Explore naive() {
        limits = limits.withPruning(false, false, false);
        return this;
    }

    /** Turns pruning on. */
    public Explore pruned() {
        limits = limits.withPruning(true, true, true);
        return this;
    }

    /** Ends the search with the first violation. */
    public Explore first() {
        limits = limits.stoppingAtFirst(true);
        return this;
    }

    /** Runs the search. */
    public Result run() {
        try (Search search = new Search(scenario, mode, limits)) {
            return search.run();
        }
    }

    /** Runs the search; if it is incomplete, searches runs with few preemptions, and then makes some random runs. */
    public List<Result> runOrFallBack() {
        List<Result> results = new ArrayList<>();
        results.add(run());
        if (!results.getFirst().complete() && !limits.stopsFor(results.getLast()) && limits.bound() < 0) {
            try (Search search = new Search(scenario, mode, limits.withBound(FALL_BACK_BOUND))) {
                results.add(search.run());
            }
            if (!limits.stopsFor(results.getLast())) {
                try (Search search = new Search(scenario, mode, limits.withNanos(limits.nanos() / 4))) {
                    results.add(search.runAtRandom(SEED));
                }
            }
        }
        return results;
    }

    /** Repeats a run. */
    public Replay replay(Schedule schedule) {
        try (Search search = new Search(scenario, mode, limits)) {
            return search.replay(schedule);
        }
    }
}
