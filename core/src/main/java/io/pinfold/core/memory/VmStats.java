package io.pinfold.core.memory;

import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.batch.BatchSlotLayout;
import io.pinfold.core.memory.frame.Counters;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.handle.HeldFrames;
import io.pinfold.core.memory.handle.TakeCounts;
import io.pinfold.core.memory.zone.Zone;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Sums the statistics of a memory up. Reads control words only, so it works on a closed memory too.
 *
 * <p><b>Protocol: pins counted against a read of the counters.</b>
 * <pre>
 * COUNT1 holder: acquired += n, when the pins are taken
 * COUNT2 releaser: released += n, release, before they are dropped
 * COUNT3 reader: sum of the released, acquire
 * COUNT4 reader: sum of the acquired
 * must not happen: COUNT3 sees a release whose pins COUNT4 does not see, so that more is released than acquired
 * </pre>
 * COUNT1 happens before COUNT2, on one thread or by the hand-over of the batch, and COUNT3 acquires COUNT2.
 *
 * <p>Pins by handle are counted when they are taken. Those that were given back are derived: what was taken less what
 * the records show as held, which takes a look at every frame that was ever in use. The answer is exact while no pin by
 * handle is taken or given back; else it is off by those that were meanwhile.
 */
final class VmStats {
    private VmStats() {
    }

    static VmStat sum(PhysicalMemory memory) {
        MemoryCore core = Bridge.core(memory);
        List<VmStat.Node> nodes = new ArrayList<>();
        for (int node = 0; node < memory.nodes(); node++) {
            long released = Bridge.batches(memory).sum(BatchSlotLayout.RELEASED + node * Long.BYTES); // COUNT3
            long acquired = Bridge.batches(memory).sum(BatchSlotLayout.ACQUIRED + node * Long.BYTES); // COUNT4
            long byHandle = core.slots().sum(Counters.handlePins(node)) + memory.handles().counts().sum(node);
            long held = byHandle == 0 ? 0 : Math.min(byHandle, HeldFrames.pins(core, node));
            nodes.add(new VmStat.Node(acquired + byHandle, released + byHandle - held));
        }
        Map<FallBack, Long> fallBacks = new EnumMap<>(FallBack.class);
        for (FallBack reason : FallBack.values()) {
            long count = core.slots().sum(Counters.of(reason));
            if (count != 0) {
                fallBacks.put(reason, count);
            }
        }
        Map<RollBack, Long> rollBacks = new EnumMap<>(RollBack.class);
        for (RollBack step : RollBack.values()) {
            long count = core.slots().sum(Counters.of(step));
            if (step == RollBack.RECYCLED) {
                count += memory.handles().counts().sum(TakeCounts.RECYCLED);
            }
            if (count != 0) {
                rollBacks.put(step, count);
            }
        }
        long free = 0;
        long freeForTables = 0;
        long allocated = 0;
        long tables = 0;
        long everUsed = 0;
        for (Zone zone : core.blocks().zones()) {
            free += zone.freeForUsers();
            freeForTables += zone.freeForTables();
            allocated += zone.allocated();
            tables += zone.tables();
            everUsed += zone.everUsed();
        }
        return new VmStat(nodes, core.slots().sum(Counters.FAST_HITS), fallBacks, rollBacks,
                core.slots().advances(), core.slots().heavyFences(), free, freeForTables, allocated, tables,
                core.retired().pending(), core.retiredFrames().pending(), core.slots().openScopes(), everUsed);
    }
}
