package io.pinfold.core.memory;

import static io.pinfold.core.memory.Memories.closeIdle;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.frame.RetiredTables;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.HeavyFence;
import io.pinfold.core.words.Words;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RetiredTablesTest {
    private final PhysicalMemory memory = Memories.open(16);
    private final MemoryCore core = Bridge.core(memory);
    private final RetiredTables retired = core.retired();

    /** Tables of the levels from 0 on. */
    private long chain(int length) {
        long chain = 0;
        for (int i = 0; i < length; i++) {
            chain = retired.link(core.blocks().allocateTable(1, i, 0), chain);
        }
        return chain;
    }

    @Test
    @Tag("unchecked") // looks at the poison in a freed table
    void tablesAreFreedOnlyAfterTheWalkersMovedOn() {
        SharedSlot slot = core.slots().open(0);
        slot.enter();
        long chain = chain(3);
        retired.retire(chain);
        assertThat(retired.pending()).isEqualTo(3);
        assertThat(memory.vmStat().retiredTables()).isEqualTo(3);
        assertThat(retired.step()).isZero();
        assertThat(memory.page(chain).type()).isEqualTo(PageType.TABLE);
        slot.exit();
        slot.enter(); // a new walk, after the unlink
        assertThat(retired.step()).isEqualTo(3);
        assertThat(retired.pending()).isZero();
        assertThat(Words.getLong(core.frameAddress(chain))).isEqualTo(Blocks.TABLE_POISON);
        slot.exit();
        closeIdle(memory);
    }

    @Test
    void chainsLeaveInTheOrderTheyCame() {
        SharedSlot early = core.slots().open(0);
        SharedSlot late = core.slots().open(0);
        early.enter();
        retired.retire(chain(1));
        retired.retire(0);
        late.enter();
        retired.retire(chain(2));
        retired.retire(chain(4));
        assertThat(retired.step()).isZero();
        early.exit();
        assertThat(retired.step()).isEqualTo(1);
        late.exit();
        assertThat(retired.step()).isEqualTo(6);
        assertThat(retired.step()).isZero();
        retired.retire(chain(2));
        assertThat(retired.drain()).isEqualTo(2);
        closeIdle(memory);
    }

    /** 64 tables share a heavy fence; without one none waits. */
    @Test
    void tablesWaitUntilTheyAreWorthAFence() {
        long before = memory.vmStat().heavyFences();
        int due = 64;
        for (int i = 1; i < due; i++) {
            retired.retire(chain(1));
            assertThat(retired.stepWhenDue()).isEqualTo(HeavyFence.isAsymmetric() ? 0 : 1);
        }
        assertThat(memory.vmStat().heavyFences()).isEqualTo(before);
        retired.retire(chain(1));
        assertThat(retired.stepWhenDue()).isEqualTo(HeavyFence.isAsymmetric() ? due : 1);
        assertThat(memory.vmStat().heavyFences() - before).isEqualTo(HeavyFence.isAsymmetric() ? 1 : 0);
        assertThat(memory.vmStat().retiredTables()).isZero();
        retired.retire(chain(1));
        assertThat(retired.drain()).as("without waiting for others").isOne();
        closeIdle(memory);
    }

    @Test
    void anAllocationThatFailsTriesTheRetiredOnes() {
        long chain = 0;
        long last = 0;
        for (long pfn; (pfn = core.blocks().allocateTable(1, 0, 0)) > 0;) {
            last = pfn;
            chain = retired.link(pfn, chain);
        }
        assertThat(last).isPositive();
        retired.retire(chain);
        assertThat(core.blocks().allocateTable(1, 0, 0)).isPositive();
        assertThat(retired.pending()).isZero();
        assertThat(MemoryAudit.check(memory)).isEmpty();
        memory.close();
    }

    /**
     * I7: walkers read the table they found; the reclaimer unlinks, retires and steps. Poison means freed too early.
     */
    @Test
    void noWalkerReadsAFreedTable() throws Exception {
        long root = core.blocks().allocateTable(1, 1, 0);
        long link = core.frameAddress(root);
        long base = core.frameAddress(0);
        Words.setLongVolatile(link, core.blocks().allocateTable(1, 0, 0));
        int rounds = 10_000;
        CountDownLatch walking = new CountDownLatch(2); // otherwise all rounds may end before a walker's first step
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Future<long[]>[] walkers = futures();
            for (int i = 0; i < walkers.length; i++) {
                walkers[i] = executor.submit(() -> walk(link, base, walking));
            }
            try {
                assertThat(walking.await(30, TimeUnit.SECONDS)).isTrue();
                for (int round = 0; round < rounds; round++) {
                    long next = core.blocks().allocateTable(1, 0, round);
                    if (next < 0) { // a walker is descheduled, and everything is retired
                        assertThat(retired.drain()).isPositive();
                        next = core.blocks().allocateTable(1, 0, round);
                    }
                    assertThat(next).isPositive();
                    long old = Words.getAndSetLong(link, next);
                    retired.retire(retired.link(old, 0));
                    retired.step();
                }
            } finally {
                long last = Words.getAndSetLong(link, 0); // the walkers stop, also when this side failed
                retired.retire(retired.link(last, 0));
            }
            long walks = 0;
            for (Future<long[]> walker : walkers) {
                long[] result = walker.get(30, TimeUnit.SECONDS);
                assertThat(result[0]).as("reads of a freed table").isZero();
                walks += result[1];
            }
            assertThat(walks).isPositive();
        }
        retired.drain();
        core.blocks().freeTable(root);
        closeIdle(memory);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Future<long[]>[] futures() {
        return new Future[2];
    }

    private long[] walk(long link, long base, CountDownLatch walking) {
        long poisoned = 0;
        long walks = 0;
        try (SharedSlot slot = core.slots().open(0)) {
            for (;;) {
                slot.enter();
                long table = Words.getLongVolatile(link);
                if (table == 0) {
                    slot.exit();
                    return new long[]{poisoned, walks};
                }
                for (int word = 0; word < 16; word++) {
                    if (Words.getLongVolatile(base + (table << 12) + word * 8L) == Blocks.TABLE_POISON) {
                        poisoned++;
                    }
                }
                slot.exit();
                if (walks++ == 0) {
                    walking.countDown();
                }
            }
        }
    }
}
