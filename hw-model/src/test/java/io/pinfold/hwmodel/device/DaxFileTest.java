package io.pinfold.hwmodel.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Waits;
import io.pinfold.fastpath.GupSession;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DaxFileTest {
    private static final int PAGE = Geometry.PAGE_BYTES;
    private static final int PUNCHES = 3000;
    private static final int PINS = 3000;

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20).withDeviceBytes(4L << 20));
    private final AddressSpace space = AddressSpace.create(memory);
    private final ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.FS_DAX, 512);
    private final DaxFile file = new DaxFile(device, 8);
    private final long address = space.mmap(0, 8 * PAGE, Prot.READ_WRITE, MapFlags.SHARED, file.object(), 0);

    @AfterEach
    void nothingIsLeft() {
        VmStat counts = memory.vmStat();
        assertThat(counts.nrFollPinReleased()).as("pins given back: else removing the device would wait for ever")
                .isEqualTo(counts.nrFollPinAcquired());
        assertThat(file.tryPunchHole(0, 8)).as("no block is held, so nothing below waits").isEqualTo(-1);
        file.close();
        assertThat(device.busyPages()).isZero();
        device.unplug();
        space.close();
        int _ = Bridge.core(memory).retired().drain();
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    @Test
    void blocksComeWithTheFirstTouchAndGoWithAHole() {
        try (Cpu cpu = space.openCpu()) {
            assertThat(file.blockOf(2)).isZero();
            cpu.storeLong(address + 2 * PAGE, 5);
            long block = file.blockOf(2);
            assertThat(device.isBusy(block)).isTrue();
            assertThat(file.tryPunchHole(0, 8)).isEqualTo(-1);
            assertThat(device.isBusy(block)).isFalse();
            assertThat(space.frameAt(address + 2 * PAGE)).isZero();
            assertThat(cpu.loadLong(address + 2 * PAGE)).as("a new block, of zeros").isZero();
            assertThat(file.blockOf(2)).isNotEqualTo(block);
        }
        assertThatThrownBy(() -> new DaxFile(ZoneDevice.plug(memory, DevPagemapType.FS_DAX, 1024), 1))
                .hasMessageContaining("no 1024 frames");
    }

    /** Twice as many blocks as the device has: each is had again, and shows nothing of the file that it was in. */
    @Test
    void blocksThatAreHadAgainAreOfZeros() {
        long last = PAGE - Long.BYTES;
        try (Cpu cpu = space.openCpu()) {
            for (int blocks = 0; blocks < 2 * 512; blocks += 8) {
                for (long page = address; page < address + 8 * PAGE; page += PAGE) {
                    for (long word : new long[]{page, page + last}) {
                        assertThat(cpu.loadLong(word)).as("after %d blocks", blocks).isZero();
                        cpu.storeLong(word, -1);
                    }
                }
                assertThat(file.tryPunchHole(0, 8)).isEqualTo(-1);
            }
        }
    }

    /** N8 with its waiter: the unpin to 1 wakes it, the unpin to 2 does not end the wait. */
    @Test
    void aHoleWaitsForThePinAndForTheGet() throws InterruptedException {
        try (GupSession session = GupSession.open(memory);
                PageBatch<Hold.Pin> pin = memory.newPageBatch(1);
                PageBatch<Hold.Get> get = memory.newPageBatch(1)) {
            assertThat(session.pinUserPagesFast(space, address, 1, GupOptions.WRITE, pin)).isEqualTo(1);
            assertThat(session.getUserPagesFast(space, address, 1, GupOptions.READ, get)).isEqualTo(1);
            long block = pin.pfn(0);
            assertThat(get.pfn(0)).isEqualTo(block);
            assertThat(memory.page(block).refCount()).isEqualTo(1026);
            assertThat(file.tryPunchHole(0, 8)).isZero();
            assertThat(space.frameAt(address)).as("unmapped all the same").isZero();
            Thread puncher = new Thread(() -> file.punchHole(0, 8));
            puncher.start();
            memory.unpinUserPages(pin);
            assertThat(memory.page(block).refCount()).isEqualTo(2);
            assertThat(device.pageFrees()).isZero();
            assertThat(device.isBusy(block)).isTrue();
            memory.putPages(get);
            puncher.join();
            assertThat(device.pageFrees()).isEqualTo(1);
            assertThat(device.isBusy(block)).isFalse();
        }
    }

    /** The count changed and the waiter was woken, which proves nothing: the block may be held again. */
    @Test
    void aWakeUpIsNoProof() throws InterruptedException {
        try (GupSession session = GupSession.open(memory);
                PageBatch<Hold.Pin> pin = memory.newPageBatch(1);
                PageBatch<Hold.Get> get = memory.newPageBatch(1)) {
            assertThat(session.pinUserPagesFast(space, address, 1, GupOptions.WRITE, pin)).isEqualTo(1);
            assertThat(session.getUserPagesFast(space, address, 1, GupOptions.READ, get)).isEqualTo(1);
            long block = pin.pfn(0);
            Thread puncher = new Thread(() -> file.punchHole(0, 8));
            puncher.start();
            awaitParked(puncher);
            memory.unpinUserPages(pin);
            for (int i = 0; i < 20 && puncher.isAlive(); i++) { // woken, checked, and asleep again
                Waits.wakeAll(Bridge.core(memory).recordAddress(block) + PageLayout.REFCOUNT);
                awaitParked(puncher);
            }
            boolean isWaiting = puncher.isAlive();
            boolean wasBusy = device.isBusy(block);
            memory.putPages(get); // before a failure, which would leave the file waiting for ever
            puncher.join();
            assertThat(isWaiting && wasBusy).as("the get still holds the block").isTrue();
            assertThat(device.isBusy(block)).isFalse();
        }
    }

    private static void awaitParked(Thread thread) throws InterruptedException {
        Thread.sleep(1);
        while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    /** A pin that outlives its mapping is waited for, although the file is no longer mapped. */
    @Test
    void aPinHeldAcrossMunmapIsSeen() {
        try (GupSession session = GupSession.open(memory); PageBatch<Hold.Pin> pin = memory.newPageBatch(1)) {
            assertThat(session.pinUserPagesFast(space, address + PAGE, 1, GupOptions.WRITE, pin)).isEqualTo(1);
            assertThat(space.munmap(address, 8 * PAGE)).isZero();
            assertThat(file.object().mappings()).isZero();
            assertThat(file.tryPunchHole(0, 8)).isEqualTo(1);
            memory.unpinUserPages(pin);
            assertThat(file.tryPunchHole(0, 8)).isEqualTo(-1);
        }
    }

    /** I8: while a walker holds a block it belongs to the file, whatever is punched meanwhile. */
    @Test
    void noBlockIsFreedUnderAPin() throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicInteger pins = new AtomicInteger(); // both sides have run to this point, however busy the machine is
        Thread pinner = new Thread(() -> {
            try (GupSession session = GupSession.open(memory); PageBatch<Hold.Pin> pin = memory.newPageBatch(4)) {
                while (!Thread.currentThread().isInterrupted()) {
                    int n = session.pinUserPagesFastOnly(space, address, 4, GupOptions.WRITE, pin);
                    int busy = 0;
                    for (int i = 0; i < n; i++) {
                        busy += device.isBusy(pin.pfn(i)) ? 1 : 0;
                    }
                    if (n > 0) {
                        memory.unpinUserPages(pin);
                        pins.incrementAndGet();
                    }
                    assertThat(busy).as("blocks of %d pinned that are the file's", n).isEqualTo(Math.max(n, 0));
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        pinner.start();
        try (Cpu cpu = space.openCpu()) {
            for (int i = 0; (i < PUNCHES || pins.get() < PINS) && failure.get() == null; i++) {
                for (int page = 0; page < 4; page++) {
                    cpu.storeLong(address + page * PAGE, i); // something for the walk to find
                }
                int _ = file.tryPunchHole(0, 4);
            }
        }
        pinner.interrupt();
        pinner.join();
        assertThat(failure).hasNullValue();
    }

    @Test
    void badSizesAreRefused() {
        for (int pages : new int[]{0, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> new DaxFile(device, pages)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not " + pages);
        }
    }

    /** The frames of its blocks may belong to another device by then, with holders of its own. */
    @Test
    void aFileWhoseDeviceIsGoneDoesNotWaitForTheNextOnesHolders() {
        try (Cpu cpu = space.openCpu(); GupSession session = GupSession.open(memory);
                PageBatch<Hold.Pin> pin = memory.newPageBatch(1)) {
            cpu.storeLong(address, 1);
            device.unplug();
            assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(SegmentationFault.class);
            try (ZoneDevice next = ZoneDevice.plug(memory, DevPagemapType.FS_DAX, 512);
                    DaxFile other = new DaxFile(next, 8)) {
                long there = space.mmap(0, PAGE, Prot.READ_WRITE, MapFlags.SHARED, other.object(), 0);
                assertThat(session.pinUserPagesFast(space, there, 1, GupOptions.WRITE, pin)).isEqualTo(1);
                assertThat(pin.pfn(0)).isEqualTo(file.blockOf(0));
                assertThat(file.tryPunchHole(0, 8)).isEqualTo(-1);
                file.close();
                file.close();
                assertThat(memory.page(pin.pfn(0)).refCount()).isEqualTo(1025);
                memory.unpinUserPages(pin);
                assertThat(space.munmap(there, PAGE)).isZero();
            }
        }
    }
}
