package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.copy.FaultyDevices.Fault;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies of any size that go wrong anywhere, or nowhere. Replay one run with {@code -Dpinfold.seed=}. */
@Timeout(120)
class CopyFaultsRandomTest {

    private static final int COPIES = 40;

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void noDeviceReachesWhatIsNotPinned(long number) {
        long seed = Long.getLong("pinfold.seed", number * 0x9E3779B97F4A7C15L);
        System.out.println("CopyFaultsRandomTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        int late = 0;
        for (int i = 0; i < COPIES; i++) {
            int batchPages = 1 + random.nextInt(5);
            int bytes = 1 + random.nextInt(30 * batchPages * 4096);
            Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
            int chunks = bytes / (batchPages * 4096) + 1;
            FaultyCopy copy = new FaultyCopy(bytes, batchPages, 1 + random.nextInt(4), fault, random.nextInt(chunks),
                    seed + i);
            try {
                late += copy.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("copy " + i + " of seed " + seed + ": " + e.getMessage(), e);
            }
        }
        assertThat(late).as("transfers under way when a driver gave up").isPositive();
    }
}
