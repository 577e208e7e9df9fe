package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The width of lines with comments in the main sources of core and fastpath: the formatter wraps code alone. */
class ColumnsTest {
    private static final Path ROOT = Path.of("..");
    private static final int COLUMNS = 120;
    /** Comments, and strings, which may hold the same characters. */
    private static final Pattern COMMENT = Pattern
            .compile("//[^\\n]*|/\\*.*?\\*/|\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])*'",
                    Pattern.DOTALL);

    /** The lines of {@code source} that a comment touches and that are too long. */
    private static List<String> tooLong(String source) {
        List<String> found = new ArrayList<>();
        for (Matcher at = COMMENT.matcher(source); at.find();) {
            if (at.group().startsWith("/")) {
                int end = source.indexOf('\n', at.end());
                source.substring(source.lastIndexOf('\n', at.start()) + 1, end < 0 ? source.length() : end).lines()
                        .filter(line -> line.length() > COLUMNS).forEach(found::add);
            }
        }
        return found;
    }

    @Test
    void noLineWithACommentIsTooLong() throws IOException {
        List<String> wrong = new ArrayList<>();
        int read = 0;
        for (String module : List.of("core", "fastpath")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    tooLong(Files.readString(file)).forEach(line -> wrong.add(file + ": " + line.strip()));
                    read++;
                }
            }
        }
        assertThat(read).isGreaterThan(100);
        assertThat(wrong).isEmpty();
    }

    @Test
    void longLinesAreFound() {
        String words = "word ".repeat(24);
        String source = """
                /**
                 * Short.
                 * %1$s
                 */
                class Planted {
                    // %1$s
                    int used; // %1$s
                    String text = "// %1$s";
                    /** Fits. */
                    int other;
                }
                """.formatted(words.strip());
        assertThat(tooLong(source)).hasSize(3);
        assertThat(tooLong(source.replace("* word", "* "))).hasSize(2);
        assertThat(tooLong("// " + "x".repeat(COLUMNS - 3))).isEmpty();
        assertThat(tooLong("// " + "x".repeat(COLUMNS - 2))).hasSize(1);
    }
}
