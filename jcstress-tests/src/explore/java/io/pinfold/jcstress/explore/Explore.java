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
 * How tests and the command ask for a search: {@code Explore.scenario(s).mode(Mode.TSO).bound(2).run()}. Without further words it is
 * sequential consistency, every schedule, with all pruning.
 */
public final class Explore {
    /** The preemption bound to fall back to: bugs that need more are rare. */
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

    /** On this memory. */
    public Explore mode(Mode memory) {
        mode = memory;
        return this;
    }

    /** Only runs with at most so many preemptions. */
    public Explore bound(int preemptions) {
        limits = limits.withBound(preemptions);
        return this;
    }

    /** At most so many runs. */
    public Explore runs(long most) {
        limits = limits.withRuns(most);
        return this;
    }

    /** At most so much time. */
    public Explore seconds(double most) {
        limits = limits.withNanos((long) (most * TimeUnit.SECONDS.toNanos(1)));
        return this;
    }

    /** A run of more steps is a livelock. */
    public Explore steps(int most) {
        limits = limits.withSteps(most);
        return this;
    }

    /** Leaves nothing out: what the pruned search is measured by. */
    public Explore naive() {
        limits = limits.withPruning(false, false, false);
        return this;
    }

    /** Leaves out what would show nothing new. */
    public Explore pruned() {
        limits = limits.withPruning(true, true, true);
        return this;
    }

    /** Ends with the first violation. */
    public Explore first() {
        limits = limits.stoppingAtFirst(true);
        return this;
    }

    /** Searches. */
    public Result run() {
        try (Search search = new Search(scenario, mode, limits)) {
            return search.run();
        }
    }

    /** Searches; where not everything could be tried, tries what has few preemptions, and after that some runs by chance. */
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
