package io.pinfold.jcstress.mutants;

import io.pinfold.jcstress.gate.ResultFile;
import io.pinfold.jcstress.gate.Tally;
import io.pinfold.jcstress.mutants.Outcome.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs the checkers in child JVMs, on changed classes or, for the baseline, on the shipping ones. */
final class Checks {

    private static final List<String> EXPLORE_JVM = List.of("--add-opens", "java.base/java.lang=ALL-UNNAMED",
            "-Djdk.trackAllThreads=false", "-XX:+UseSerialGC");
    private static final List<String> TEST_JVM = List.of("-ea", "-Xmx1g");
    private static final String RACE_JVM = "--enable-native-access=ALL-UNNAMED";
    private static final String RACES = "io.pinfold.jcstress.";
    private static final String VIOLATION = "VIOLATION of ";
    private static final String GREEN = "GREEN ";
    private static final int EXPLORE_RUNS = 2_000_000;
    /** Seconds after which a test class counts as hanging, in addition to ten times its time in the baseline. */
    private static final int HANG_SECONDS = 15;
    private static final int HANG_FACTOR = 10;
    private static final int BASELINE_SECONDS = 3600;

    private final Project project;
    private final MutantFile data;
    /** By test class with its package; empty until the baseline is through. */
    private volatile Map<String, Integer> hangSeconds = Map.of();

    Checks(Project project, MutantFile data) {
        this.project = project;
        this.data = data;
    }

    /**
     * Runs the checks of one checker for a mutant, until the first kill.
     *
     * @param work    the mutant's folder
     * @param changed the folder of its classes
     */
    Outcome run(Checker checker, Mutant mutant, Path work, Path changed) throws IOException, InterruptedException {
        List<String> checks = mutant.checks().getOrDefault(checker, List.of());
        Outcome outcome = switch (checker) {
            case EXPLORER -> explorer(checks, work, List.of(changed), checker.seconds);
            case JCSTRESS -> jcstress(checks, work, List.of(changed), checker.seconds);
            case RANDOM -> tests("random", checks, work, List.of(changed), checker.seconds);
            case UNIT -> unit(mutant, checks, work, changed);
        };
        if (outcome.kind() == Kind.NOTHING || outcome.kind() == Kind.ERROR) {
            return outcome;
        }
        return switch (Child.loaded(work, checker.label(), mutant.classes(), changed)) {
            case CHANGED -> outcome;
            case NONE -> outcome.isKill() ? new Outcome(Kind.ERROR, outcome.seconds(),
                    "red without the changed class: " + outcome.by()) : Outcome.nothing();
            case SHIPPING -> new Outcome(Kind.ERROR, outcome.seconds(), "a shipping class was loaded instead");
        };
    }

    /**
     * Runs the checks on the shipping code.
     *
     * @param checks the checks; for the unit tests all classes
     */
    Outcome baseline(Checker checker, List<String> checks, Path work) throws IOException, InterruptedException {
        return switch (checker) {
            case EXPLORER -> explorer(checks, work, List.of(), BASELINE_SECONDS);
            case JCSTRESS -> jcstress(checks, work, List.of(), BASELINE_SECONDS);
            case RANDOM, UNIT -> tests(checker.label(), checks, work, List.of(), BASELINE_SECONDS);
        };
    }

    /**
     * Sets the time that each test class may take on a mutant, from its time in the baseline on this machine. It must
     * be well below the time of all classes together, else a class that hangs takes that up and counts as green.
     *
     * @param work where the logs of the baseline are
     */
    void learnHangs(Path work) throws IOException {
        Map<String, Integer> learnt = new HashMap<>();
        try (Stream<Path> logs = Files.list(work)) {
            for (Path log : logs.filter(file -> file.toString().endsWith(".log")).toList()) {
                for (String line : Files.readAllLines(log)) {
                    if (line.startsWith(GREEN)) {
                        double seconds = Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
                        learnt.put(line.substring(GREEN.length(), line.indexOf(',')),
                                HANG_SECONDS + (int) (HANG_FACTOR * seconds));
                    }
                }
            }
        }
        hangSeconds = learnt;
    }

    private Outcome explorer(List<String> scenarios, Path work, List<Path> changed, double limit)
            throws IOException, InterruptedException {
        List<Path> classPath = new ArrayList<>(changed);
        classPath.addAll(project.explorer());
        double spent = 0;
        for (int i = 0; i < scenarios.size() && spent < limit; i++) {
            String[] words = scenarios.get(i).split(" ", -1);
            Child child = Child.run(work, "explorer-" + i, work, classPath, EXPLORE_JVM,
                    List.of("io.pinfold.hwmodel.cli.Main", "explore", words[0], "--mode", words[1], "--bound",
                            words[2], "--cap", Integer.toString(EXPLORE_RUNS), "--first"),
                    limit - spent);
            spent += child.seconds();
            // a defect of the explorer ends with 1, too
            if (child.output().stream().anyMatch(line -> line.startsWith(VIOLATION + words[0] + " "))) {
                return new Outcome(Kind.KILLED, spent, scenarios.get(i));
            }
            if (child.exit() != 0 && !child.isTimeout()) {
                return new Outcome(Kind.ERROR, spent, scenarios.get(i) + ": " + last(child.output()));
            }
            if (child.isTimeout() && changed.isEmpty()) {
                return new Outcome(Kind.ERROR, spent, scenarios.get(i) + " does not end");
            }
        }
        return scenarios.isEmpty() ? Outcome.nothing() : new Outcome(Kind.SURVIVED, spent, "");
    }

