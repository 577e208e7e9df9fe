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

/** The length of race classes: frames that repeat belong in the package {@code support}. */
class RaceClassesTest {
    private static final int MOST_LINES = 220;
    private static final Path RACES = Path.of("src", "main", "java", "io", "pinfold", "jcstress");

    /** The race classes of a folder, but not of those below it, with their numbers of lines. */
    private static Map<String, Integer> lines(Path folder) throws IOException {
        Map<String, Integer> lines = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                List<String> source = Files.readAllLines(file);
                if (source.stream().anyMatch(line -> line.strip().equals("@JCStressTest"))) {
                    lines.put(file.getFileName().toString(), source.size());
                }
            }
        }
        return lines;
    }

    private static List<String> tooLong(Path folder) throws IOException {
        List<String> tooLong = new ArrayList<>();
        lines(folder).forEach((file, length) -> {
            if (length > MOST_LINES) {
                tooLong.add(file + " has " + length + " lines");
            }
        });
        return tooLong;
    }

    @Test
    void noRaceClassIsTooLong() throws IOException {
        assertThat(lines(RACES)).hasSizeGreaterThanOrEqualTo(25);
        assertThat(tooLong(RACES)).isEmpty();
    }

    @Test
    void aLongRaceClassIsNoticed(@TempDir Path folder) throws IOException {
        String test = "    @JCStressTest\n";
        Files.writeString(folder.resolve("Long.java"), test + "\n".repeat(MOST_LINES));
        Files.writeString(folder.resolve("Fits.java"), test + "\n".repeat(MOST_LINES - 1));
        Files.writeString(folder.resolve("NoRace.java"), "\n".repeat(MOST_LINES + 1));
        assertThat(tooLong(folder)).containsExactly("Long.java has 221 lines");
    }
}
