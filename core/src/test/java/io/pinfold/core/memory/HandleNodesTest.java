package io.pinfold.core.memory;

import static io.pinfold.core.memory.Memories.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.handle.HandleGrab;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pins by handle are counted on the node of their frame, taken and given back, of own frames and of others'. */
class HandleNodesTest {
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(32 * MIB).withNodes(2));
    private final MemoryCore core = Bridge.core(memory);
    private final FrameHandles handles = memory.handles();
    private final SessionSlot slot = core.slots().openForThread();
    private final HandleGrab grab = new HandleGrab(core, slot);

    private void pinAndUnpin(long handle, int node) {
        assertThat(memory.nodeOf(FrameHandle.pfn(handle))).isEqualTo(node);
        List<VmStat.Node> before = memory.vmStat().nodes();
        long pin = grab.tryPin(handle);
        assertCounted(before, node, 1, 0);
        handles.unpin(pin);
        assertCounted(before, node, 1, 1);
        long another = handles.tryPin(handle); // without a session
        assertCounted(before, node, 2, 1);
        handles.unpin(another);
        assertCounted(before, node, 2, 2);
    }

    private void assertCounted(List<VmStat.Node> before, int node, int acquired, int released) {
        for (int at = 0; at < memory.nodes(); at++) {
            VmStat.Node was = before.get(at);
            VmStat.Node now = memory.vmStat().nodes().get(at);
            assertThat(now.nrFollPinAcquired() - was.nrFollPinAcquired()).as("acquired on node %d", at)
                    .isEqualTo(at == node ? acquired : 0);
            assertThat(now.nrFollPinReleased() - was.nrFollPinReleased()).as("released on node %d", at)
                    .isEqualTo(at == node ? released : 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void ofAFrameOfOthers(int node) {
        for (int order : new int[]{0, 3}) {
            long head = core.blocks().allocate(order, Blocks.NORMAL, node);
            pinAndUnpin(handles.handleOf(head + (1L << order) - 1), node);
            Memories.put(memory, head, 1);
        }
        Memories.closeIdle(memory);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void ofAFrameAllocatedByHandle(int node) {
        List<Long> kept = new ArrayList<>();
        long handle = handles.allocate();
        while (memory.nodeOf(FrameHandle.pfn(handle)) != node) {
            kept.add(handle);
            handle = handles.allocate();
        }
        pinAndUnpin(handle, node);
        handles.put(handle);
        kept.forEach(handles::put);
        Memories.closeIdle(memory);
    }
}
