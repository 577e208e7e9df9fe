package io.pinfold.jcstress;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.jcstress.gate.Accumulation;
import io.pinfold.jcstress.gate.Budget;
import io.pinfold.jcstress.gate.GateOptions;
import io.pinfold.jcstress.gate.RaceTests;
import io.pinfold.jcstress.gate.Repository;
import io.pinfold.jcstress.gate.ResultFile;
import io.pinfold.jcstress.gate.Sampling;
import io.pinfold.jcstress.gate.Tally;
import io.pinfold.jcstress.gate.Verdict;
import io.pinfold.jcstress.support.TinyGeometry;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs all race tests and says whether the result is evidence.
 *
 * <p>jcstress alone is not enough as a gate: it exits 0 when no test matched, it does not ask whether the actors ever
 * met, and it has no opinion on a weakened model that shows nothing. This program runs it in a child process, reads
 * its binary results and demands that
 * <ul>
 * <li>exactly the tests that exist as classes ran, and every race has a model, a weakened model and shipping code;
 * <li>no {@code Model} and no {@code Real...} showed a forbidden outcome, and no actor threw;
 * <li>every {@code Broken...} showed the outcome it was weakened for;
 * <li>in every {@code Real...} both sides met: outcomes that only an interleaving can produce were seen.
 * </ul>
 *
 * <p>{@code java -cp jcstress.jar io.pinfold.jcstress.Gate [--minutes N] [--tests NAME,...] [--totals FILE]} is such a run;
 * {@code --samples N --totals FILE} runs the tests of shipping code until each has N samples in the file, see {@link Sampling}.
 * Exit code 0 when all holds, 1 when not, 2 on wrong usage. A gate run leaves {@code jcstress-gate.properties} in the working directory ({@code jcstress}: tests run,
 * {@code brokenCaught}: weakened models caught) and jcstress's own report in {@code jcstress-gate/report}.
 */
public final class Gate {
    /** Of one run of jcstress; its own options end it long before. */
    private static final Duration LIMIT = Duration.ofDays(2);
    private static final String RESULT = "jcstress-gate.properties";

    public static void main(String[] args) throws IOException, InterruptedException {
        GateOptions options;
        try {
            options = GateOptions.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.println("usage: java -cp jcstress.jar " + Gate.class.getName() + " " + GateOptions.USAGE);
            System.exit(2);
            return;
        }
        TinyGeometry.require();
        NavigableSet<String> tests = new TreeSet<>();
        RaceTests.in(Gate.class).stream().filter(options::selects).forEach(tests::add);
        Gate gate = new Gate(options, Path.of("").toAbsolutePath(), System.out);
        System.exit((options.samples() > 0 ? gate.sample(tests) : gate.run(tests)) ? 0 : 1);
    }

    private final GateOptions options;
    private final Path directory;
    private final PrintStream out;

    private Gate(GateOptions options, Path directory, PrintStream out) {
        this.options = options;
        this.directory = directory;
        this.out = out;
    }

    private boolean run(SortedSet<String> expected) throws IOException, InterruptedException {
        // A properties file of an earlier run must not pass for the result of this one.
        Files.deleteIfExists(directory.resolve(RESULT));
        Path work = emptied(directory.resolve("jcstress-gate"));
        out.println("race gate: " + expected.size() + " tests, about " + options.minutes() + " min, log in "
                + work.resolve("console.log"));
        long start = System.nanoTime();
        List<String> command = new ArrayList<>(new Budget(options.minutes()).options(expected.size()));
        if (!options.tests().isEmpty()) {
            command.addAll(List.of("-t", pattern(expected)));
        }
        int exit = jcstress(command, work);
        SortedMap<String, Tally> tallies = ResultFile.read(work);
        Verdict verdict = Verdict.of(expected, tallies);
        verdict.table().forEach(out::println);
        List<String> problems = new ArrayList<>(verdict.problems());
        if (exit != 0 && problems.isEmpty()) {
            problems.add("jcstress exited with " + exit + ", see its log");
        }
        problems.forEach(problem -> out.println("race gate: " + problem));
        Path file = options.totals();
        if (file != null) {
            accumulation(file).add(tallies.values());
        }
        out.println("race gate: " + (problems.isEmpty() ? "green" : "RED") + ", " + verdict.run() + " of "
                + expected.size() + " tests run, " + verdict.brokenCaught() + " weakened models caught, "
                + Duration.ofNanos(System.nanoTime() - start).toSeconds() + " s");
        Files.writeString(directory.resolve(RESULT),
                "jcstress=" + verdict.run() + "\nbrokenCaught=" + verdict.brokenCaught() + "\n");
        return problems.isEmpty();
    }

    /** Runs the tests of shipping code until each has its samples; what one run of jcstress brings is written down at once. */
    private boolean sample(SortedSet<String> tests) throws IOException, InterruptedException {
        Path file = options.totals();
        if (file == null) {
            throw new IllegalStateException("no totals file"); // which the options exclude
        }
        Accumulation accumulation = accumulation(file);
        if (!accumulation.isWelcome()) {
            return false;
        }
        return new Sampling(accumulation, out, (test, seconds) -> {
            Path work = emptied(directory.resolve("jcstress-samples"));
            List<String> command = new ArrayList<>(Budget.optionsForSeconds(seconds));
            command.addAll(List.of("-t", pattern(List.of(test))));
            int _ = jcstress(command, work); // what went wrong stands in the tally
            return ResultFile.read(work).get(test);
        }).reach(tests, options.samples());
    }

    private Accumulation accumulation(Path file) throws IOException {
        Path jar = RaceTests.codeSource(Gate.class);
        Path around = jar.toAbsolutePath().getParent();
        return new Accumulation(file, new Repository(around == null ? jar : around), jar, options.allowDirty(), out);
    }

    private static String pattern(Collection<String> tests) {
        return tests.stream().map(test -> test.replace(".", "\\.") + "$").collect(Collectors.joining("|", "^(", ")"));
    }

    private static int jcstress(List<String> options, Path work) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(absoluteClassPath());
        command.add("org.openjdk.jcstress.Main");
        command.addAll(options);
        return ChildProcess.run(new ProcessBuilder(command).directory(work.toFile()).redirectErrorStream(true)
                .redirectOutput(work.resolve("console.log").toFile()), LIMIT).exit();
    }

    /** The class path of this program; the child runs in another directory, so relative entries would not survive. */
    private static String absoluteClassPath() {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    private static Path emptied(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        return Files.createDirectories(directory);
    }
}
