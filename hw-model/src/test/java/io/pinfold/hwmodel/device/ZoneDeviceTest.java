package io.pinfold.hwmodel.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.fastpath.GupSession;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class ZoneDeviceTest {
    private static final int PAGE = Geometry.PAGE_BYTES;

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20).withDeviceBytes(8L << 20));
    private final MemoryCore core = Bridge.core(memory);
    private final AddressSpace space = AddressSpace.create(memory);
    private final GupSession session = GupSession.open(memory);
    private final Cpu cpu = space.openCpu();
    private final PageBatch<Hold.Pin> batch = memory.newPageBatch(16);

    @AfterEach
    void nothingIsLeft() {
        batch.close();
        cpu.close();
        session.close();
        space.close();
        int _ = core.retired().drain();
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    private long map(DeviceObject object, long pages) {
        long address = space.mmap(0, pages * PAGE, Prot.READ_WRITE, MapFlags.SHARED, object, 0);
        assertThat(address).isPositive();
        return address;
    }

    /** The same through the fast walk: the second call meets entries that the slow part of the first one made. */
    @ParameterizedTest
    @EnumSource(names = {"FS_DAX", "GENERIC", "COHERENT"})
    void aDeviceIsMappedPinnedAndUnplugged(DevPagemapType type) {
        ZoneDevice device = ZoneDevice.plug(memory, type, 512);
        try (DeviceObject object = device.openWhole(Geometry.PTE)) {
            long address = map(object, 4);
            cpu.storeLong(address + PAGE, 7);
            for (int round = 0; round < 3; round++) {
                assertThat(session.pinUserPagesFast(space, address, 4, GupOptions.WRITE, batch)).isEqualTo(4);
                assertThat(batch.pfn(1)).isEqualTo(device.firstPfn() + 1);
                assertThat(MemoryAudit.check(memory)).isEmpty();
                memory.unpinUserPages(batch);
            }
            assertThat(memory.vmStat().fastHits()).as("the walk takes device pages").isPositive();
            boolean isLongtermFine = type == DevPagemapType.GENERIC;
            int refusal = type == DevPagemapType.FS_DAX ? -Errno.EOPNOTSUPP : -Errno.ENOMEM;
            assertThat(session.pinUserPagesFast(space, address, 2, GupOptions.READ.longTerm(), batch))
                    .isEqualTo(isLongtermFine ? 2 : refusal);
            if (isLongtermFine) {
                memory.unpinUserPages(batch);
            }
            device.startUnplug();
            assertThat(device.isUnused()).isTrue();
            assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(SegmentationFault.class);
            assertThat(session.pinUserPagesFast(space, address, 1, GupOptions.READ, batch)).isEqualTo(-Errno.EFAULT);
            assertThatThrownBy(() -> device.openWhole(Geometry.PTE)).hasMessageContaining("unplugged");
            device.unplug();
        }
        assertThat(memory.pagemaps().list()).isEmpty();
    }

    @Test
    void objectsThatAreGoneAreForgottenAndMappedOnesAreNot() {
        ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.GENERIC, 512);
        DeviceObject mapped = device.openWhole(Geometry.PTE);
        long address = map(mapped, 1);
        mapped.close();
        cpu.storeLong(address, 1);
        for (int i = 0; i < 1000; i++) {
            device.openWhole(Geometry.PTE).close();
        }
        assertThat(device.objects()).isLessThan(100);
        device.unplug();
        assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(SegmentationFault.class);
    }

    @Test
    void unplugWaitsForAPinAndThePinSeesItsData() throws InterruptedException {
        ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.GENERIC, 512);
        try (DeviceObject object = device.openWhole(Geometry.PMD)) {
            long address = map(object, 512);
            cpu.storeLong(address, 7);
            assertThat(session.pinUserPagesFast(space, address, 2, GupOptions.WRITE, batch)).isEqualTo(2);
            int generation = memory.page(device.firstPfn()).generation();
            Thread unplugger = new Thread(device::unplug);
            device.startUnplug();
            assertThat(device.isUnused()).isFalse();
            unplugger.start();
            assertThat(memory.page(device.firstPfn()).generation()).as("the same life").isEqualTo(generation);
            assertThat(memory.page(device.firstPfn()).refCount()).isEqualTo(1024);
            memory.unpinUserPages(batch);
            unplugger.join();
            assertThat(memory.page(device.firstPfn()).generation()).isEqualTo(generation + 1);
        }
    }

    @Test
    void peerToPeerPagesAreHandedOutAndComeBackByTheLastPut() {
        try (ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.PCI_P2PDMA, 512)) {
            long pfn = device.takeReferencedPage();
            assertThat(device.isBusy(pfn)).isTrue();
            assertThat(memory.page(pfn).refCount()).isEqualTo(2);
            device.putPage(pfn);
            assertThat(device.isBusy(pfn)).isFalse();
            assertThat(device.pageFrees()).isEqualTo(1);
            assertThatThrownBy(() -> device.openWhole(Geometry.PTE)).isInstanceOf(IllegalArgumentException.class);
            for (int i = 0; i < 512; i++) {
                assertThat(device.takePage()).isPositive();
            }
            assertThat(device.takePage()).isEqualTo(-Errno.ENOMEM);
            device.giveBackPage(pfn);
            assertThatThrownBy(() -> device.giveBackPage(pfn)).hasMessageContaining("given back twice");
            assertThat(device.takePage()).isEqualTo(pfn);
        }
    }

    @Test
    void onlyWhatTakePageHandedOutIsGivenBack() {
        ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.COHERENT, 512); // closed by a test that passes
        long referenced = device.takeReferencedPage();
        long owned = device.takePage();
        assertThatThrownBy(() -> device.giveBackPage(referenced)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("frame " + referenced).hasMessageContaining("it is busy");
        assertThatThrownBy(() -> device.giveBackPage(owned + 1)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("frame " + (owned + 1)).hasMessageContaining("it is idle");
        for (int i = 2; i < 512; i++) {
            assertThat(device.takePage()).isNotEqualTo(referenced);
        }
        assertThat(device.takePage()).isEqualTo(-Errno.ENOMEM);
        PageRefs.getPage(core.recordAddress(referenced)); // a page of another owner
        device.putPage(referenced);
        assertThatThrownBy(() -> device.giveBackPage(referenced)).as("held all the same")
                .isInstanceOf(IllegalStateException.class);
        FreeBatch freed = new FreeBatch(core);
        Grab.putReferences(core, referenced, 1, freed);
        assertThat(freed.drain()).isZero();
        assertThat(device.takePage()).isEqualTo(referenced);
        device.giveBackPage(owned);
        assertThat(device.takePage()).isEqualTo(owned);
        device.close();
    }

    /** However a page was handed out and came back before, only what it is handed out as now decides. */
    @Test
    void aPageHandedOutAgainKeepsNothingOfItsFormerOwner() {
        long pfn = 1000;
        List<ToLongFunction<IdlePages>> ways = List.of(IdlePages::take, IdlePages::takeOwned,
                idle -> idle.takeReferenced(_ -> true));
        for (ToLongFunction<IdlePages> former : ways) {
            for (ToLongFunction<IdlePages> now : ways) {
                String both = ways.indexOf(former) + " then " + ways.indexOf(now);
                IdlePages idle = new IdlePages(pfn, 1, 0);
                assertThat(former.applyAsLong(idle)).isEqualTo(pfn);
                boolean _ = idle.endReference(pfn);
                assertThat(idle.giveBack(pfn)).isTrue();
                assertThat(idle.giveBackOwned(pfn)).as("idle").isFalse();
                assertThat(now.applyAsLong(idle)).isEqualTo(pfn);
                assertThat(idle.endReference(pfn)).as(both).isEqualTo(ways.indexOf(now) == 2);
                assertThat(idle.giveBackOwned(pfn)).as(both).isEqualTo(ways.indexOf(now) == 1);
                assertThat(idle.isBusy(pfn)).as(both).isEqualTo(ways.indexOf(now) != 1);
            }
        }
    }

    /** A page belongs to its mapping until the last put. */
    @Test
    void aPageThatWasMovedHereIsNotGivenBackByAnybody() {
        PrivateMemory accelerator = new PrivateMemory(memory, 512); // closed by a test that passes
        long address = space.mmap(0, PAGE, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
        cpu.storeLong(address, 3);
        long pfn = accelerator.moveHere(space, address);
        assertThatThrownBy(() -> accelerator.device().giveBackPage(pfn))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("it is busy");
        assertThat(cpu.loadLong(address)).isEqualTo(3);
        assertThat(accelerator.device().isBusy(pfn)).isFalse();
        accelerator.close();
    }

    /** Its pages have lost their driver's references, or belong to another owner. */
    @Test
    void aDeviceWhosePagemapWasKilledHandsOutNoReferences() {
        ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.PCI_P2PDMA, 512);
        device.pagemap().remove();
        assertThatThrownBy(device::takeReferencedPage).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("unplugged");
        assertThat(device.busyPages()).isZero();
        assertThat(memory.page(device.firstPfn()).refCount()).isZero();
    }

    @Test
    void anUnpluggedDeviceHandsOutNoReferences() {
        ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.PCI_P2PDMA, 512);
        device.startUnplug();
        assertThatThrownBy(device::takeReferencedPage).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("unplugged");
        assertThat(device.isUnused()).isTrue();
        assertThat(memory.page(device.firstPfn()).refCount()).isZero();
        device.unplug();
        assertThatThrownBy(device::takeReferencedPage).isInstanceOf(IllegalStateException.class);
        assertThat(device.busyPages()).isZero();
    }

    @Test
    void compoundPagesOfADevice() {
        try (ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.GENERIC, 2, 9);
                DeviceObject object = device.openWhole(Geometry.PMD)) {
            long address = map(object, 512);
            assertThat(session.pinUserPagesFast(space, address + 3 * PAGE, 5, GupOptions.WRITE, batch)).isEqualTo(5);
            assertThat(memory.page(device.firstPfn()).pinCount()).isEqualTo(5);
            assertThat(memory.page(device.firstPfn()).refCount()).isEqualTo(6);
            memory.unpinUserPages(batch);
            object.shutDown();
        }
    }

    @Test
    void privateMemoryGoesThereAndComesBack() {
        try (PrivateMemory accelerator = new PrivateMemory(memory, 512)) {
            long address = space.mmap(0, 4 * PAGE, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
            for (int i = 0; i < 4; i++) {
                cpu.storeLong(address + i * PAGE, i);
                assertThat(accelerator.moveHere(space, address + i * PAGE))
                        .isEqualTo(accelerator.device().firstPfn() + i);
            }
            assertThat(accelerator.device().busyPages()).isEqualTo(4);
            assertThat(accelerator.moveHere(space, address)).as("there already").isEqualTo(-Errno.EFAULT);
            assertThat(accelerator.device().busyPages()).isEqualTo(4);
            assertThat(cpu.loadLong(address + 2 * PAGE)).isEqualTo(2);
            assertThat(session.pinUserPagesFast(space, address, 2, GupOptions.WRITE, batch)).isEqualTo(2);
            assertThat(batch.pfn(0)).isLessThan(memory.ramFrames());
            assertThat(accelerator.broughtBack()).isEqualTo(3);
            assertThat(accelerator.device().busyPages()).isEqualTo(1);
            memory.unpinUserPages(batch);
            assertThat(space.munmap(address, 4 * PAGE)).isZero();
            assertThat(accelerator.device().busyPages()).as("page_free of the one that was unmapped there").isZero();
            assertThat(accelerator.device().pageFrees()).isEqualTo(4);
        }
    }

    @Test
    void aDeviceThatIsGoneSaysSoAndClosesAgain() {
        ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.PCI_P2PDMA, 512);
        long held = device.takeReferencedPage();
        long taken = device.takePage();
        device.startUnplug();
        assertThatThrownBy(device::takePage).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("unplugged");
        assertThatThrownBy(device::takeReferencedPage).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("unplugged");
        assertThat(device.isUnused()).as("a page is held").isFalse();
        assertThatThrownBy(() -> device.putPage(taken)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("frame " + taken);
        device.putPage(held);
        assertThatThrownBy(() -> device.putPage(held)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("frame " + held);
        device.close();
        ZoneDevice next = ZoneDevice.plug(memory, DevPagemapType.PCI_P2PDMA, 512);
        long others = next.takeReferencedPage();
        device.close();
        device.unplug();
        device.startUnplug();
        assertThat(device.isUnused()).isTrue();
        assertThatThrownBy(() -> device.putPage(others)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(device::takeReferencedPage).isInstanceOf(IllegalStateException.class);
        assertThat(next.pagemap().isLive()).isTrue();
        assertThat(memory.page(others).refCount()).isEqualTo(2);
        for (long pfn : new long[]{others - 1, others + 512, -1, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> next.putPage(pfn)).as("frame %d", pfn)
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        next.putPage(others);
        next.close();
    }

    /**
     * The owner of another device throws when it is told of a page at that moment: all objects are shut down, the
     * pagemap is killed.
     */
    @Test
    void unpluggingGoesOnWhateverAnOwnerThrows() {
        ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.COHERENT, 512);
        DevPagemap others = memory.pagemaps().add(DevPagemapOptions
                .of(DevPagemapType.PCI_P2PDMA, memory.pagemaps().findFree(512, 1), 512).withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap from, long headPfn) {
                        throw new IllegalArgumentException("planted");
                    }
                }));
        long pfn = others.ranges().getFirst().firstPfn();
        try (DeviceObject first = device.openWhole(Geometry.PTE);
                DeviceObject second = device.openWhole(Geometry.PTE)) {
            long one = map(first, 1);
            long two = space.mmap(0, PAGE, Prot.READ_WRITE, MapFlags.SHARED, second, 1);
            cpu.storeLong(one, 1);
            cpu.storeLong(two, 2);
            PageRefs.getPage(core.recordAddress(pfn));
            FreeBatch due = new FreeBatch(core);
            Grab.putReferences(core, pfn, 1, due); // and its owner has not been told yet
            assertThatThrownBy(device::startUnplug).isInstanceOf(IllegalArgumentException.class).hasMessage("planted");
            assertThat(space.frameAt(one)).isZero();
            assertThat(space.frameAt(two)).isZero();
            assertThat(device.pagemap().isLive()).isFalse();
            assertThat(device.isUnused()).isTrue();
            assertThatThrownBy(() -> cpu.loadLong(two)).isInstanceOf(SegmentationFault.class);
            assertThat(due.drain()).isZero();
        }
        device.unplug();
        others.remove();
    }

    @Test
    void twoMayUnplugAtOnce() throws InterruptedException {
        for (int round = 0; round < 100; round++) {
            ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.GENERIC, 512);
            Thread other = Thread.ofPlatform().start(device::unplug);
            device.unplug();
            assertThat(memory.pagemaps().list()).as("no call returns before it is gone").isEmpty();
            other.join();
        }
    }

    /** There is always room for four, and each of the two has one at most. */
    @Test
    void twoMayPlugInAtOnce() throws Exception {
        AtomicInteger arrivals = new AtomicInteger();
        Callable<Integer> plugger = () -> {
            for (int round = 1; round <= 1000; round++) {
                arrivals.incrementAndGet();
                while (arrivals.get() < 2 * round) {
                    Thread.onSpinWait();
                }
                ZoneDevice device;
                try {
                    device = ZoneDevice.plug(memory, DevPagemapType.GENERIC, 512);
                } catch (IllegalStateException e) {
                    arrivals.addAndGet(1_000_000); // the other does not wait for this one
                    throw e;
                }
                device.close();
            }
            return 0;
        };
        FutureTask<Integer> other = new FutureTask<>(plugger);
        Thread.ofPlatform().start(other);
        assertThat(plugger.call()).isZero();
        assertThat(other.get()).isZero();
    }

    @Test
    void badFiguresAreRefused() {
        for (int[] bad : new int[][]{{0, 0}, {-1, 0}, {512, -1}, {512, 19}, {1, 64}, {Integer.MIN_VALUE, 3}}) {
            assertThatThrownBy(() -> ZoneDevice.plug(memory, DevPagemapType.GENERIC, bad[0], bad[1]))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not " + bad[0]);
        }
        assertThatThrownBy(() -> new PrivateMemory(memory, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    /** A move that refuses or throws loses no page of the device. */
    @Test
    void aMoveThatFailsGivesItsPageBack() {
        AddressSpace other = AddressSpace.create(memory);
        PrivateMemory accelerator = new PrivateMemory(memory, 512);
        long address = space.mmap(0, PAGE, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
        cpu.storeLong(address, 5);
        for (long alias : new long[]{address | 1L << 60, address | Long.MIN_VALUE, -PAGE, Geometry.USER_END}) {
            assertThat(accelerator.moveHere(space, alias)).as("0x%x", alias).isEqualTo(-Errno.EFAULT);
            assertThat(space.frameAt(alias)).as("0x%x", alias).isZero();
            assertThat(space.entryAt(alias)).as("0x%x", alias).isZero();
        }
        assertThat(space.frameAt(address)).isPositive();
        other.close();
        assertThatThrownBy(() -> accelerator.moveHere(other, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(accelerator.device().busyPages()).isZero();
        accelerator.close();
        accelerator.close();
        assertThatThrownBy(() -> accelerator.moveHere(space, address)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("unplugged");
        assertThat(cpu.loadLong(address)).isEqualTo(5);
    }
}
