package io.pinfold.jcstress.gate;

import io.pinfold.hwmodel.cli.AlignedTable;
import io.pinfold.hwmodel.cli.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs tests of shipping code, one after the other, until each has its samples. A run of jcstress takes two minutes at
 * most and is saved at once, so that sampling may be interrupted and resumed. The first run of a test takes ten seconds
 * and shows its rate.
 */
public final class Sampling {
    /** One run of jcstress. */
    @FunctionalInterface
    public interface Runner {
        /** Runs a test for some seconds; returns its tally, null if it did not run. */
        @Nullable
        Tally run(String test, int seconds) throws IOException, InterruptedException;
    }

    private static final AlignedTable TABLE = new AlignedTable().left("test", 34).right("have", 14).right("goal", 14);

    private final Accumulation accumulation;
    private final PrintWriter out;
    private final Progress progress;
    private final Runner runner;
    private final Map<String, Double> rates = new HashMap<>();
    private final Map<String, Integer> rounds = new HashMap<>();

    public Sampling(Accumulation accumulation, PrintWriter out, Progress progress, Runner runner) {
        this.accumulation = accumulation;
        this.out = out;
        this.progress = progress;
        this.runner = runner;
    }

    /** True when all of the tests have their samples, and none of them failed. */
    public boolean reach(Collection<String> tests, long samples) throws IOException, InterruptedException {
        List<String> failed = new ArrayList<>();
        out.println(TABLE.heading());
        List<Goals.Goal> goals = accumulation.goals(tests, samples);
        long missing = missing(goals);
        progress.restart(missing);
        for (Goals.Goal first : goals) {
            Goals.Goal goal = first;
            print(goal);
            while (!goal.isReached() && !failed.contains(goal.test())) {
                if (!round(goal)) {
                    failed.add(goal.test());
                }
                goal = now(goal, tests, samples);
                print(goal);
                progress.at(missing - missing(accumulation.goals(tests, samples)), Verdict.shortName(goal.test()));
            }
        }
        failed.forEach(test -> out.println("samples: " + test + " went wrong, nothing of that run was added"));
        out.println("samples: " + (failed.isEmpty() ? "reached" : "FAILED"));
        return failed.isEmpty();
    }

    private boolean round(Goals.Goal goal) throws IOException, InterruptedException {
        int before = rounds.merge(goal.test(), 1, Integer::sum) - 1;
        int seconds = Goals.round(goal, rates.getOrDefault(goal.test(), 0.0), before);
        Tally tally = runner.run(goal.test(), seconds);
        if (tally == null || !tally.problems().isEmpty()) {
            out.println(goal.test() + ": " + (tally == null ? "did not run" : tally.problems()));
            return false;
        }
        rates.put(goal.test(), (double) tally.samples() / seconds);
        accumulation.add(List.of(tally));
        return true;
    }

    private Goals.Goal now(Goals.Goal goal, Collection<String> tests, long samples) throws IOException {
        return accumulation.goals(tests, samples).stream().filter(other -> other.test().equals(goal.test())).findFirst()
                .orElseThrow();
    }

    private static long missing(List<Goals.Goal> goals) {
        return goals.stream().mapToLong(goal -> Math.max(0, goal.goal() - goal.have())).sum();
    }

    private void print(Goals.Goal goal) {
        progress.hide();
        out.println(TABLE.line(Verdict.shortName(goal.test()), count(goal.have()), count(goal.goal())));
        out.flush();
    }

    private static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
