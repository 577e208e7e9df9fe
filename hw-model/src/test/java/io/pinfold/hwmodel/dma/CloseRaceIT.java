package io.pinfold.hwmodel.dma;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
        Path out = directory.resolve("out");
        Process child = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-ea", "-Xmx512m", "--enable-native-access=ALL-UNNAMED", "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + directory.resolve("hs_err"), "-cp", System.getProperty("java.class.path"),
                CloseRace.class.getName(), Integer.toString(ROUNDS), Long.toString(seed))).redirectErrorStream(true)
                .redirectOutput(out.toFile()).start();
        try {
            assertThat(child.waitFor(10, TimeUnit.MINUTES)).as("ended in time, seed %d", seed).isTrue();
        } finally {
            child.destroyForcibly();
        }
        String said = Files.readString(out);
        System.out.print(said);
        assertThat(directory.resolve("hs_err")).doesNotExist();
        assertThat(child.exitValue()).as(said).isZero();
        assertThat(said).contains("closed " + ROUNDS + " times");
    }
}
