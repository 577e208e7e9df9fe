package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Longer copies against more rivals, and a copy that is interrupted. */
@Timeout(300)
class DmaCopyIT {

    @TempDir
    Path directory;

    @Test
    void manySeedsLoseNothing() throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, (32 << 20) + 777);
        long seedBase = System.nanoTime();
        System.out.println("seeds from " + seedBase);
        long rolledBack = 0;
        long triedAgain = 0;
        for (int i = 0; i < 20; i++) {
            Lifetime lifetime = Lifetime.values()[i % 3];
            CopyReport report = CopyTestFiles.run(files.options(i % 2 == 0 ? 64 : 7, 4, lifetime, seedBase + i));
            assertThat(report.findings()).as("seed %d, %s", seedBase + i, lifetime).isEmpty();
            assertThat(report.exitCode()).isZero();
            assertThat(Files.mismatch(files.source, files.target)).isEqualTo(-1);
            triedAgain += report.shortPins() + report.refusedPins();
            rolledBack += report.rollBacks().values().stream().mapToLong(Long::longValue).sum();
        }
        System.out.println("tries again " + triedAgain + ", pages rolled back " + rolledBack);
        assertThat(triedAgain).as("rivals met the pin itself").isPositive();
    }

    @Test
    void anInterruptEndsTheJvmInOrder() throws IOException, InterruptedException {
        CopyTestFiles files = new CopyTestFiles(directory, 256 << 20);
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED", "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + directory
                                .resolve("hs_err"),
                        "-cp", System.getProperty("java.class.path"), Main.class.getName(),
                        "dma-copy", files.source.toString(), files.target.toString(), "--rivals", "4", "--batch", "1"));
        Path err = directory.resolve("err");
        Process child = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(err.toFile()).start();
        try {
            // The target grows as soon as the copy is under way.
            while (child.isAlive() && (!Files.exists(files.target) || Files.size(files.target) < 1 << 20)) {
                Thread.onSpinWait();
            }
            child.destroy(); // SIGTERM, which the JVM handles as it handles the SIGINT of Ctrl-C
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.exitValue()).as(Files.readString(err)).isEqualTo(143);
        assertThat(directory.resolve("hs_err")).doesNotExist();
        assertThat(Files.readString(err)).doesNotContain("Exception");
    }
}
