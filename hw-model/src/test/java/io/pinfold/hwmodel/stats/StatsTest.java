package io.pinfold.hwmodel.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.LongStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class StatsTest {

    @Test
    void theMedianIsTheValueInTheMiddleOrTheMeanOfTheTwo() {
        double[] values = {5, 1, 3};

        assertThat(Quantiles.median(values)).isEqualTo(3);
        assertThat(values).as("left as they are").containsExactly(5, 1, 3);
        assertThat(Quantiles.median(4, 1, 3, 2)).isEqualTo(2.5);
        assertThat(Quantiles.median(7)).isEqualTo(7);
        assertThatIllegalArgumentException().isThrownBy(Quantiles::median);
    }

    @Test
    void quartilesLieBetweenNeighbours() {
        double[] values = {1, 2, 3, 4, 5};

        assertThat(Quantiles.of(values, 0.25)).isEqualTo(2);
        assertThat(Quantiles.of(values, 0.75)).isEqualTo(4);
        assertThat(Quantiles.of(values, 0.875)).isEqualTo(4.5);
        assertThat(Quantiles.of(values, 1)).isEqualTo(5);
    }

    @Test
    void aTailIsWhatFewCallsExceed() {
        Tail tail = Tail.of(LongStream.rangeClosed(1, 10_000).toArray());

        assertThat(tail.calls()).isEqualTo(10_000);
        assertThat(tail.p50()).isCloseTo(5000, Percentage.withPercentage(0.2));
        assertThat(tail.p99()).isCloseTo(9900, Percentage.withPercentage(0.2));
        assertThat(tail.p999()).isCloseTo(9990, Percentage.withPercentage(0.2));
        assertThat(tail.per(10)).as("each of them, and the calls stay")
                .isEqualTo(new Tail(10_000, tail.p50() / 10, tail.p99() / 10, tail.p999() / 10));
    }

    @Test
    void fewCallsHaveNoTail() {
        assertThat(Tail.of(5, 6).p99()).isNaN();
        assertThat(Tail.of(5, 6)).hasToString("");
        assertThat(Tail.of(new long[200]).p999()).isNaN();
        assertThat(Tail.of(LongStream.range(0, 200).toArray()).toString()).startsWith("p99 1").doesNotContain("p99.9");
        assertThatIllegalArgumentException().isThrownBy(Tail::of);
    }

    /** A percentile is there from the number of calls on of which one lies behind it. */
    @Test
    void aPercentileWantsACallBehindIt() {
        for (int calls : new int[]{1, 99, 100, 101, 999, 1000, 1001}) {
            Tail tail = Tail.of(new long[calls]);
            assertThat(Double.isNaN(tail.p50())).as("p50 of %d", calls).isFalse();
            assertThat(Double.isNaN(tail.p99())).as("p99 of %d", calls).isEqualTo(calls < 100);
            assertThat(Double.isNaN(tail.p999())).as("p99.9 of %d", calls).isEqualTo(calls < 1000);
        }
    }
}
