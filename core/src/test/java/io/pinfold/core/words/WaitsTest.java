package io.pinfold.core.words;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
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
                Waits.whileEqualsInt(word, 2 * round, "test word");
                Words.setIntRelease(word, 2 * round + 2);
                Waits.wakeAll(word);
            }
        });
        for (int round = 0; round < ROUNDS; round++) {
            Words.setIntRelease(word, 2 * round + 1);
            Waits.wakeAll(word);
            Waits.whileEqualsInt(word, 2 * round + 1, "test word");
        }
        other.get();
        assertThat(Words.getInt(word)).isEqualTo(2 * ROUNDS);
    }

    @Test
    void noWakeUpOfALongIsLost() throws Exception {
        Future<?> other = executor.submit(() -> {
            for (long round = 0; round < ROUNDS; round++) {
                Waits.whileEqualsLong(word, -2 * round, "test word");
                Words.setLongRelease(word, -2 * round - 2);
                Waits.wakeAll(word);
            }
        });
        for (long round = 0; round < ROUNDS; round++) {
            Words.setLongRelease(word, -2 * round - 1);
            Waits.wakeAll(word);
            Waits.whileEqualsLong(word, -2 * round - 1, "test word");
        }
        other.get();
        assertThat(Words.getLong(word)).isEqualTo(-2L * ROUNDS);
    }

    @Test
    void pollingNeedsNoWakeUp() throws Exception {
        Future<?> other = executor.submit(() -> {
            for (long round = 0; round < 200; round++) {
                Waits.pollWhileEqualsLong(word, 2 * round, "test word");
                Words.setLongRelease(word, 2 * round + 2);
            }
        });
        for (long round = 0; round < 200; round++) {
            Words.setLongRelease(word, 2 * round + 1);
            Waits.pollWhileEqualsLong(word, 2 * round + 1, "test word");
        }
        other.get();
        assertThat(Words.getLong(word)).isEqualTo(400);
    }

    @Test
    void aBriefPollEndsWithTheWordOrWithoutIt() throws Exception {
        assertThat(Waits.pollBrieflyWhileEqualsLong(word, 1, "test word")).isTrue();
        assertThat(Waits.pollBrieflyWhileEqualsLong(word, 0, "test word")).isFalse();
        Future<?> other = executor.submit(() -> Words.setLongRelease(word, 2));
        while (!Waits.pollBrieflyWhileEqualsLong(word, 0, "test word")) {
            assertThat(Words.getLongVolatile(word)).isIn(0L, 2L); // the other thread may be away for longer than a poll
        }
        other.get();
        Thread.currentThread().interrupt();
        assertThat(Waits.pollBrieflyWhileEqualsLong(word, 2, "test word")).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void anInterruptIsKeptAndDoesNotEndAWait() throws Exception {
        Thread main = Thread.currentThread();
        Future<?> other = executor.submit(() -> {
            main.interrupt();
            Words.setIntRelease(word, 1);
            Waits.wakeAll(word);
        });
        Waits.whileEqualsInt(word, 0, "test word");
        assertThat(Words.getInt(word)).isEqualTo(1);
        assertThat(Thread.interrupted()).isTrue();
        other.get();
    }

    @Test
    void aThreadDumpSaysWhatIsWaitedFor() throws Exception {
        Mutex mutex = new Mutex("lock of the test");
        SharedMutex shared = new SharedMutex("shared lock of the test");
        mutex.lock();
        long stamp = shared.lockExclusive();
        String at = Long.toHexString(word);
        assertBlocker(() -> Waits.whileEqualsInt(word, 0, "a word of the test"), "a word of the test", at, "still 0");
        assertBlocker(() -> Waits.whileEqualsLong(word, 1, "a word of the test"), "a word of the test", at, "still 1");
        assertBlocker(() -> Waits.pollWhileEqualsLong(word, 2, "a word of the test"), "a word of the test", at,
                "still 2");
        assertBlocker(() -> Waits.pause("something of the test", Long.MAX_VALUE), "something of the test");
        assertBlocker(() -> lockAndUnlock(mutex), "lock of the test", "held by " + Thread.currentThread().getName());
        assertBlocker(() -> shared.unlock(shared.lockShared()), "shared lock of the test", "held exclusively");
        assertBlocker(() -> shared.unlock(shared.lockExclusive()), "shared lock of the test");
        shared.unlock(stamp);
        mutex.unlock();
    }

    private static void lockAndUnlock(Mutex mutex) {
        mutex.lock();
        mutex.unlock();
    }

    /** Leaves the thread waiting, or wakes it if it can: it is a daemon. */
    private void assertBlocker(Runnable waits, String... parts) throws InterruptedException {
        Thread waiter = Thread.ofPlatform().daemon().start(waits);
        Object blocker = LockSupport.getBlocker(waiter);
        while (blocker == null) {
            Thread.onSpinWait();
            blocker = LockSupport.getBlocker(waiter);
        }
        assertThat(blocker.toString()).contains(parts);
        Words.setLongVolatile(word, Words.getLong(word) + 1);
        Waits.wakeAll(word);
    }

    /** A thread that is interrupted parks as any other: parking with the interrupt status set would return at once. */
    @Test
    void anInterruptedThreadParksWhileItWaits() throws Exception {
        assertParksInterrupted(() -> Waits.whileEqualsInt(word, 0, "test word"));
        assertParksInterrupted(() -> Waits.whileEqualsLong(word, 1, "test word"));
        assertParksInterrupted(() -> Waits.pollWhileEqualsLong(word, 2, "test word"));
    }

    private void assertParksInterrupted(Runnable wait) throws Exception {
        AtomicBoolean isRestored = new AtomicBoolean();
        Thread waiter = Thread.ofPlatform().daemon().start(() -> {
            Thread.currentThread().interrupt();
            wait.run();
            isRestored.set(Thread.interrupted());
        });
        while (LockSupport.getBlocker(waiter) == null || waiter.isInterrupted()) {
            Thread.onSpinWait();
        }
        Words.setLongVolatile(word, Words.getLong(word) + 1);
        Waits.wakeAll(word);
        waiter.join();
        assertThat(isRestored).isTrue();
    }

    @Test
    void everyWaiterOfAWordIsWoken() throws Exception {
        List<Thread> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread waiter = Thread.ofPlatform().daemon().start(() -> Waits.whileEqualsInt(word, 0, "test word"));
            while (LockSupport.getBlocker(waiter) == null) {
                Thread.onSpinWait();
            }
            waiters.add(waiter);
        }
        Words.setIntRelease(word, 1);
        Waits.wakeAll(word);
        for (Thread waiter : waiters) {
            assertThat(waiter.join(Duration.ofSeconds(30))).as("woken").isTrue();
        }
    }
}
