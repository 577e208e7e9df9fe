package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.copy.FaultyDevices.Fault;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A copy that ends early while the engine is still at work [R32]: a frame stays pinned until no device can reach it.
 */
@Timeout(120)
class CopyUnwindTest {

    @ParameterizedTest
    @EnumSource(value = Fault.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void framesInFlightStayPinnedUntilTheEngineIsQuiet(Fault fault) {
        for (int windows = 2; windows <= 4; windows++) {
            FaultyCopy copy = new FaultyCopy(20 * 4096 - 5, 2, windows, fault, 1, 7);
            assertThat(copy.run()).as("%s: transfers under way behind the one that failed", copy).isPositive();
        }
    }
}
