package io.pinfold.hwmodel.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A million calls of all public methods, good and bad, by four threads; with -Plong as many as the minutes permit. */
class FuzzIT {
    @Test
    void aMillionCallsFindNothing() throws IOException, InterruptedException {
        Duration limit = Duration.ofMinutes(10 + Long.getLong("pinfold.minutes", 0));
        Ended child = FuzzChild.run(Path.of("target", "fuzz"), limit);
        System.out.println(child.output());
        assertThat(child.exit()).as(child.output()).isZero();
    }
}
