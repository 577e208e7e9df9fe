package io.pinfold.core.pgtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Entries under their contract, whole or split: this class runs on both geometries. */
@Timeout(60)
class EntriesTest {
    private static final long FIRST = Entry.make(0x1_2345_6789L, Entry.PRESENT | Entry.USER | Entry.WRITE);
    private static final long SECOND = Entry.make(0x2_0000_0003L, Entry.PRESENT | Entry.USER);
    private static final int LINE = 64;
    private static final int ROUNDS = Integer.getInteger("pinfold.entries.rounds", 1_000_000);

    private final Arena arena = Arena.ofShared();
    private final long aligned = arena.allocate(2 * LINE, LINE).address() + LINE;
    /** Where entries are split, the halves lie in two cache lines: nearer together they would hardly ever be seen apart. */
    private final long at = Geometry.SPLIT_ENTRIES ? aligned - Integer.BYTES : aligned;

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void whatIsStoredIsLoaded() {
        assertThat(Entries.load(at)).isEqualTo(Entry.NONE);
        Entries.store(at, FIRST);
        assertThat(Entries.load(at)).isEqualTo(FIRST);
        assertThat(Entries.peek(at)).isEqualTo(FIRST);
    }

    /** Also in memory: what a halved access leaves is what a whole one would, so that a dump can be read. */
    @Test
    void bothHalvesLieWhereTheEntryHasThem() {
        Entries.store(aligned, FIRST);
        assertThat(Words.getLong(aligned)).isEqualTo(FIRST);
        Entries.exchange(aligned, SECOND);
        assertThat(Words.getLong(aligned)).isEqualTo(SECOND);
    }

    @Test
    void anExchangeAnswersWhatWasThere() {
        Entries.store(at, FIRST);
        assertThat(Entries.exchange(at, SECOND)).isEqualTo(FIRST);
        assertThat(Entries.exchange(at, Entry.NONE)).isEqualTo(SECOND);
        assertThat(Entries.load(at)).isEqualTo(Entry.NONE);
    }

    @Test
    void aCompareAndExchangeAnswersWhatItFound() {
        Entries.store(at, FIRST);
        assertThat(Entries.compareAndExchange(at, SECOND, Entry.NONE)).isEqualTo(FIRST);
        assertThat(Entries.load(at)).isEqualTo(FIRST);
        assertThat(Entries.compareAndExchange(at, FIRST, FIRST | Entry.DIRTY)).isEqualTo(FIRST);
        assertThat(Entries.load(at)).isEqualTo(FIRST | Entry.DIRTY);
        assertThat(Entries.compareAndExchange(at, FIRST | Entry.DIRTY, SECOND)).isEqualTo(FIRST | Entry.DIRTY);
        assertThat(Entries.load(at)).isEqualTo(SECOND);
    }

    /** Half of one entry and half of another name a frame that nobody ever put there. */
    @Test
    void noLoadPairsHalvesOfTwoEntries() throws InterruptedException {
        AtomicReference<String> torn = new AtomicReference<>();
        race(() -> {
            Entries.store(at, FIRST);
            Entries.exchange(at, SECOND);
            Entries.exchange(at, Entry.NONE);
        }, () -> {
            long entry = Entries.load(at);
            if (entry != FIRST && entry != SECOND && Entry.isPresent(entry)) {
                torn.compareAndSet(null, Entry.describe(entry));
            }
        });
        assertThat(torn).hasNullValue();
    }

    /** The processor sets ACCESSED without the lock: it must hit the entry that it saw, or nothing. */
    @Test
    void aBitThatIsSetWithoutTheLockNeverBringsAnEntryBack() throws InterruptedException {
        AtomicReference<String> wrong = new AtomicReference<>();
        race(() -> {
            Entries.store(at, FIRST);
            long old = Entries.exchange(at, Entry.NONE);
            if ((old & ~Entry.ACCESSED) != FIRST) {
                wrong.compareAndSet(null, "taken out: " + Entry.describe(old));
            }
            long left = Entries.load(at);
            if (left != Entry.NONE) {
                wrong.compareAndSet(null, "left: " + Entry.describe(left));
            }
        }, () -> {
            long entry = Entries.load(at);
            if (Entry.isPresent(entry)) {
                Entries.compareAndExchange(at, entry, entry | Entry.ACCESSED);
            }
        });
        assertThat(wrong).hasNullValue();
    }

    /** Runs {@code reader} a number of times while {@code writer} runs again and again on a thread of its own. */
    private static void race(Runnable writer, Runnable reader) throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            while (!over.get()) {
                writer.run();
                started.countDown();
            }
        }, "writer");
        thread.start();
        started.await();
        for (int i = 0; i < ROUNDS; i++) {
            reader.run();
        }
        over.set(true);
        thread.join();
    }
}
