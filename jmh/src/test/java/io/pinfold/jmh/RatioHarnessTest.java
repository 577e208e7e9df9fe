package io.pinfold.jmh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The harness runs what it is given and divides by the right baseline; no test looks at speed. */
class RatioHarnessTest {
    @Test
    void runsEveryVariantAndComparesABaselineWithItself() {
        AtomicInteger first = new AtomicInteger();
        AtomicInteger second = new AtomicInteger();
        RatioHarness harness = new RatioHarness(1);
        int baseline = harness.add(new Variant("first", 1, calls -> count(first, calls)));
        harness.add(new Variant("second", 2, calls -> count(second, calls)));

        List<Result> results = harness.run(3, new int[]{baseline, baseline});

        assertThat(first.get()).isPositive();
        assertThat(second.get()).isPositive();
        assertThat(results).hasSize(2).allSatisfy(result -> {
            assertThat(result.nanos()).isPositive();
            assertThat(result.p25()).isLessThanOrEqualTo(result.ratio());
            assertThat(result.ratio()).isLessThanOrEqualTo(result.p75());
        });
        assertThat(results.get(baseline).ratio()).isEqualTo(1.0);
    }

    private static int count(AtomicInteger calls, int more) {
        int count = 0;
        for (int i = 0; i < more; i++) {
            count = calls.updateAndGet(before -> before & 0xff | 1);
        }
        return count;
    }

    @Test
    void refusesToRunNoRounds() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RatioHarness(1).run(0, new int[0]))
                .withMessageContaining("0");
    }

    @Test
    void theTableOfRatiosHasALineForEveryBatchAndLeavesNothingPinned() {
        assertThat(GetPutRatios.measure(java.util.List.of(1, 8, 64, 512), 2, 1)).extracting(GetPutRatios.Row::pages)
                .containsExactly(1, 8, 64, 512);
    }
}
