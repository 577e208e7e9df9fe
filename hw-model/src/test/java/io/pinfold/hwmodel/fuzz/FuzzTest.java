package io.pinfold.hwmodel.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short run of the fuzzer. */
class FuzzTest {
    @TempDir
    Path folder;

    @Test
    void aFewThousandCallsFindNothing() throws IOException, InterruptedException {
        Ended child = FuzzChild.run(folder, Duration.ofMinutes(5), "pinfold.fuzz.calls=2000",
                "pinfold.fuzz.round.calls=2000");
        assertThat(child.exit()).as(child.output()).isZero();
    }
}
