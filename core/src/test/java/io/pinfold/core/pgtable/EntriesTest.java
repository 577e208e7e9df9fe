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
    /** Bits of a frame number in the low half of its entry. */
    private static final int LOW_PFN_BITS = Integer.SIZE - Entry.PFN_SHIFT;
    private static final long LOW_PFN_MASK = (1L << LOW_PFN_BITS) - 1;
    private static final int LINE = 64;
    private static final int ROUNDS = Integer.getInteger("pinfold.entries.rounds", 1_000_000);

    private final Arena arena = Arena.ofShared();
    private final long aligned = arena.allocate(2 * LINE, LINE).address() + LINE;
    /**
     * Where entries are split, the halves lie in two cache lines: nearer together they would hardly ever be seen apart.
     */
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

    /**
     * Half of one entry and half of another name a frame that was never put there. Low halves come back only after
     * half a million changes: that an entry passes two others while a load looks, and ends on the same low half, is the
     * exception that the class comment of {@link Entries} names.
     */
    @Test
    void noLoadPairsHalvesOfTwoEntries() throws InterruptedException {
        AtomicReference<String> torn = new AtomicReference<>();
        long[] next = new long[1];
        race(() -> {
            Entries.store(at, numbered(next[0]++));
            Entries.exchange(at, numbered(next[0]++));
            Entries.exchange(at, Entry.NONE);
        }, () -> {
            long entry = Entries.load(at);
            if (entry != Entry.NONE && entry != numbered(Entry.pfn(entry) & LOW_PFN_MASK)) {
                torn.compareAndSet(null, Entry.describe(entry));
            }
        });
        assertThat(torn).hasNullValue();
    }

    /** An entry whose high half follows from its low half. */
    private static long numbered(long number) {
        long low = number & LOW_PFN_MASK;
        long high = (low * 0x9E3779B1L >>> 9) & LOW_PFN_MASK;
        return Entry.make(high << LOW_PFN_BITS | low, Entry.PRESENT | Entry.USER);
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
