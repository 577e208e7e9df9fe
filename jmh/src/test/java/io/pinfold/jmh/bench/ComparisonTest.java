package io.pinfold.jmh.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pinfold.jmh.bench.Comparison.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The verdict on a row: the ratio of the medians, and the ranges. */
class ComparisonTest {
    private static Comparison row(List<Double> other, List<Double> here) {
        return new Comparison("a.row", "ns", here, other, "");
    }

    @Test
    void aRowIsWorseIfItsMedianIsAboveTheLimitAndTheRangesDoNotOverlap() {
        Comparison row = row(List.of(10.0, 10.2, 9.9, 10.1, 10.3), List.of(10.6, 10.5, 10.7, 10.4, 10.8));

        assertThat(row.ratio()).isCloseTo(10.6 / 10.1, within(1e-9));
        assertThat(row.verdict()).isEqualTo(Verdict.WORSE);
        assertThat(row.isFound()).isTrue();
    }

    @Test
    void aSlowMedianIsNotWorseAsLongAsOneJvmWasAsFastAsTheSlowestOfTheOtherSide() {
        assertThat(row(List.of(10.0, 10.0, 10.0, 10.0, 11.5), List.of(12.0, 12.0, 12.0, 12.0, 11.5)).verdict())
                .isEqualTo(Verdict.SAME);
        assertThat(row(List.of(10.0, 10.0, 10.0, 10.0, 11.4), List.of(12.0, 12.0, 12.0, 12.0, 11.5)).verdict())
                .isEqualTo(Verdict.WORSE);
    }

    @Test
    void rangesThatDoNotOverlapAreNotWorseUpToTheLimit() {
        assertThat(row(List.of(100.0, 100.0, 100.0), List.of(103.0, 103.0, 103.0)).verdict()).isEqualTo(Verdict.SAME);
        assertThat(row(List.of(100.0, 100.0, 100.0), List.of(103.1, 103.1, 103.1)).verdict()).isEqualTo(Verdict.WORSE);
    }

    @Test
    void betterIsTheSameRuleTheOtherWayRound() {
        assertThat(row(List.of(103.1, 103.1, 103.1), List.of(100.0, 100.0, 100.0)).verdict())
                .isEqualTo(Verdict.BETTER);
        assertThat(row(List.of(103.0, 103.0, 100.0), List.of(98.0, 98.0, 100.0)).verdict()).isEqualTo(Verdict.SAME);
    }

    @Test
    void aRowThatOneSideLacksIsLostOrNotThereAndHasNoRatio() {
        assertThat(row(List.of(1.0, 1.0), List.of()).verdict()).isEqualTo(Verdict.LOST);
        assertThat(row(List.of(1.0, 1.0), List.of()).isFound()).isTrue();
        assertThat(row(List.of(), List.of(1.0, 1.0)).verdict()).isEqualTo(Verdict.NOT_THERE);
        assertThat(row(List.of(), List.of()).verdict()).isEqualTo(Verdict.NOT_THERE);
        assertThat(row(List.of(), List.of()).isFound()).isFalse();
        assertThat(row(List.of(), List.of(1.0)).ratio()).isNaN();
    }

    @Test
    void theMedianOfAnEvenNumberLiesBetweenTheTwoInTheMiddle() {
        assertThat(Comparison.median(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(2.5);
        assertThat(Comparison.median(List.of(5.0, 1.0, 3.0))).isEqualTo(3.0);
    }

    @Test
    void aCostIsTheRatioToWhatNoChangeChangesAndOtherwiseTheTime() {
        assertThat(Comparison.cost(figure("order0.get.1", 2, Row.C))).isEqualTo(2);
        assertThat(Comparison.cost(figure("handle.pin", 2, Yardstick.NETTY))).isEqualTo(2);
        assertThat(Comparison.cost(figure("netty.folio16.list", 4, Yardstick.NETTY_TIMES))).as("a speed-up")
                .isEqualTo(0.25);
        assertThat(Comparison.cost(figure("threads.samePage", 2, Yardstick.ATOMICS_TIMES))).isEqualTo(0.5);
        assertThat(Comparison.cost(figure("pool.read.lock", 2, Yardstick.LOCK_POOL_TIMES))).as("without a bar, too")
                .isEqualTo(0.5);
        assertThat(Comparison.cost(figure("space.1GiB", 2, "space.1MiB"))).isEqualTo(7);
        assertThat(Comparison.cost(Figure.time("order0.get.1", 7, "no C baseline"))).isEqualTo(7);
        assertThat(Comparison.cost(Figure.notMeasured("mixed", "why"))).isNaN();
        assertThat(Comparison.unit(figure("netty.folio16.list", 4, Yardstick.NETTY_TIMES)))
                .isEqualTo("x " + Yardstick.NETTY);
        assertThat(Comparison.unit(figure("pool.read.netty", 4, Yardstick.NETTY_POOL_TIMES)))
                .isEqualTo("x a map of Netty buffers");
        assertThat(Comparison.unit(figure("space.1GiB", 2, "space.1MiB"))).isEqualTo("ns");
    }

    private static Figure figure(String id, double ratio, String ratioTo) {
        return new Figure(id, 7, ratio, ratio, ratio, ratioTo, "");
    }
}
