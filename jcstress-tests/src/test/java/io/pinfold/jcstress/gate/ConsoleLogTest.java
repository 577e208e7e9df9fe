package io.pinfold.jcstress.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleLogTest {
    @TempDir
    Path folder;

    @Test
    void theLastLineOfResultsSaysHowFarItIs() throws IOException {
        Path log = Files.writeString(folder.resolve("console.log"), """
                (ETA: in 00:04:47; at Sun, 2026-11-29 18:33:00)
                (Results: 104 planned; 1 passed, 0 failed, 0 soft errs, 0 hard errs)

                (Results: 104 planned; 5 passed, 1 failed, 2 soft errs, 3 hard errs)
                """);

        assertThat(ConsoleLog.last(log)).isEqualTo(new ConsoleLog.Results(11, 104));
    }

    @Test
    void beforeTheFirstOneNothingIsKnown() throws IOException {
        assertThat(ConsoleLog.last(folder.resolve("none"))).isEqualTo(new ConsoleLog.Results(0, 0));
        assertThat(ConsoleLog.last(Files.writeString(folder.resolve("log"), "probing")))
                .isEqualTo(new ConsoleLog.Results(0, 0));
    }
}
