package io.pinfold.jcstress.mutants.mechanical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts of a list are the list, and about equally heavy. */
class ShardTest {

    @Test
    void thePartsAreTheWholeInItsOrder() {
        SplittableRandom random = new SplittableRandom(7);
        List<Long> all = random.longs(113, 1, 9000).boxed().toList();
        double total = all.stream().mapToLong(Long::longValue).sum();
        for (int n = 1; n <= 120; n++) {
            List<Long> joined = new ArrayList<>();
            for (int i = 1; i <= n; i++) {
                List<Long> part = new Shard(i, n).part(all, Long::longValue);
                joined.addAll(part);
                assertThat((double) part.stream().mapToLong(Long::longValue).sum()).as("weight of %d/%d", i, n)
                        .isLessThan(total / n + 9000);
            }
            assertThat(joined).as("%d parts", n).isEqualTo(all);
        }
    }

    @Test
    void weightlessItemsAndNoItemsAreDivided() {
        assertThat(new Shard(1, 2).part(List.of("a", "b"), item -> 0)).containsExactly("a", "b");
        assertThat(new Shard(2, 2).part(List.of(3, 0), item -> item)).containsExactly(3, 0);
        assertThat(new Shard(2, 2).part(List.of(), item -> 1)).isEmpty();
    }

    @Test
    void aShardIsReadAsItIsWritten() {
        assertThat(Shard.parse("2/5")).isEqualTo(new Shard(2, 5));
        assertThat(Shard.parse("1/1")).isEqualTo(Shard.ALL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2", "0/3", "4/3", "-1/3", "1/0", "a/b", "1/2/3", "1 / 2", "1/99999999999"})
    void whatIsNoShardIsRefused(String text) {
        assertThatThrownBy(() -> Shard.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
