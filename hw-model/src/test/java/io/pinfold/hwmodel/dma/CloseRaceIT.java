package io.pinfold.hwmodel.dma;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thousand memories closed under eight busy threads, in a JVM that must survive it. */
class CloseRaceIT {

    private static final int ROUNDS = Integer.getInteger("pinfold.closeRounds", 1000);

    @TempDir
    Path directory;

    @Test
    void closingUnderEveryCallNeverCrashesAndAlwaysSaysSo() throws IOException, InterruptedException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Ended child = ChildProcess
                .run(new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-ea", "-Xmx512m", "--enable-native-access=ALL-UNNAMED", "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=" + directory.resolve("hs_err"), "-cp", System.getProperty("java.class.path"),
                        CloseRace.class.getName(), Integer.toString(ROUNDS), Long.toString(seed)))
                        .redirectErrorStream(true), Duration.ofMinutes(10));
        String said = child.output();
        System.out.print(said);
        assertThat(directory.resolve("hs_err")).doesNotExist();
        assertThat(child.exit()).as(said).isZero();
        assertThat(said).contains("closed " + ROUNDS + " times");
    }
}
