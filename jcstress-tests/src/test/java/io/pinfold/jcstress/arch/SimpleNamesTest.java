package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The simple names of this module's classes, including the explorer's, are unique. Documents, ledgers and mutants name
 * a class without its package, so a second class of that name would be ambiguous.
 */
class SimpleNamesTest {
    private static final String PACKAGE_INFO = "package-info.java";

    @Test
    void noSimpleNameOccursTwice() throws IOException {
        Path main = Path.of("src", "main", "java");
        Path explorer = Path.of("src", "explore", "java");
        assertThat(sources(main)).hasSizeGreaterThan(50);
        assertThat(sources(explorer)).hasSizeGreaterThan(50);
        assertThat(shared(main, explorer)).isEmpty();
    }

    @Test
    void aSecondClassOfANameIsNoticed(@TempDir Path folder) throws IOException {
        Path race = planted(folder, "main/PinVsUnmap.java");
        Path scenario = planted(folder, "explore/scenario/PinVsUnmap.java");
        planted(folder, "main/" + PACKAGE_INFO);
        planted(folder, "explore/" + PACKAGE_INFO);
        planted(folder, "explore/scenario/PinVsUnmapScenario.java");

        assertThat(shared(folder.resolve("main"), folder.resolve("explore")))
                .containsExactly(Map.entry("PinVsUnmap.java", List.of(race, scenario)));
    }

    /** Files of one name, by that name: each top-level class has a file of its own. */
    private static Map<String, List<Path>> shared(Path... roots) throws IOException {
        Map<String, List<Path>> byName = new TreeMap<>();
        for (Path root : roots) {
            for (Path source : sources(root)) {
                byName.computeIfAbsent(source.getFileName().toString(), _ -> new ArrayList<>()).add(source);
            }
        }
        byName.values().removeIf(files -> files.size() == 1);
        return byName;
    }

    private static List<Path> sources(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java") && !file.endsWith(PACKAGE_INFO)).toList();
        }
    }

    private static Path planted(Path folder, String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.resolveSibling(""));
        return Files.createFile(file);
    }
}
