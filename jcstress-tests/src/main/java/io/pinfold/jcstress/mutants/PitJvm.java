package io.pinfold.jcstress.mutants;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildTimeoutException;
import io.pinfold.jcstress.mutants.mechanical.Pit;
import io.pinfold.jcstress.mutants.mechanical.PitMutant;
import io.pinfold.jcstress.mutants.mechanical.PitReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * PIT as a program, in a JVM of this JDK: inside Maven, whose JVM may be older, it kills nothing and ends as a success.
 * The JVMs that it starts run in the folder where Surefire would run the tests.
 */
final class PitJvm implements Pit {

    private static final String MAIN = "org.pitest.mutationtest.commandline.MutationCoverageReport";
    private static final String BASE = "io.pinfold.";
    /** The property that names the file of the mutants to try; {@code PitFilter} of the tests reads it. */
    private static final String ONLY = "pinfold.pit.only";
    /**
     * Options of the JVMs with mutants. Random tests get the same plan for each mutant. Most of these JVMs live for a
     * second or two: without C2 and with one collector thread they take half the processor time.
     */
    private static final String MUTANT_JVM = "-ea,-Xmx1g,--enable-native-access=ALL-UNNAMED,-Dseed=1"
            + ",-XX:TieredStopAtLevel=1,-XX:+UseSerialGC";
    /** How many mutants one JVM tries after the other, where it may: all of a class in one would keep others idle. */
    private static final int SHARED = 10;
    private static final int SHOWN_LINES = 6;

    private final Project project;
    private final int jobs;

    /** {@code jobs}: how many JVMs side by side. */
    PitJvm(Project project, int jobs) {
        this.project = project;
        this.jobs = jobs;
    }

    @Override
    public List<PitMutant> run(Task task, Duration limit) throws IOException, InterruptedException, TimeoutException {
        Path work = project.emptyWork("pit");
        Path log = work.resolve("pit.log");
        ProcessBuilder builder = new ProcessBuilder(command(task, work))
                .directory(project.folder(task.module()).toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile());
        try {
            if (limit.isNegative() || limit.isZero()) {
                throw new TimeoutException(task.classes() + " with the tests of " + task.module());
            }
            int exit = ChildProcess.run(builder, limit).exit();
            if (exit != 0) {
                throw new IOException("PIT ended with " + exit + ", " + log + ": " + told(log));
            }
        } catch (ChildTimeoutException e) {
            TimeoutException timeout = new TimeoutException(task.classes() + " with the tests of " + task.module());
            timeout.initCause(e);
            throw timeout;
        }
        if (task.only().isEmpty() && hasNothingToChange(log)) {
            return List.of();
        }
        return PitReport.read(work.resolve(PitReport.NAME));
    }

    /** Whether the classes have neither a branch nor a result nor a calculation; PIT writes no report then. */
    private static boolean hasNothingToChange(Path log) throws IOException {
        return Files.readAllLines(log).stream().anyMatch(line -> line.contains("No mutations found"));
    }

    private List<String> command(Task task, Path work) throws IOException {
        List<String> command = new ArrayList<>();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        command.addAll(List.of(java, "-Xmx512m"));
        if (!task.only().isEmpty()) {
            Path only = work.resolve("only.txt");
            Files.write(only, task.only().stream().map(PitMutant::id).toList());
            command.add("-D" + ONLY + "=" + only);
        }
        command.addAll(List.of("-cp", Project.join(project.pit()), MAIN, "--reportDir", work.toString(),
                "--timestampedReports=false", "--outputFormats", "XML", "--sourceDirs",
                project.folder(task.module()).resolve("src/main/java").toString(), "--targetClasses",
                withNested(task.classes()), "--targetTests", withNested(task.tests()), "--jvmPath", java,
                "--jvmArgs=" + MUTANT_JVM, "--threads", Integer.toString(jobs), "--mutationUnitSize",
                Integer.toString(task.isAlone() ? 1 : SHARED), "--failWhenNoMutations=false"));
        return command;
    }

    private static String withNested(List<String> classes) {
        return classes.stream().map(name -> BASE + name + "," + BASE + name + "$*").collect(Collectors.joining(","));
    }

    /** The lines of the log that say why; a test that is red without a mutant is named there. */
    private static String told(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log).stream()
                .filter(line -> line.contains("SEVERE") || line.contains("Exception") || line.contains("did not pass")
                        || line.contains("Description ["))
                .limit(SHOWN_LINES).toList();
        return lines.isEmpty() ? "no reason" : String.join(" | ", lines);
    }
}
