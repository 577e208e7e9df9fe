package io.pinfold.core.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageRefsTest {
    private final Arena arena = Arena.ofShared();
    private final long base = arena.allocate(16 * PageLayout.BYTES, 64).address();
    private final long record = PageLayout.record(base, 1);

    @AfterEach
    void free() {
        arena.close();
    }

    private void count(int count) {
        PageRefs.setCount(record, count);
    }

    @Test
    void tryGetPageRefusesZeroAndNegative() {
        assertThat(PageRefs.tryGetPage(record)).isFalse();
        count(-1);
        assertThat(PageRefs.tryGetPage(record)).isFalse();
        assertThat(PageRefs.refCount(record)).isEqualTo(-1);
        count(1);
        assertThat(PageRefs.tryGetPage(record)).isTrue();
        assertThat(PageRefs.refCount(record)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, -126, -127})
    void getPageAssertsThatSomebodyHoldsTheCount(int count) {
        count(count);
        assertThatThrownBy(() -> PageRefs.getPage(record)).isInstanceOf(AssertionError.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, Integer.MAX_VALUE - 1, -128, Integer.MIN_VALUE})
    void getPageDoesNotRefuse(int count) {
        count(count);
        PageRefs.getPage(record);
        assertThat(PageRefs.refCount(record)).isEqualTo(count + 1);
    }

    @Test
    void subAndTestIsTrueAtExactlyZero() {
        count(5);
        assertThat(PageRefs.subAndTest(record, 2)).isFalse();
        assertThat(PageRefs.subAndTest(record, 3)).isTrue();
        assertThat(PageRefs.refCount(record)).isZero();
    }

    @Test
    void freezeTakesExactlyTheExpectedCountAndKeepsEverybodyOut() {
        count(3);
        assertThat(PageRefs.freeze(record, 2)).isFalse();
        assertThat(PageRefs.refCount(record)).isEqualTo(3);
        assertThat(PageRefs.freeze(record, 3)).isTrue();
        assertThat(PageRefs.tryGetPage(record)).isFalse();
        PageRefs.unfreeze(record, 2);
        assertThat(PageRefs.refCount(record)).isEqualTo(2);
    }

    /** R11: freeze and add race; a plain load and store in either shows at once. */
    @Test
    @Timeout(60)
    void freezeAndSpeculativeAddNeverBothSucceed() throws InterruptedException {
        int rounds = 4_000_000;
        CountDownLatch adding = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        count(1);
        Thread adder = new Thread(() -> {
            while (done.getCount() > 0) {
                if (PageRefs.tryGetPage(record)) {
                    adding.countDown();
                    boolean _ = PageRefs.subAndTest(record, 1);
                }
            }
        });
        adder.start();
        adding.await();
        int frozen = 0;
        int broken = 0;
        for (int round = 0; round < rounds || frozen == 0; round++) {
            if (PageRefs.freeze(record, 1)) {
                frozen++;
                // frozen is ours: whatever is here besides 0 got in although the count was 0
                for (int look = 0; look < 4; look++) {
                    if (PageRefs.refCount(record) != 0) {
                        broken++;
                    }
                }
                PageRefs.unfreeze(record, 1);
            }
        }
        done.countDown();
        adder.join();
        assertThat(broken).isZero();
        assertThat(PageRefs.refCount(record)).isEqualTo(1);
    }

    @Test
    void maybePinnedIsUnsignedForOrderZeroAndExactForLarge() {
        for (int count : new int[]{0, 1, 1023}) {
            count(count);
            assertThat(PageRefs.maybePinned(base, 1)).as("count %d", count).isFalse();
        }
        for (int count : new int[]{1024, 1025, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            count(count);
            assertThat(PageRefs.maybePinned(base, 1)).as("count %d", count).isTrue();
        }
        long head = PageLayout.record(base, 4);
        Words.setLong(head + PageLayout.COMPOUND, Compound.ofHead(2));
        for (int tail = 5; tail < 8; tail++) {
            Words.setLong(PageLayout.record(base, tail) + PageLayout.COMPOUND, Compound.ofTail(4));
        }
        PageRefs.setCount(head, 5000);
        assertThat(PageRefs.headPfn(base, 7)).isEqualTo(4);
        assertThat(PageRefs.maybePinned(base, 7)).isFalse();
        PageRefs.addPinCount(head, 1);
        assertThat(PageRefs.maybePinned(base, 7)).isTrue();
        assertThat(PageRefs.maybePinned(base, 4)).isTrue();
        assertThat(PageRefs.subPinCount(head, 1)).isZero();
        assertThat(PageRefs.maybePinned(base, 4)).isFalse();
    }

    @Test
    void mappingsAreCountedFromZero() {
        PageRefs.addMapping(record);
        PageRefs.addMapping(record);
        assertThat(PageRefs.mapCount(record)).isEqualTo(2);
        assertThat(PageRefs.removeMapping(record)).isEqualTo(1);
        assertThat(PageRefs.removeMapping(record)).isZero();
    }

    @Test
    void flagsAreSetAndClearedOneByOne() {
        Words.setLong(record + PageLayout.FLAGS, PageType.toFlags(PageType.USER));
        PageFlags.markReferenced(record);
        PageFlags.set(record, PageFlags.DIRTY);
        assertThat(PageFlags.test(record, PageFlags.DIRTY | PageFlags.REFERENCED)).isTrue();
        PageFlags.clear(record, PageFlags.DIRTY);
        assertThat(PageFlags.test(record, PageFlags.DIRTY | PageFlags.REFERENCED)).isFalse();
        assertThat(PageFlags.test(record, PageFlags.REFERENCED)).isTrue();
        assertThat(PageType.of(record)).isEqualTo(PageType.USER);
    }

    @Test
    @Timeout(60)
    void thePageLockExcludesAndWakes() throws InterruptedException {
        int[] count = new int[1];
        Runnable work = () -> {
            for (int i = 0; i < 20_000; i++) {
                PageFlags.lock(record);
                count[0]++;
                if (i % 64 == 0) {
                    Thread.yield(); // lets the others run into a held lock also on one processor
                }
                PageFlags.unlock(record);
            }
        };
        Thread[] threads = {new Thread(work), new Thread(work), new Thread(work)};
        for (Thread thread : threads) {
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(count[0]).isEqualTo(60_000);
        assertThat(PageFlags.tryLock(record)).isTrue();
        assertThat(PageFlags.tryLock(record)).isFalse();
        PageFlags.unlock(record);
        assertThatThrownBy(() -> PageFlags.unlock(record)).isInstanceOf(IllegalStateException.class);
        assertThat(Words.getLong(record + PageLayout.FLAGS)).isZero();
    }
}
