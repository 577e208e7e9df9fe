package io.pinfold.jmh.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the README's pool is compared with is a pool, too: threads that evict each other's pages read their own. */
@Timeout(120)
class MapPoolTest {
    private static final int KEYS = 24;
    private static final int BUFFERS = 6;
    private static final int THREADS = 4;
    private static final int READS = 50_000;

    static Stream<MapPool<?>> pools() {
        return Stream.of(new LockPool(BUFFERS), new NettyPool(BUFFERS));
    }

    @ParameterizedTest
    @MethodSource("pools")
    void threadsReadThePagesOfTheirKeys(MapPool<?> pool) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Draws draws = new Draws(KEYS, 0.5, 1, i);
                readers.add(() -> pool.read(draws, READS));
            }
            for (Future<Integer> reader : executor.invokeAll(readers)) {
                assertThat(reader.get()).isEqualTo(READS);
            }
        }
        pool.close();
    }

    @Test
    void aWordOfAnotherPageIsNoticed() {
        Pages.check(Pages.stampOf(7), 7);
        assertThatIllegalStateException().isThrownBy(() -> Pages.check(Pages.stampOf(8), 7))
                .withMessageContaining("of key 8");
    }

    @Test
    void keysAreDrawnByRank() {
        int keys = 64;
        int[] count = new int[keys];
        for (int key : ZipfKeys.draw(keys, 0.99, 100_000, new Random(1), new Random(2))) {
            count[key]++;
        }
        int[] other = new int[keys];
        for (int key : ZipfKeys.draw(keys, 0.99, 100_000, new Random(1), new Random(3))) {
            other[key]++;
        }
        int hottest = indexOfMost(count);
        assertThat(indexOfMost(other)).as("the same ranks").isEqualTo(hottest);
        assertThat(count[hottest]).as("a share of 1 in 4.8").isBetween(19_000, 23_000);
        assertThat(Arrays.stream(count).min().getAsInt()).as("of about 340").isBetween(200, 340);
    }

    private static int indexOfMost(int[] count) {
        int most = 0;
        for (int i = 0; i < count.length; i++) {
            most = count[i] > count[most] ? i : most;
        }
        return most;
    }
}
