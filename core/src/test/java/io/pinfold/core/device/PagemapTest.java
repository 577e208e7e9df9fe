package io.pinfold.core.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.pagemap.Pagemap;
import io.pinfold.core.pagemap.PagemapRegistry;
import io.pinfold.core.pagemap.Pagemaps;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** A memory with a window for devices that is empty again at the end. */
abstract class PagemapTest {
    /** A granule, or some small ones. */
    static final int UNIT = Math.max(8, DevPagemaps.GRANULE_FRAMES);
    static final int UNIT_ORDER = Integer.numberOfTrailingZeros(UNIT);

    final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20).withDeviceBytes(16L << 20));
    final MemoryCore core = Bridge.core(memory);
    final Pagemaps pagemaps = core.pagemaps();
    final PagemapRegistry registry = pagemaps.registry();
    final long start = memory.deviceStart();
    final SharedSlot slot = core.slots().open(0);
    final FreeBatch deferred = new FreeBatch(core);
    final List<Long> freed = new ArrayList<>();
    final DevPagemapOps ops = new DevPagemapOps() {
        @Override
        public void pageFree(DevPagemap pagemap, long headPfn) {
            freed.add(headPfn);
        }
    };

    @AfterEach
    void nothingIsLeft() {
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    Pagemap add(DevPagemapType type, long firstPfn, long frames) {
        return pagemaps.add(DevPagemapOptions.of(type, firstPfn, frames).withOps(ops));
    }

    int refs(long pfn) {
        return memory.page(pfn).refCount();
    }

    long get(long pfn, long cached) {
        slot.enter();
        long found = registry.get(pfn, cached, slot.stripe());
        slot.exit();
        return found;
    }

    void put(long pagemap) {
        slot.enter();
        registry.put(pagemap, slot.stripe());
        slot.exit();
    }

    long grab(long pfn, int n, int flags) {
        slot.enter();
        long token = Grab.trySpeculative(core, pfn, n, flags, deferred);
        slot.exit();
        assertThat(token).isPositive();
        return token;
    }

    void undo(long token) {
        slot.enter();
        Grab.undo(core, token, deferred);
        slot.exit();
        assertThat(deferred.drain()).isZero();
    }

    /** Ends a pagemap of which nothing is held: without a wait, which a wrong count would make endless. */
    static void end(DevPagemap pagemap) {
        pagemap.kill();
        assertThat(pagemap.step()).as("%s", pagemap).isTrue();
        pagemap.close();
    }
}
