package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A StackOverflowError inside a call, at every depth where there can be one: nothing hangs afterwards, others use the
 * memory as before, the books balance and everything closes. In a JVM of its own, interpreted, where each depth is met
 * and the frames are largest.
 */
class StackEndTest {
    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void aCallThatOverflowsHasDoneNothing() throws Exception {
        Path output = folder.resolve("output");
        Process child = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xint",
                "-XX:+UseSerialGC", "-XX:MaxJavaStackTraceDepth=20", "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"),
                StackEnd.class.getName())).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            int exit = child.waitFor();
            String said = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(exit).as(said).isZero();
            assertThat(said.lines().filter(line -> !line.startsWith("NOTE: "))).hasSize(StackEndCall.values().length)
                    .noneMatch(line -> line.contains(": 0 overflows"));
        } finally {
            child.destroyForcibly();
        }
    }
}
