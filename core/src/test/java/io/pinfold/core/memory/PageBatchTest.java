package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.memory.Memories.MIB;
import static io.pinfold.core.memory.Memories.allocate;
import static io.pinfold.core.memory.Memories.closeIdle;
import static io.pinfold.core.memory.Memories.fill;
import static io.pinfold.core.memory.Memories.put;
import static io.pinfold.core.memory.Memories.refs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.batch.PageList;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import java.lang.ref.WeakReference;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PageBatchTest {
    private final PhysicalMemory memory = Memories.open(16);
    private final MemoryCore core = Bridge.core(memory);

    @Test
    void holdsWhatWasCommittedUntilItIsReleased() {
        long first = allocate(memory, 0);
        long second = allocate(memory, 0);
        PageBatch<?> batch = memory.newPageBatch(4);
        assertThat(batch.capacity()).isEqualTo(4);
        assertThat(batch.size()).isZero();
        assertThat(batch.isHeld()).isFalse();
        fill(batch, FOLL_PIN, first, second);
        assertThat(batch.size()).isEqualTo(2);
        assertThat(batch.isHeld()).isTrue();
        assertThat(batch.isPinned()).isTrue();
        assertThat(batch.memory()).isSameAs(memory);
        assertThat(batch.pfn(0)).isEqualTo(first);
        assertThat(batch.pfn(1)).isEqualTo(second);
        for (int index : new int[]{-1, 2, 4}) {
            assertThatThrownBy(() -> batch.pfn(index)).isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("Index " + index).hasMessageContaining("length 2");
        }
        assertThat(memory.unpinUserPages(Kinds.pins(batch))).isEqualTo(2);
        assertThat(refs(memory, first)).isEqualTo(1);
        assertThat(batch.size()).isZero();
        assertThat(batch.isHeld()).isFalse();
        fill(batch, FOLL_GET, second);
        assertThat(batch.isPinned()).isFalse();
        assertThat(Gup.releasePages(Kinds.gets(batch))).isEqualTo(1);
        batch.close();
        batch.close();
        put(memory, first, 1);
        put(memory, second, 1);
        closeIdle(memory);
    }

    @Test
    void aShortCountKeepsItsReason() {
        PageBatch<Hold.Get> batch = memory.newPageBatch(4);
        long pfn = allocate(memory, 0);
        int[] pfns = ((PageList) Bridge.held(batch)).beginFillEntries();
        pfns[0] = (int) pfn; // the allocation's own reference
        ((PageList) Bridge.held(batch)).filled(1);
        Bridge.held(batch).commit(false, Errno.EFAULT, 0x7000);
        assertThat(batch.stopReason()).isEqualTo(Errno.EFAULT);
        assertThat(batch.stopAddress()).isEqualTo(0x7000);
        assertThat(memory.putPages(batch)).isEqualTo(1);
        Bridge.held(batch).beginFill();
        assertThat(batch.stopReason()).isZero();
        Bridge.held(batch).abandon(Errno.ENOMEM, 0x1000);
        assertThat(batch.stopReason()).isEqualTo(Errno.ENOMEM);
        assertThat(batch.isHeld()).isFalse();
        Bridge.held(batch).beginFill();
        Bridge.held(batch).abandon();
        Bridge.held(batch).beginFill();
        ((PageList) Bridge.held(batch)).filled(0);
        Bridge.held(batch).commit(true, 0, 0);
        assertThat(batch.isHeld()).isFalse();
        closeIdle(memory);
    }

    @Test
    void everyMisuseIsRefusedWithTheValues() {
        long pfn = allocate(memory, 0);
        PageBatch<?> batch = memory.newPageBatch(1);
        assertThatThrownBy(() -> memory.putPages(Kinds.gets(batch))).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("holds nothing (released before?)");
        assertThatThrownBy(() -> memory.unpinUserPages(Kinds.pins(batch))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(Bridge.held(batch)::abandon).isInstanceOf(IllegalStateException.class);

        int[] unused = ((PageList) Bridge.held(batch)).beginFillEntries();
        assertThat(unused).hasSize(1);
        assertThatThrownBy(Bridge.held(batch)::beginFill).hasMessageContaining("is being filled, by another thread");
        assertThatThrownBy(() -> memory.putPages(Kinds.gets(batch))).hasMessageContaining("is being filled");
        assertThatThrownBy(batch::close).hasMessageContaining("cannot be closed while being filled");
        assertThatThrownBy(() -> ((PageList) Bridge.held(batch)).filled(2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> ((PageList) Bridge.held(batch)).filled(-1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        Bridge.held(batch).abandon();

        fill(batch, FOLL_PIN, pfn);
        assertThatThrownBy(Bridge.held(batch)::beginFill)
                .hasMessageContaining("holds 1 pins, which unpinUserPages gives back");
        assertThatThrownBy(() -> memory.putPages(Kinds.gets(batch))).hasMessageContaining("holds 1 pins");
        assertThatThrownBy(() -> Gup.releasePages(Kinds.gets(batch))).hasMessageContaining("holds 1 pins");
        assertThatThrownBy(batch::close).hasMessageContaining("holding pins, 1 pages");
        assertThat(refs(memory, pfn)).isEqualTo(1025);
        memory.unpinUserPages(Kinds.pins(batch));
        assertThatThrownBy(() -> memory.unpinUserPages(Kinds.pins(batch))).hasMessageContaining("released before?");

        fill(batch, FOLL_GET, pfn);
        assertThatThrownBy(() -> memory.unpinUserPages(Kinds.pins(batch)))
                .hasMessageContaining("holds 1 gets, which putPages");
        assertThatThrownBy(() -> memory.unpinUserPagesDirtyLock(Kinds.pins(batch), true))
                .hasMessageContaining("holds 1 gets");
        memory.putPages(Kinds.gets(batch));

        batch.close();
        assertThatThrownBy(Bridge.held(batch)::beginFill).hasMessageContaining("is closed");
        assertThatThrownBy(() -> memory.putPages(Kinds.gets(batch))).hasMessageContaining("is closed");
        put(memory, pfn, 1);
        closeIdle(memory);
    }

    @Test
    @SuppressWarnings("NullAway")
    void nullForeignAndTooSmallBatchesAreNamed() {
        @Nullable PageBatch<?> none = null;
        assertThatThrownBy(() -> memory.putPages(Kinds.gets(none))).isInstanceOf(NullPointerException.class)
                .hasMessageContaining("batch is null");
        assertThatThrownBy(() -> memory.unpinUserPages(Kinds.pins(none))).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> memory.unpinUserPagesDirtyLock(Kinds.pins(none), false))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> Gup.releasePages(Kinds.gets(none))).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> memory.newPageBatch(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("capacity = 0");
        PhysicalMemory other = PhysicalMemory.open(MemoryOptions.ofRam(8 * MIB));
        PageBatch<Hold.Get> foreign = other.newPageBatch(3);
        assertThatThrownBy(() -> memory.putPages(foreign)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Bridge.core(memory).toString())
                .hasMessageContaining(Bridge.core(other).toString());
        assertThatThrownBy(() -> Bridge.held(foreign).requireFor(core, 1))
                .hasMessageContaining(Bridge.core(other).toString());
        assertThatThrownBy(() -> Bridge.held(foreign).requireFor(Bridge.core(other), 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 pages").hasMessageContaining("capacity of 3");
        Bridge.held(foreign).requireFor(Bridge.core(other), 3);
        closeIdle(other);
        closeIdle(memory);
    }

    @Test
    void dirtyIsSetOncePerFolioAndOnlyWhenAsked() {
        long large = allocate(memory, 2);
        long small = allocate(memory, 0);
        PageBatch<Hold.Pin> batch = memory.newPageBatch(4);
        fill(batch, FOLL_PIN, large, large + 1, large + 3, small);
        assertThat(memory.unpinUserPagesDirtyLock(batch, false)).isEqualTo(4);
        assertThat(memory.page(large).flags()).isZero();
        fill(batch, FOLL_PIN, large, large + 1, large + 3, small);
        assertThat(memory.unpinUserPagesDirtyLock(batch, true)).isEqualTo(4);
        assertThat(memory.page(large).flags()).isEqualTo(PageFlags.DIRTY);
        assertThat(memory.page(large + 1).flags()).isZero();
        assertThat(memory.page(small).flags()).isEqualTo(PageFlags.DIRTY);
        assertThat(memory.page(large).pinCount()).isZero();
        assertThat(refs(memory, large)).isEqualTo(1);
        put(memory, large, 1);
        put(memory, small, 1);
        closeIdle(memory);
    }

    /** [A, A, A, B] with A dirty and locked elsewhere: no lock is taken, so nothing waits. */
    @Test
    @Timeout(60)
    void aFolioThatIsDirtyAlreadyIsNotLocked() {
        long large = allocate(memory, 2);
        long small = allocate(memory, 0);
        PageFlags.set(core.recordAddress(large), PageFlags.DIRTY);
        PageFlags.lock(core.recordAddress(large));
        PageBatch<Hold.Pin> batch = memory.newPageBatch(4);
        fill(batch, FOLL_PIN, large, large, large + 2, small);
        assertThat(memory.unpinUserPagesDirtyLock(batch, true)).isEqualTo(4);
        assertThat(memory.page(large).pinCount()).isZero();
        PageFlags.unlock(core.recordAddress(large));
        put(memory, large, 1);
        put(memory, small, 1);
        closeIdle(memory);
    }

    @Test
    void theLastUnpinFreesAndTheZeroPageIsNotCounted() {
        long pfn = allocate(memory, 0);
        PageBatch<?> batch = memory.newPageBatch(3);
        fill(batch, FOLL_PIN, memory.zeroPfn(), pfn, memory.zeroPfn());
        put(memory, pfn, 1); // unmapped meanwhile
        assertThat(refs(memory, pfn)).isEqualTo(1024);
        assertThat(memory.unpinUserPages(Kinds.pins(batch))).isEqualTo(3);
        assertThat(Memories.generation(memory, pfn)).isEqualTo(1);
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo(1);
        assertThat(memory.vmStat().nrFollPinReleased()).isEqualTo(1);
        fill(batch, FOLL_GET, memory.zeroPfn(), memory.zeroPfn());
        assertThat(refs(memory, memory.zeroPfn())).isEqualTo(3);
        memory.putPages(Kinds.gets(batch));
        assertThat(refs(memory, memory.zeroPfn())).isEqualTo(1);
        closeIdle(memory);
    }

    /** O9: however the drop ends, a thread that sees the references gone sees them counted as released. */
    @Test
    void pinsCountAsReleasedBeforeTheirReferencesGo() {
        long first = allocate(memory, 0);
        long second = allocate(memory, 0);
        PageBatch<Hold.Pin> batch = memory.newPageBatch(2);
        fill(batch, FOLL_PIN, first, second);
        PageRefs.add(core.recordAddress(second), -PageRefs.PIN_BIAS); // too many taken off: the release stops here
        assertThatThrownBy(() -> memory.unpinUserPages(batch)).isInstanceOf(MemoryModelError.class);
        assertThat(refs(memory, first)).as("this one is given back").isEqualTo(1);
        assertThat(memory.vmStat().nrFollPinReleased()).isEqualTo(2);
        put(memory, first, 1);
        put(memory, second, 1);
        closeIdle(memory);
    }

    @Test
    void pinsAreCountedByNodeAndSurviveTheirBatch() {
        PhysicalMemory two = PhysicalMemory.open(MemoryOptions.ofRam(16 * MIB).withNodes(2));
        long zero = Bridge.core(two).blocks().allocate(0, Blocks.NORMAL, 0);
        long one = Bridge.core(two).blocks().allocate(1, Blocks.NORMAL, 1);
        PageBatch<Hold.Pin> batch = two.newPageBatch(3);
        fill(batch, FOLL_PIN, one, zero, one + 1);
        assertThat(two.vmStat().nodes()).containsExactly(new VmStat.Node(1, 0), new VmStat.Node(2, 0));
        two.unpinUserPages(batch);
        batch.close();
        assertThat(two.vmStat().nodes()).containsExactly(new VmStat.Node(1, 1), new VmStat.Node(2, 2));
        put(two, zero, 1);
        put(two, one, 1);
        closeIdle(two);
        assertThat(two.vmStat().nrFollPinReleased()).as("also of a closed memory").isEqualTo(3);
        closeIdle(memory);
    }

    @Test
    @Timeout(60)
    void ofTwoThatReleaseAtOnceOneIsTold() throws InterruptedException {
        long pfn = allocate(memory, 0);
        PageBatch<Hold.Pin> batch = memory.newPageBatch(1);
        for (int round = 0; round < 500; round++) {
            fill(batch, FOLL_PIN, pfn);
            int[] refused = new int[2];
            CountDownLatch start = new CountDownLatch(2);
            Runnable[] release = new Runnable[2];
            for (int side = 0; side < 2; side++) {
                int me = side;
                release[side] = () -> {
                    start.countDown();
                    while (start.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                    try {
                        memory.unpinUserPages(batch);
                    } catch (IllegalStateException e) {
                        refused[me]++;
                    }
                };
            }
            Thread other = Thread.ofVirtual().start(release[1]);
            release[0].run();
            other.join();
            assertThat(refused[0] + refused[1]).isEqualTo(1);
            assertThat(refs(memory, pfn)).isEqualTo(1);
        }
        put(memory, pfn, 1);
        closeIdle(memory);
    }

    @Test
    @Timeout(60)
    void aDroppedBatchThatHoldsPagesIsCalledLeaked() {
        long pfn = allocate(memory, 0);
        WeakReference<PageBatch<?>> dropped = dropHolding(pfn);
        collect(dropped);
        // the cleaner runs on its own thread; close names the batch with or without the word
        String message = "";
        while (!message.contains("leaked")) {
            Thread.yield();
            try {
                memory.close();
            } catch (IllegalStateException e) {
                message = String.valueOf(e.getMessage());
            }
        }
        assertThat(message).contains("page batch 1 (holding pins: 1 pages, leaked: nothing refers to it any more)");
        assertThat(PageRefs.maybePinned(core.recordAddress(0), pfn)).isTrue();
    }

    private WeakReference<PageBatch<?>> dropHolding(long pfn) {
        PageBatch<?> batch = memory.newPageBatch(1);
        fill(batch, FOLL_PIN, pfn);
        return new WeakReference<>(batch);
    }

    @Test
    @Timeout(60)
    void aDroppedEmptyBatchGivesItsControlBlockBack() {
        for (int round = 0; round < 3; round++) {
            WeakReference<PageBatch<?>> dropped = new WeakReference<>(memory.newPageBatch(1));
            collect(dropped);
        }
        closeIdle(memory);
    }

    private static void collect(WeakReference<PageBatch<?>> dropped) {
        while (dropped.get() != null) {
            System.gc();
            Thread.yield();
        }
    }

    @Test
    void aBatchTooLargeForTheHeapLeavesNoControlBlockBehind() {
        int refused = 0;
        for (int batch = 0; batch <= 65536; batch++) { // one more than a memory has control blocks
            try {
                (batch % 2 == 0 ? memory.newPageBatch(Integer.MAX_VALUE) : memory.newExtentBatch(Integer.MAX_VALUE))
                        .close();
            } catch (OutOfMemoryError tooLarge) {
                refused++;
            }
        }
        assertThat(refused).isEqualTo(65537);
        memory.newPageBatch(1).close();
        closeIdle(memory);
    }

    /** What closed batches counted stays counted, and once, though another batch has their place by now. */
    @Test
    void countsOutliveTheirBatch() {
        try (PhysicalMemory own = Memories.open(16)) {
            long pfn = Memories.allocate(own, 0);
            for (int pins = 1; pins <= 4; pins++) {
                Batch<Hold.Pin> batch = pins % 2 == 0 ? own.newPageBatch(1) : own.newExtentBatch(1);
                assertThat(own.vmStat().nrFollPinAcquired()).isEqualTo(pins - 1);
                Memories.fill(batch, FOLL_PIN, pfn);
                assertThat(own.vmStat().nrFollPinAcquired()).isEqualTo(pins);
                own.unpinUserPages(batch);
                batch.close();
                assertThat(own.vmStat().nrFollPinAcquired()).isEqualTo(pins);
                assertThat(own.vmStat().nrFollPinReleased()).isEqualTo(pins);
            }
            Memories.put(own, pfn, 1);
        }
    }
}