    private Outcome jcstress(List<String> races, Path work, List<Path> changed, double limit)
            throws IOException, InterruptedException {
        if (races.isEmpty()) {
            return Outcome.nothing();
        }
        List<Path> classPath = new ArrayList<>(changed);
        classPath.add(project.raceTests());
        Path folder = Files.createDirectories(work.resolve("jcstress"));
        String pattern = races.stream().map(race -> (RACES + race).replace(".", "\\."))
                .collect(Collectors.joining("|", "^(", ")$"));
        Child child = Child.run(work, "jcstress", folder, classPath, List.of(),
                List.of("org.openjdk.jcstress.Main", "-t", pattern, "-m", "quick", "-sc", "false", "-f", "1", "-fsm",
                        "1", "-iters", "2", "-time", "1000", "-strideSize", "2", "-strideCount", "512", "-jvmArgs",
                        RACE_JVM, "-r", "report"),
                changed.isEmpty() ? limit : limit + 4 * races.size());
        List<String> seen = new ArrayList<>();
        int ran = 0;
        for (Tally tally : ResultFile.read(folder).values()) {
            ran++;
            if (!tally.troubles().isEmpty() || tally.broken() > 0) {
                seen.add(tally.test().substring(RACES.length()) + ": " + String.join("; ", tally.troubles()));
            }
        }
        if (!seen.isEmpty()) {
            return new Outcome(Kind.KILLED, child.seconds(), shortened(seen.getFirst()));
        }
        if (child.isTimeout()) {
            return new Outcome(changed.isEmpty() ? Kind.ERROR : Kind.KILLED, child.seconds(), "does not end");
        }
        return ran == races.size() ? new Outcome(Kind.SURVIVED, child.seconds(), "")
                : new Outcome(Kind.ERROR, child.seconds(), ran + " of " + races.size() + " tests ran");
    }

    private Outcome unit(Mutant mutant, List<String> first, Path work, Path changed)
            throws IOException, InterruptedException {
        Outcome mapped = tests("unit", first, work, List.of(changed), Checker.UNIT.seconds);
        if (mapped.isKill() || mapped.kind() == Kind.ERROR) {
            return mapped;
        }
        List<String> rest = new ArrayList<>();
        for (String module : Project.MODULES.subList(mutant.firstModule(), Project.MODULES.size())) {
            rest.addAll(unitTests(module)); // modules before it do not use the changed class
        }
        rest.removeAll(first);
        Outcome others = tests("unit-rest", rest, work, List.of(changed), Checker.UNIT.seconds);
        return new Outcome(others.kind(), mapped.seconds() + others.seconds(), others.by());
    }

    /** All unit tests that can notice a mutant. */
    List<String> allUnitTests() throws IOException {
        List<String> all = new ArrayList<>();
        for (String module : Project.MODULES) {
            all.addAll(unitTests(module));
        }
        return all;
    }

    private List<String> unitTests(String module) throws IOException {
        List<String> tests = new ArrayList<>(project.unitTests(module));
        tests.removeAll(data.random());
        tests.removeAll(data.leftOut());
        return tests;
    }

    /** Runs test classes in a JVM for each module, in the folder where Surefire would run them. */
    private Outcome tests(String name, List<String> tests, Path work, List<Path> changed, double limit)
            throws IOException, InterruptedException {
        List<Path> classPath = new ArrayList<>(changed);
        classPath.addAll(project.tests());
        double spent = 0;
        for (String module : Project.MODULES) {
            List<String> own = tests.stream().filter(test -> project.moduleOf(test).orElse("").equals(module)).toList();
            if (own.isEmpty() || spent >= limit) {
                continue;
            }
            List<String> program = new ArrayList<>(List.of("io.pinfold.jcstress.mutants.TestClasses"));
            for (String test : own) {
                String testClass = "io.pinfold." + test;
                program.add(testClass + '=' + hangSeconds.getOrDefault(testClass, BASELINE_SECONDS));
            }
            Child child = Child.run(work, name + "-" + module, project.folder(module), classPath, TEST_JVM, program,
                    limit - spent);
            spent += child.seconds();
            String verdict = child.output().stream()
                    .filter(line -> line.startsWith("FAILED ") || line.startsWith("HANGS ")).findFirst()
                    .orElse("");
            if (!verdict.isEmpty()) {
                return new Outcome(Kind.KILLED, spent, shortened(verdict.replace("io.pinfold.", "")));
            }
            if (child.exit() != 0 && !child.isTimeout()) {
                return new Outcome(child.exit() == 134 || child.exit() == 139 ? Kind.KILLED : Kind.ERROR, spent,
                        "exit " + child.exit() + ": " + last(child.output()));
            }
        }
        return tests.isEmpty() ? Outcome.nothing() : new Outcome(Kind.SURVIVED, spent, "");
    }

    private static String last(List<String> lines) {
        return lines.isEmpty() ? "no output" : shortened(lines.getLast());
    }

    private static String shortened(String text) {
        String line = text.lines().findFirst().orElse("").strip();
        return line.length() > 160 ? line.substring(0, 157) + "..." : line;
    }
}
