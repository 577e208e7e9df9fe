package io.pinfold.core.epoch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import java.lang.ref.Reference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Owners that are dropped without close: there is room for the next all the same. */
@Timeout(120)
class DroppedTest {
    private static final int ROOM = 65_536;

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20));
    private final MemoryCore core = Bridge.core(memory);

    @AfterEach
    void closes() {
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    @Test
    void moreSlotsThanThereIsRoomForIfNobodyKeepsThem() {
        for (int i = 0; i < ROOM + 10; i++) {
            SharedSlot slot = core.slots().open(0);
            slot.enter();
            slot.count(0, 1);
            slot.exit();
        }
        assertThat(core.slots().sum(0)).as("what the dropped ones counted").isEqualTo(ROOM + 10);
    }

    @Test
    void moreCpusThanThereIsRoomForIfNobodyKeepsThem() {
        try (AddressSpace space = AddressSpace.create(memory)) {
            Cpu kept = space.openCpu();
            for (int i = 0; i < ROOM + 10; i++) {
                assertThat(space.openCpu().space()).isSameAs(space);
            }
            assertThat(core.slots().inUse(space.id())).isBetween(1, ROOM);
            kept.close();
        }
    }

    @Test
    void moreBatchesThanThereIsRoomForIfNobodyKeepsThem() {
        for (int i = 0; i < ROOM + 10; i++) {
            PageBatch<?> batch = memory.newPageBatch(1);
            assertThat(batch.isHeld()).isFalse();
        }
    }

    @Test
    void aSlotThatAnErrorLeftInsideAWalkHoldsUpNobodyOnceItIsDropped() throws InterruptedException {
        core.slots().open(0).enter();
        while (core.slots().inUse() != 0) {
            collect();
        }
        core.retired().drain(); // waits for every walk
    }

    @Test
    void closeWaitsForWalksThatErrorsCutOffUntilTheyAreDropped() throws InterruptedException {
        PhysicalMemory other = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20));
        for (int i = 0; i < 100; i++) {
            Bridge.core(other).slots().open(0).enter();
        }
        Thread closer = new Thread(other::close);
        closer.setDaemon(true);
        closer.start();
        while (closer.isAlive()) {
            collect();
        }
        assertThat(other.isClosed()).isTrue();
    }

    /** Collections one after the other would stop the cleaner again before it comes to the slot. */
    private static void collect() throws InterruptedException {
        System.gc();
        Thread.sleep(20);
    }

    @Test
    void aSlotThatIsKeptIsNotTakenAway() {
        SharedSlot kept = core.slots().open(0);
        for (int i = 0; i < ROOM; i++) {
            core.slots().open(0);
        }
        kept.enter();
        kept.exit();
        kept.close();
        Reference.reachabilityFence(kept);
    }
}
