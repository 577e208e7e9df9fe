package io.pinfold.jmh.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A child JVM of {@code bench} on a machine without a usable compiler. */
@Timeout(300)
class NoCBaselineTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"exit 0", "exit 1",
            "sleep 300 & echo $! >> \"$0.pids\"; head -c 300000000 /dev/zero >/dev/null; exit 1",
            "[ \"$1\" = --version ] && exit; for last; do :; done; echo this is no library > \"$last\""})
    void withoutALibraryTheRowIsATimeAndSaysWhyThereIsNoRatio(String script) throws Exception {
        Ended ended = ChildProcess.run(childOf(script), Duration.ofMinutes(4));

        assertThat(ended.exit()).as(ended.errors()).isZero();
        assertThat(ended.output().lines()).hasSize(2)
                .allMatch(line -> line.startsWith("pinfold-bench\torder0.") && line.contains("\tno C baseline: "));
    }

    @AfterEach
    void endWhatTheCompilerLeft() throws IOException {
        Path pids = directory.resolve("cc.pids");
        if (Files.exists(pids)) {
            for (String pid : Files.readAllLines(pids)) {
                ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    private ProcessBuilder childOf(String script) throws IOException {
        Path compiler = directory.resolve("cc");
        Files.writeString(compiler, "#!/bin/sh\n" + script + "\n");
        assertThat(compiler.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"),
                "io.pinfold.jmh.bench.BenchChild", "ORDER0_1", "1", "1"));
        builder.environment().merge("PATH", directory.toString(),
                (before, first) -> first + File.pathSeparator + before);
        return builder;
    }
}
