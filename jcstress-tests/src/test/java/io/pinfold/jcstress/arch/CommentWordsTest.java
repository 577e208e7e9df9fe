package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Comments name the thread, the caller or the owner that is meant: words for any person say less. */
class CommentWordsTest {
    private static final Pattern PERSON = Pattern.compile("(?i)\\b(?:whoever|nobody|somebody|anybody)\\b");

    /** The comments of {@code source} with such a word, each on one line. */
    private static List<String> vague(String source) {
        return Comments.texts(source).stream().filter(text -> PERSON.matcher(text).find())
                .map(text -> text.replaceAll("\\s+(\\*\\s+)?", " ")).toList();
    }

    @Test
    void noCommentNamesAnyPerson() throws IOException {
        assertThat(Comments.faults(CommentWordsTest::vague)).isEmpty();
    }

    @Test
    void suchWordsAreFound() {
        String source = """
                /**
                 * Wakes a thread.
                 * Whoever waits is woken.
                 */
                class Planted {
                    // a lock that nobody holds
                    int anybody; /* of somebody */
                    String text = "nobody";
                }
                """;
        assertThat(vague(source)).hasSize(3).first().asString().contains("thread. Whoever");
        assertThat(vague("int nobody; // a thread")).isEmpty();
    }
}
