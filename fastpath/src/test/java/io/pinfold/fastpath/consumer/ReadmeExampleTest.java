package io.pinfold.fastpath.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example a reader copies from the README is the one that is compiled and run, character for character. */
class ReadmeExampleTest {

    @Test
    void theExampleOfTheReadmeIsTheOneOfTheConsumer() throws Exception {
        List<String> readme = Files.readAllLines(Path.of("../README.md"));
        int start = readme.indexOf("```java");
        assertThat(start).as("README.md has a fenced java block").isNotNegative();
        List<String> rest = readme.subList(start + 1, readme.size());
        List<String> block = rest.subList(0, rest.indexOf("```"));
        assertThat(block).isEqualTo(
                Files.readAllLines(Path.of("src/test/resources/consumer/src/main/java/example/Example.java")));
    }
}
