package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.memory.Memories.allocate;
import static io.pinfold.core.memory.Memories.fill;
import static io.pinfold.core.memory.Memories.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.epoch.SlotTable;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.MemoryCore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CloseTest {
    private final PhysicalMemory memory = Memories.open(16);
    private final MemoryCore core = Bridge.core(memory);

    @Test
    void everythingThatIsOutIsListedAndTheMemoryStaysOpen() {
        long pfn = allocate(memory, 0);
        MemoryLease space = memory.use("address space 17");
        MemoryLease engine = memory.use("engine dma0");
        PageBatch<Hold.Pin> pins = memory.newPageBatch(1);
        PageBatch<Hold.Get> gets = memory.newPageBatch(2);
        PageBatch<?> filling = memory.newPageBatch(1);
        fill(pins, FOLL_PIN, pfn);
        fill(gets, FOLL_GET, pfn, pfn);
        Bridge.held(filling).beginFill();
        assertThatThrownBy(memory::close).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(Bridge.core(memory).toString()).hasMessageContaining("address space 17")
                .hasMessageContaining("engine dma0").hasMessageContaining("page batch 1 (holding pins: 1 pages)")
                .hasMessageContaining("page batch 2 (holding gets: 2 pages)")
                .hasMessageContaining("page batch 3 (being filled)");
        assertThat(memory.isClosed()).isFalse();
        Bridge.held(filling).abandon();
        memory.unpinUserPages(pins);
        memory.putPages(gets);
        engine.close();
        engine.close();
        assertThatThrownBy(memory::close).hasMessageEndingWith("still out: address space 17");
        try (SharedSlot slot = core.slots().open(0)) {
            slot.enter(); // works again after a refusal
            slot.exit();
        }
        space.close();
        put(memory, pfn, 1);
        Memories.closeIdle(memory);
    }

    /** The control blocks of batches lie in chunks of 64; those in front are empty. */
    @Test
    void aBatchBehindEmptyChunksIsOutToo() {
        long pfn = allocate(memory, 0);
        List<PageBatch<Hold.Pin>> many = new ArrayList<>();
        for (int i = 0; i <= 2 * SlotTable.CHUNK_SLOTS; i++) {
            many.add(memory.newPageBatch(1));
        }
        PageBatch<Hold.Pin> last = many.removeLast();
        many.forEach(Batch::close);
        fill(last, FOLL_PIN, pfn);
        assertThat(memory.vmStat().nrFollPinAcquired()).isOne();
        assertThatThrownBy(memory::close).hasMessageEndingWith("still out: " + last.toString().split(" of ")[0]
                + " (holding pins: 1 pages)");
        memory.unpinUserPages(last);
        assertThat(memory.vmStat().nrFollPinReleased()).isOne();
        put(memory, pfn, 1);
        Memories.closeIdle(memory);
    }

    @Test
    void afterCloseEveryCallSaysSoAndNothingTouchesTheFrames() {
        SharedSlot idle = core.slots().open(0);
        PageBatch<?> batch = memory.newPageBatch(1);
        memory.close();
        memory.close();
        assertThatThrownBy(idle::enter).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        idle.close();
        assertThatThrownBy(() -> core.slots().open(0)).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        assertThatThrownBy(() -> memory.use("late")).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        assertThatThrownBy(() -> memory.newPageBatch(1)).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        assertThatThrownBy(() -> memory.page(1)).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        assertThatThrownBy(() -> memory.unpinUserPages(Kinds.pins(batch))).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        assertThatThrownBy(() -> memory.putPages(Kinds.gets(batch))).isInstanceOf(MemoryClosedException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        assertThat(memory.vmStat().allocatedFrames()).isZero();
        batch.close();
    }

    @Test
    void closeWaitsForAWalkGoingOnAndForAReleaseGoingOn() throws Exception {
        SharedSlot slot = core.slots().open(0);
        slot.enter();
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> closing = executor.submit(memory::close);
            assertThatThrownBy(() -> closing.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            slot.exit();
            closing.get();
        }
        assertThat(memory.isClosed()).isTrue();

        PhysicalMemory other = Memories.open(8);
        PageBatch<?> batch = other.newPageBatch(1);
        long pfn = allocate(other, 0);
        fill(batch, FOLL_GET, pfn);
        Bridge.held(batch).beginRelease(false);
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> closing = executor.submit(other::close);
            assertThatThrownBy(() -> closing.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            put(other, pfn, 2); // the batch's reference, and the allocation's
            Bridge.held(batch).endRelease();
            closing.get();
        }
        assertThat(other.isClosed()).isTrue();
    }
}
