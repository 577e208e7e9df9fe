package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every change of a leaf waits for the processor that is in the middle of an access through it. */
@Timeout(60)
class HugeFlushTest extends HugeTest {
    private static final int LOOKS = 100;

    private SharedSlot access;

    @BeforeEach
    void openAccess() {
        access = core.slots().open(space.id());
    }

    @AfterEach
    void closeAccess() {
        access.close();
    }

    @Test
    void munmap() throws Exception {
        mapAndStore();
        checkWaits(() -> space.munmap(HUGE, BYTES), Entry::isNone);
    }

    @Test
    void discard() throws Exception {
        mapAndStore();
        checkWaits(() -> space.madvise(HUGE, BYTES, AddressSpace.MADV_DONTNEED), Entry::isNone);
    }

    @Test
    void mprotect() throws Exception {
        mapAndStore();
        checkWaits(() -> space.mprotect(HUGE, BYTES, Prot.READ), entry -> !Entry.isWritable(entry));
    }

    /** What stays as it is comes last: the zero page permitted no store before either. */
    @Test
    void mprotectOfAPageAndALeafThatStaysAsItIs() throws Exception {
        map(2);
        space.setThpPolicy(ThpPolicy.NEVER);
        cpu.storeLong(HUGE + BYTES - PAGE, 1);
        space.setThpPolicy(ThpPolicy.ALWAYS);
        assertThat(cpu.loadLong(HUGE + BYTES)).isZero();
        assertThat(isLeaf(HUGE + BYTES)).isTrue();
        long at = entryAddress(HUGE + BYTES - PAGE, Geometry.PTE);
        checkWaits(at, () -> space.mprotect(HUGE, 2 * BYTES, Prot.READ), entry -> !Entry.isWritable(entry));
    }

    /** The leaf is not none and no table, and no walk gets through it. */
    @Test
    void split() throws Exception {
        mapAndStore();
        checkWaits(() -> splitAt(HUGE), Entry::isInvalidated);
    }

    /** Reads of zeros through the old leaf must be over before a read through the new one can see the store. */
    @Test
    void storeToTheHugeZeroPage() throws Exception {
        map(1);
        assertThat(cpu.loadLong(HUGE)).isZero();
        checkWaits(() -> cpu.storeLong(HUGE, 1), Entry::isNone);
    }

    @Test
    void munmapOfTheHugeZeroPage() throws Exception {
        map(1);
        assertThat(cpu.loadLong(HUGE)).isZero();
        checkWaits(() -> space.munmap(HUGE, BYTES), Entry::isNone);
    }

    private void checkWaits(Runnable mutator, LongPredicate whileItWaits) throws Exception {
        checkWaits(entryAddress(HUGE, Geometry.PMD), mutator, whileItWaits);
    }

    private void checkWaits(long at, Runnable mutator, LongPredicate whileItWaits) throws Exception {
        assertThat(whileItWaits.test(Entries.load(at))).as("before").isFalse();
        access.enter();
        Thread thread = new Thread(mutator);
        thread.setDaemon(true);
        thread.start();
        boolean isWaiting;
        try {
            // not until the entry is another: one of two halves is none on the way from one value to the next
            while (!whileItWaits.test(Entries.load(at)) && thread.isAlive()
                    && !Thread.currentThread().isInterrupted()) {
                Thread.yield();
            }
            for (int look = 0; look < LOOKS && thread.isAlive(); look++) {
                assertThat(whileItWaits.test(Entries.load(at))).as(Entry.describe(Entries.load(at))).isTrue();
                Thread.yield();
            }
            isWaiting = thread.isAlive();
        } finally {
            access.exit();
            thread.join();
        }
        assertThat(isWaiting).as("the mutator waits for the access").isTrue();
    }

    private long entryAddress(long address, int level) {
        try (MmapGuard guard = space.readLock()) {
            long table = PageTables.find(core, guard.space().mm().root(), address, level);
            return PageTables.entryAddress(core, table, address, level);
        }
    }
}
