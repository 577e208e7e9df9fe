package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.memory.Memories.MIB;
import static io.pinfold.core.memory.Memories.closeIdle;
import static io.pinfold.core.memory.Memories.fill;
import static io.pinfold.core.memory.Memories.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.frame.Blocks;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Frames on both sides of the border of two nodes, which follow each other and so lie in one extent: each release
 * counts every pin on the node of its frame, whichever form the batch and the release have.
 */
class NodeBorderTest {
    private static final int UNIT = 1 << Blocks.MAX_ORDER;
    /** Pages before the border, and behind it. */
    private static final int BEFORE = 2;
    private static final int BEHIND = 3;

    private final PhysicalMemory memory = PhysicalMemory
            .open(MemoryOptions.ofRam(32 * MIB).withMovableBytes(16 * MIB).withNodes(2));
    private final List<Long> units = new ArrayList<>();

    /** One way to give the pins of a batch back. */
    private interface Release<B> {
        void of(B batch);
    }

    /** Takes every block, so that the two at the border are ours; the first frame behind the border. */
    private long takeBorder() {
        long border = 0;
        for (int node = 0; node < 2; node++) {
            for (long pfn; (pfn = Bridge.core(memory).blocks().allocate(Blocks.MAX_ORDER, Blocks.MOVABLE_FIRST,
                    node)) > 0;) {
                units.add(pfn);
            }
        }
        for (long pfn : units) {
            boolean isBehind = memory.nodeOf(pfn) == 1 && memory.nodeOf(pfn - 1) == 0;
            border = isBehind && units.contains(pfn - UNIT) ? pfn : border;
        }
        assertThat(border).as("two blocks of ours at the border of the nodes").isPositive();
        return border;
    }

    private void pinAndRelease(Batch<?> batch, long border, Runnable release) {
        List<VmStat.Node> before = memory.vmStat().nodes();
        long[] pfns = new long[BEFORE + BEHIND];
        for (int i = 0; i < pfns.length; i++) {
            pfns[i] = border - BEFORE + i;
        }
        fill(batch, FOLL_PIN, pfns);
        release.run();
        assertThat(batch.isHeld()).isFalse();
        for (int node = 0; node < 2; node++) {
            VmStat.Node now = memory.vmStat().nodes().get(node);
            int pins = node == 0 ? BEFORE : BEHIND;
            assertThat(now.nrFollPinAcquired() - before.get(node).nrFollPinAcquired()).as("acquired on node %d", node)
                    .isEqualTo(pins);
            assertThat(now.nrFollPinReleased() - before.get(node).nrFollPinReleased()).as("released on node %d", node)
                    .isEqualTo(pins);
        }
    }

    @Test
    void everyReleaseCountsOnTheNodeOfTheFrame() {
        long border = takeBorder();
        PageBatch<Hold.Pin> list = memory.newPageBatch(BEFORE + BEHIND);
        ExtentBatch<Hold.Pin> extents = memory.newExtentBatch(2);
        List<Release<PageBatch<Hold.Pin>>> ofLists = List.of(memory::unpinUserPages,
                batch -> memory.unpinUserPagesDirtyLock(batch, false),
                batch -> memory.unpinUserPagesDirtyLock(batch, true),
                batch -> {
                    memory.unpinUserPagesDirtyLock(batch, 1, BEFORE + BEHIND - 2, false);
                    memory.unpinUserPages(batch);
                },
                batch -> {
                    memory.unpinUserPagesDirtyLock(batch, 1, BEFORE + BEHIND - 2, true);
                    memory.unpinUserPagesDirtyLock(batch, true);
                });
        for (Release<PageBatch<Hold.Pin>> release : ofLists) {
            pinAndRelease(list, border, () -> release.of(list));
        }
        List<Release<ExtentBatch<Hold.Pin>>> ofExtents = List.of(memory::unpinUserPages,
                batch -> memory.unpinUserPagesDirtyLock(batch, false),
                batch -> memory.unpinUserPagesDirtyLock(batch, true),
                batch -> {
                    assertThat(batch.extents()).as("it lies on two nodes").isOne();
                    memory.unpinUserPagesDirtyLock(batch, 0, 0, BEFORE + 1, false);
                    memory.unpinUserPages(batch);
                },
                batch -> {
                    memory.unpinUserPagesDirtyLock(batch, 0, 0, BEFORE + 1, true);
                    memory.unpinUserPagesDirtyLock(batch, true);
                });
        for (Release<ExtentBatch<Hold.Pin>> release : ofExtents) {
            pinAndRelease(extents, border, () -> release.of(extents));
        }
        units.forEach(pfn -> put(memory, pfn, 1));
        list.close();
        extents.close();
        closeIdle(memory);
    }

    /** A walk that cannot tell the node beforehand counts what it holds at its end. */
    @Test
    void bothListsCountWhatTheyHoldOnTheNodesOfTheFrames() {
        long border = takeBorder();
        for (Batch<?> batch : List.of(memory.newPageBatch(BEFORE + BEHIND), memory.newExtentBatch(2))) {
            List<VmStat.Node> before = memory.vmStat().nodes();
            HeldPages held = Bridge.held(batch);
            held.beginFill();
            held.append(border - BEFORE, BEFORE + BEHIND);
            held.countAcquiredByNode();
            for (int node = 0; node < 2; node++) {
                int pins = node == 0 ? BEFORE : BEHIND;
                assertThat(memory.vmStat().nodes().get(node).nrFollPinAcquired())
                        .as("acquired on node %d, %s", node, batch)
                        .isEqualTo(before.get(node).nrFollPinAcquired() + pins);
                held.countReleased(node, pins);
            }
            held.abandon();
            batch.close();
        }
        units.forEach(pfn -> put(memory, pfn, 1));
        closeIdle(memory);
    }
}
