package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import io.pinfold.hwmodel.process.ChildTimeoutException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs groups, each in a child JVM of the same JDK as this one.
 *
 * @param classPath of those JVMs
 */
record ChildJvm(String classPath) {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final List<String> OPTIONS = List.of("--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    /** Uses the class path of this JVM. */
    static ChildJvm likeThis() {
        return new ChildJvm(System.getProperty("java.class.path"));
    }

    /** The figures of a group; a row without a figure gets one that holds the reason. */
    List<Figure> run(Group group, int rounds, long seed) throws InterruptedException {
        List<Figure> figures = new ArrayList<>();
        String why;
        try {
            why = run(group, rounds, seed, figures);
        } catch (IOException e) {
            why = "its JVM could not be run: " + e.getMessage();
        }
        for (String id : group.ids()) {
            if (figures.stream().noneMatch(figure -> figure.id().equals(id))) {
                figures.add(Figure.notMeasured(id, why));
            }
        }
        return figures;
    }

    private String run(Group group, int rounds, long seed, List<Figure> figures)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.addAll(List.of("-cp", classPath, BenchChild.class.getName(), group.name(), String.valueOf(rounds),
                String.valueOf(seed)));
        Ended ended;
        try {
            ended = ChildProcess.run(new ProcessBuilder(command), LIMIT);
        } catch (ChildTimeoutException e) {
            add(figures, e.output());
            throw e;
        }
        add(figures, ended.output());
        return "its JVM ended with " + ended.exit() + ": " + cause(ended.errors());
    }

    private static void add(List<Figure> figures, String output) {
        output.lines().forEach(line -> Figure.parse(line).ifPresent(figures::add));
    }

    /** The line of a stack trace that names the exception. */
    private static String cause(String errors) {
        List<String> lines = errors.lines().toList();
        return lines.stream().filter(line -> line.startsWith("Exception in ") || line.startsWith("Caused by: "))
                .reduce((before, last) -> last).orElse(lines.isEmpty() ? "no output" : lines.getLast());
    }
}
