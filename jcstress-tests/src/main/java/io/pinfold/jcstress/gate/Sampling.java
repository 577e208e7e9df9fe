package io.pinfold.jcstress.gate;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs tests of shipping code, one after the other, until each has the samples it is to have. A run of jcstress takes two minutes
 * at most and is written down at once, so that it may be interrupted and taken up again. The first run of a test takes
 * ten seconds and says how fast it is; from then on there is an estimate of the end.
 */
public final class Sampling {
    /** One run of jcstress. */
    @FunctionalInterface
    public interface Runner {
        /** Runs a test for some seconds: what it observed, null if it did not run. */
        @Nullable
        Tally run(String test, int seconds) throws IOException, InterruptedException;
    }

    private static final String ROW = "%-34s %15s %15s  %s";
    /** Seconds that starting jcstress takes, probing the JVM included. */
    private static final int START_SECONDS = 9;

    private final Accumulation accumulation;
    private final PrintStream out;
    private final Runner runner;
    private final Map<String, Double> rates = new HashMap<>();
    private final Map<String, Integer> rounds = new HashMap<>();

    public Sampling(Accumulation accumulation, PrintStream out, Runner runner) {
        this.accumulation = accumulation;
        this.out = out;
        this.runner = runner;
    }

    /** True when all of the tests have their samples, and none of them went wrong. */
    public boolean reach(Collection<String> tests, long samples) throws IOException, InterruptedException {
        List<String> failed = new ArrayList<>();
        out.println(ROW.formatted("test", "have", "goal", "of all, still to go"));
        for (Goals.Goal first : accumulation.goals(tests, samples)) {
            Goals.Goal goal = first;
            print(goal, tests, samples);
            while (!goal.isReached() && !failed.contains(goal.test())) {
                if (!round(goal)) {
                    failed.add(goal.test());
                }
                goal = now(goal, tests, samples);
                print(goal, tests, samples);
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

    private void print(Goals.Goal goal, Collection<String> tests, long samples) throws IOException {
        out.println(ROW.formatted(Verdict.shortName(goal.test()), count(goal.have()), count(goal.goal()),
                rest(accumulation.goals(tests, samples))));
    }

    /** Of all tests together; those that have not run yet are taken for as fast as the others on average. */
    private String rest(List<Goals.Goal> goals) {
        if (rates.isEmpty()) {
            return "";
        }
        double usual = rates.values().stream().mapToDouble(rate -> rate).average().orElse(1);
        double seconds = 0;
        for (Goals.Goal goal : goals) {
            double sampling = goal.secondsAt(rates.getOrDefault(goal.test(), usual));
            seconds += sampling + Math.ceil(sampling / Goals.MAX_ROUND) * START_SECONDS;
        }
        Duration left = Duration.ofSeconds((long) seconds);
        return "%d:%02d:%02d".formatted(left.toHours(), left.toMinutesPart(), left.toSecondsPart());
    }

    private static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
