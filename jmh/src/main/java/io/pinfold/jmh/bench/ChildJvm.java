package io.pinfold.jmh.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs a group in a JVM of its own, the same JVM with the same class path as this one. */
final class ChildJvm {
    private static final long MOST_SECONDS = 300;
    private static final List<String> OPTIONS = List.of("--enable-native-access=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

    private ChildJvm() {
    }

    /** The figures of a group; for rows that did not come, why. */
    static List<Figure> run(Group group, int rounds, long seed) throws InterruptedException {
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

    private static String run(Group group, int rounds, long seed, List<Figure> figures)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), BenchChild.class.getName(), group.name(),
                String.valueOf(rounds), String.valueOf(seed)));
        Path errors = Files.createTempFile("pinfold-bench", ".err");
        try {
            Process child = new ProcessBuilder(command).redirectError(errors.toFile()).start();
            Thread end = new Thread(child::destroy);
            Runtime.getRuntime().addShutdownHook(end); // Ctrl-C ends the child, too
            try (InputStream output = child.getInputStream();
                    BufferedReader lines = new BufferedReader(
                            new java.io.InputStreamReader(output, StandardCharsets.UTF_8))) {
                child.getOutputStream().close();
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    Optional<Figure> figure = Figure.parse(line);
                    figure.ifPresent(figures::add);
                }
                if (!child.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                    return "its JVM did not end within " + MOST_SECONDS + " s";
                }
            } finally {
                child.destroy();
                Runtime.getRuntime().removeShutdownHook(end);
            }
            return "its JVM ended with " + child.exitValue() + ": " + cause(errors);
        } finally {
            Files.deleteIfExists(errors);
        }
    }

    /** The line of a stack trace that says what happened. */
    private static String cause(Path errors) throws IOException {
        List<String> lines = Files.readAllLines(errors);
        return lines.stream().filter(line -> line.startsWith("Exception in ") || line.startsWith("Caused by: "))
                .reduce((before, last) -> last).orElse(lines.isEmpty() ? "it said nothing" : lines.getLast());
    }
}
