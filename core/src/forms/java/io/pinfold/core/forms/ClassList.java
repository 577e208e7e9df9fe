package io.pinfold.core.forms;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.stream.Stream;

/** The test classes of a folder that a list names: patterns of source files, one a line, as Surefire takes them. */
public final class ClassList {
    private static final Path LISTS = Path.of("..", ".mvn");
    private static final Path OWN = Path.of("target", "test-classes");

    private ClassList() {
    }

    /** The test classes of this module that the file {@code name} in {@code .mvn} lists. */
    public static List<String> of(String name) throws IOException {
        return in(OWN, lines(name), List.of());
    }

    /** The same, less those that {@code without} lists. */
    public static List<String> of(String name, String without) throws IOException {
        return in(OWN, lines(name), lines(without));
    }

    /** The top-level classes in {@code folder} that match a pattern and none of {@code without}, sorted. */
    public static List<String> in(Path folder, List<String> patterns, List<String> without) throws IOException {
        List<PathMatcher> wanted = matchers(patterns);
        List<PathMatcher> unwanted = matchers(without);
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(file -> folder.relativize(file).toString())
                    .filter(file -> file.endsWith(".class") && !file.contains("$"))
                    .map(file -> file.substring(0, file.length() - ".class".length()))
                    .filter(file -> matches(wanted, file) && !matches(unwanted, file))
                    .map(file -> file.replace('/', '.').replace('\\', '.')).sorted().toList();
        }
    }

    private static boolean matches(List<PathMatcher> matchers, String file) {
        Path source = Path.of(file + ".java");
        return matchers.stream().anyMatch(matcher -> matcher.matches(source));
    }

    private static List<PathMatcher> matchers(List<String> patterns) {
        return patterns.stream().map(pattern -> FileSystems.getDefault().getPathMatcher("glob:" + pattern)).toList();
    }

    private static List<String> lines(String name) throws IOException {
        return Files.readAllLines(LISTS.resolve(name)).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    }
}
