package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.FallBack;
import io.pinfold.core.gup.RollBack;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.MmControl;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.words.Words;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two walkers against an opponent that does what every mutator does before it frees, shares or copies a page: bar the way, then
 * look at the count. If the count says that nobody holds the page, the opponent claims it for a moment, then gives up the
 * claim and opens the way again. While a page is claimed nobody may hold a returned reference on it: a walker that
 * grabbed it before was seen by the opponent, one that grabs it later must see that the way is barred (I1, I5).
 *
 * <p>UNMAP takes out the page's own entry. COLLAPSE takes out the entry of its table, as does a move of the whole table: the
 * page's own entry never changes, and only the other re-check helps. FORK makes write_protect_seq odd: no entry changes, and
 * only pins are barred.
 */
class RecheckStressTest {

    /** What bars the way. */
    enum Way {
        UNMAP(RollBack.P7_PTE, FallBack.NONE_PRESENT), COLLAPSE(RollBack.P7_PMD, FallBack.NONE_PRESENT),
        FORK(RollBack.F4_SEQ, FallBack.FORK_SEQ);

        final RollBack step;
        final FallBack late;

        Way(RollBack step, FallBack late) {
            this.step = step;
            this.late = late;
        }
    }

    private static final int ROUNDS = 100_000;
    private static final int WALKERS = 2;

    @ParameterizedTest
    @CsvSource({"UNMAP, true", "UNMAP, false", "COLLAPSE, true", "COLLAPSE, false", "FORK, true"})
    void whoeverClaimsAPageIsAlone(Way way, boolean pin) throws InterruptedException {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(1);
            Duel duel = new Duel(machine, address, way, pin);
            Thread[] walkers = new Thread[WALKERS];
            for (int i = 0; i < WALKERS; i++) {
                walkers[i] = new Thread(duel::walk);
                walkers[i].start();
            }
            duel.oppose();
            for (Thread walker : walkers) {
                walker.join();
            }
            assertThat(duel.failure.get()).isNull();
            assertThat(machine.refs(duel.pfn)).as("I2: every roll-back was exact").isOne();
            assertThat(machine.memory.vmStat().fastHits()).as("walks that got the page").isPositive();
            assertThat(machine.fallBacks(way.late)).as("walks that came too late").isPositive();
            System.out.println("RecheckStressTest " + way + (pin ? " pin" : " get") + ": claims " + duel.claims
                    + ", hits " + machine.memory.vmStat().fastHits() + ", roll-backs "
                    + machine.rollBacks(way.step));
        }
    }

    private static final class Duel {
        private final Machine machine;
        private final long address;
        private final boolean pin;
        private final Way way;
        private final long word;
        private final long pfn;
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private volatile boolean claimed;
        private volatile boolean over;
        private int claims;

        Duel(Machine machine, long address, Way way, boolean pin) {
            this.machine = machine;
            this.address = address;
            this.pin = pin;
            this.way = way;
            this.word = switch (way) {
                case UNMAP -> machine.entryAddress(address, 0);
                case COLLAPSE -> machine.entryAddress(address, 1);
                case FORK -> machine.space.control() + MmControl.WRITE_PROTECT_SEQ;
            };
            this.pfn = machine.space.frameAt(address);
        }

        void oppose() {
            try {
                for (int i = 0; i < ROUNDS && failure.get() == null; i++) {
                    long entry = bar();
                    if (machine.refs(pfn) == 1) {
                        claimed = true;
                        claims++;
                        // Long enough for a walk that goes wrong to end meanwhile.
                        for (int spin = 0; spin < 50; spin++) {
                            Thread.onSpinWait();
                        }
                        claimed = false;
                    }
                    open(entry);
                    for (int spin = 0; spin < (i & 63); spin++) {
                        Thread.onSpinWait();
                    }
                }
            } finally {
                over = true;
            }
        }

        private long bar() {
            return way == Way.FORK ? Words.getAndAddInt(word, 1) : Entries.exchange(word, Entry.NONE);
        }

        private void open(long entry) {
            if (way == Way.FORK) {
                Words.setIntRelease(word, (int) entry + 2);
            } else {
                Entries.store(word, entry);
            }
        }

        void walk() {
            try (GupSession session = GupSession.open(machine.memory); PageBatch batch = machine.batch(1)) {
                while (!over) {
                    int n = pin ? session.pinUserPagesFastOnly(machine.space, address, 1, 1, batch)
                            : session.getUserPagesFastOnly(machine.space, address, 1, 1, batch);
                    if (n == 1) {
                        // Read while it is held: held and claimed at the same time is the one thing that must not be.
                        boolean wrong = claimed;
                        int released = pin ? machine.memory.unpinUserPages(batch) : machine.memory.putPages(batch);
                        if (wrong || released != 1) {
                            throw new AssertionError("frame " + pfn + " was held while its owner had counted nobody");
                        }
                    }
                }
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        }
    }
}
