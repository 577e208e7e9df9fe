package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The width of lines with comments in the sources of all modules: the formatter wraps code alone. */
class ColumnsTest {
    private static final int COLUMNS = 120;

    /** The lines of {@code source} that a comment touches and that are too long. */
    private static List<String> tooLong(String source) {
        return Comments.lines(source).stream().flatMap(String::lines).filter(line -> line.length() > COLUMNS)
                .map(String::strip).toList();
    }

    @Test
    void noLineWithACommentIsTooLong() throws IOException {
        assertThat(Comments.files()).hasSizeGreaterThan(800);
        assertThat(Comments.faults(ColumnsTest::tooLong)).isEmpty();
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
