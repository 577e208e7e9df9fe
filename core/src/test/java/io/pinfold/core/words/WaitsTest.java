package io.pinfold.core.words;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two threads hand a word to and fro: one lost wake-up and they stand still. */
@Timeout(60)
class WaitsTest {
    private static final int ROUNDS = 20_000;

    private final Arena arena = Arena.ofShared();
    private final long word = arena.allocate(64, 64).address();
    private final ExecutorService executor = Executors.newSingleThreadExecutor();

    @AfterEach
    void stop() throws InterruptedException {
        executor.shutdownNow();
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        arena.close();
    }

    @Test
    void noWakeUpOfAnIntIsLost() throws Exception {
        Future<?> other = executor.submit(() -> {
            for (int round = 0; round < ROUNDS; round++) {
                Waits.whileEqualsInt(word, 2 * round);
                Words.setIntRelease(word, 2 * round + 2);
                Waits.wakeAll(word);
            }
        });
        for (int round = 0; round < ROUNDS; round++) {
            Words.setIntRelease(word, 2 * round + 1);
            Waits.wakeAll(word);
            Waits.whileEqualsInt(word, 2 * round + 1);
        }
        other.get();
        assertThat(Words.getInt(word)).isEqualTo(2 * ROUNDS);
    }

    @Test
    void noWakeUpOfALongIsLost() throws Exception {
        Future<?> other = executor.submit(() -> {
            for (long round = 0; round < ROUNDS; round++) {
                Waits.whileEqualsLong(word, -2 * round);
                Words.setLongRelease(word, -2 * round - 2);
                Waits.wakeAll(word);
            }
        });
        for (long round = 0; round < ROUNDS; round++) {
            Words.setLongRelease(word, -2 * round - 1);
            Waits.wakeAll(word);
            Waits.whileEqualsLong(word, -2 * round - 1);
        }
        other.get();
        assertThat(Words.getLong(word)).isEqualTo(-2L * ROUNDS);
    }

    @Test
    void pollingNeedsNoWakeUp() throws Exception {
        Future<?> other = executor.submit(() -> {
            for (long round = 0; round < 200; round++) {
                Waits.pollWhileEqualsLong(word, 2 * round);
                Words.setLongRelease(word, 2 * round + 2);
            }
        });
        for (long round = 0; round < 200; round++) {
            Words.setLongRelease(word, 2 * round + 1);
            Waits.pollWhileEqualsLong(word, 2 * round + 1);
        }
        other.get();
        assertThat(Words.getLong(word)).isEqualTo(400);
    }

    @Test
    void anInterruptIsKeptAndDoesNotEndAWait() throws Exception {
        Thread main = Thread.currentThread();
        Future<?> other = executor.submit(() -> {
            main.interrupt();
            Words.setIntRelease(word, 1);
            Waits.wakeAll(word);
        });
        Waits.whileEqualsInt(word, 0);
        assertThat(Words.getInt(word)).isEqualTo(1);
        assertThat(Thread.interrupted()).isTrue();
        other.get();
    }
}
