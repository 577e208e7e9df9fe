package io.pinfold.jcstress.gate;

import io.pinfold.hwmodel.cli.Progress;
import io.pinfold.hwmodel.process.ChildProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs race tests and decides whether the result is evidence.
 *
 * <p>jcstress alone is not enough as a gate: it exits 0 when no test matched, it does not check whether the actors ever
 * met, and it accepts a weakened model without a broken outcome. This class runs it in a child process, reads its
 * binary results and demands that
 * <ul>
 * <li>exactly the tests that are asked for ran, and every race has a model, a weakened model and shipping code;
 * <li>no {@code Model} and no {@code Real...} showed a forbidden outcome, and no actor threw;
 * <li>every {@code Broken...} showed the outcome it was weakened for;
 * <li>in every {@code Real...} both sides met: outcomes that only an interleaving can produce were seen.
 * </ul>
 *
 * <p>A run leaves {@code jcstress-gate.properties} in the folder of its place ({@code jcstress}: tests run,
 * {@code brokenCaught}: weakened models caught) and jcstress's own report in {@code jcstress-gate/report}.
 */
public final class RaceGate {
    /** Limit of one run of jcstress, which its own options end long before. */
    private static final Duration LIMIT = Duration.ofDays(2);
    private static final String RESULT = "jcstress-gate.properties";
    private static final String LOG = "console.log";

    private final Place place;
    private final @Nullable Accumulation accumulation;
    private final PrintWriter out;
    private final Progress progress;

    /**
     * Makes a gate.
     *
     * @param accumulation receives the samples; null to drop them
     */
    public RaceGate(Place place, @Nullable Accumulation accumulation, PrintWriter out, Progress progress) {
        this.place = place;
        this.accumulation = accumulation;
        this.out = out;
        this.progress = progress;
    }

    /**
     * Runs tests for some minutes.
     *
     * @param all      all tests that exist
     * @param expected the tests to run
     * @param isTold   whether to print progress and findings
     */
    public Verdict run(SortedSet<String> all, SortedSet<String> expected, Budget budget, boolean isTold)
            throws IOException, InterruptedException {
        Files.createDirectories(place.folder());
        // The properties of an earlier run must not pass for the result of this one.
        Files.deleteIfExists(place.folder().resolve(RESULT));
        Path work = place.emptied("jcstress-gate");
        progress.say("race gate: " + expected.size() + " tests, about " + budget.minutes() + " min, log in "
                + work.resolve(LOG));
        long start = System.nanoTime();
        List<String> command = new ArrayList<>(budget.options(expected.size()));
        if (!expected.equals(all)) {
            command.addAll(List.of("-t", pattern(expected)));
        }
        int exit = jcstress(command, work, new ConsoleLog(work.resolve(LOG), progress));
        Verdict verdict = Verdict.of(all, expected, ResultFile.read(work));
        if (exit != 0 && verdict.green()) {
            verdict = verdict.withProblem("jcstress exited with " + exit + ", see its log");
        }
        progress.hide();
        if (accumulation != null) {
            accumulation.add(ResultFile.read(work).values());
        }
        Files.writeString(place.folder().resolve(RESULT),
                "jcstress=" + verdict.run() + "\nbrokenCaught=" + verdict.brokenCaught() + "\n");
        if (isTold) {
            print(verdict, expected.size(), Duration.ofNanos(System.nanoTime() - start));
        }
        return verdict;
    }

    private void print(Verdict verdict, int expected, Duration time) {
        verdict.table().forEach(out::println);
        verdict.problems().forEach(problem -> out.println("race gate: " + problem));
        out.println("race gate: " + (verdict.green() ? "green" : "RED") + ", " + verdict.run() + " of " + expected
                + " tests run, " + verdict.brokenCaught() + " weakened models caught, " + time.toSeconds() + " s");
        out.flush();
    }

    /**
     * Runs the tests of shipping code until each has its samples; the samples of each run of jcstress are saved at
     * once.
     *
     * @return whether all have them, and none failed
     */
    public boolean sample(SortedSet<String> tests, long samples) throws IOException, InterruptedException {
        if (accumulation == null) {
            throw new IllegalStateException("no totals file");
        }
        if (!accumulation.isWelcome()) {
            return false;
        }
        return new Sampling(accumulation, out, progress, (test, seconds) -> {
            Path work = place.emptied("jcstress-samples");
            List<String> command = new ArrayList<>(Budget.optionsForSeconds(seconds));
            command.addAll(List.of("-t", pattern(List.of(test))));
            int _ = jcstress(command, work, () -> {
            }); // the tally holds the failure
            return ResultFile.read(work).get(test);
        }).reach(tests, samples);
    }

    private static String pattern(Collection<String> tests) {
        return tests.stream().map(test -> test.replace(".", "\\.") + "$").collect(Collectors.joining("|", "^(", ")"));
    }

    private int jcstress(List<String> options, Path work, Runnable look) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", place.classPath(), "org.openjdk.jcstress.Main"));
        command.addAll(options);
        return ChildProcess.run(new ProcessBuilder(command).directory(work.toFile()).redirectErrorStream(true)
                .redirectOutput(work.resolve(LOG).toFile()), LIMIT, look).exit();
    }
}
