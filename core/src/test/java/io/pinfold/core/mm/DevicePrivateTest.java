package io.pinfold.core.mm;

import static io.pinfold.core.kernel.FollFlags.FOLL_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DevicePrivateTest extends MmTest {
    private final List<Long> freed = new ArrayList<>();
    private DevPagemap pagemap;
    private long device;
    private int answer;
    private int migrations;
    /** What another thread does while the driver brings a page back. */
    private Supplier<Integer> meanwhile;

    @Override
    MemoryOptions options() {
        return super.options().withDeviceBytes(4L << 20);
    }

    @BeforeEach
    void addDevice() {
        device = memory.deviceStart();
        pagemap = memory.pagemaps().add(
                DevPagemapOptions.of(DevPagemapType.PRIVATE, device, 512).withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap from, long headPfn) {
                        freed.add(headPfn);
                    }

                    @Override
                    public int migrateToRam(DevPagemap from, long devicePfn, long ramPfn) {
                        migrations++;
                        if (meanwhile != null) {
                            assertThat(CompletableFuture.supplyAsync(meanwhile).join()).isZero();
                        }
                        Words.copy(core.frameAddress(devicePfn), core.frameAddress(ramPfn), PAGE);
                        return answer;
                    }
                }));
    }

    @AfterEach
    void removeDevice() {
        space.close();
        pagemap.kill();
        assertThat(pagemap.step()).as("every page came back: %s", pagemap).isTrue();
        pagemap.close();
    }

    @Test
    void thereAndBackByAnAccess() {
        long address = map(0, 2, RW, PRIVATE);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address, 42);
            long ram = space.frameAt(address);
            assertThat(space.migrateToDevice(address, device)).isZero();
            long entry = space.entryAt(address);
            assertThat(NonPresent.kind(entry)).isEqualTo(NonPresent.DEVICE_PRIVATE_WRITE);
            assertThat(Entry.pfn(entry)).isEqualTo(device);
            assertThat(memory.page(device).refCount()).isEqualTo(2);
            assertThat(memory.page(device).mapCount()).isEqualTo(1);
            assertThat(memory.page(ram).refCount()).as("freed").isZero();
            assertThat(Words.getLong(core.frameAddress(device))).isEqualTo(42);
            assertThat(MemoryAudit.check(memory)).isEmpty();
            Words.setLong(core.frameAddress(device), 43); // the device works on it
            assertThat(cpu.loadLong(address)).isEqualTo(43);
            assertThat(migrations).isEqualTo(1);
            assertThat(freed).containsExactly(device);
            assertThat(memory.page(device).refCount()).isEqualTo(1);
            assertThat(memory.page(device).mapping()).isZero();
            cpu.storeLong(address, 44);
            assertThat(migrations).isEqualTo(1);
            assertThat(space.migrateToDevice(address, device)).as("spare again").isZero();
            assertThat(cpu.compareAndSetLong(address, 44, 45)).isTrue();
        }
        assertReferencesMatchMappings(memory);
    }

    @Test
    void aPinBringsItBackAndHoldsRam() {
        long address = map(0, 3, RW, PRIVATE);
        assertThat(Gup.getUserPagesUnlocked(space, address, 3, FOLL_WRITE, null)).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            assertThat(space.migrateToDevice(address + i * PAGE, device + i)).isZero();
        }
        PageBatch<Hold.Pin> batch = memory.newPageBatch(3);
        assertThat(space.pinUserPagesUnlocked(address, 3, GupOptions.READ.noFault(), batch)).isEqualTo(-Errno.EFAULT);
        assertThat(space.pinUserPagesUnlocked(address, 3, GupOptions.WRITE, batch)).isEqualTo(3);
        assertThat(batch.pfn(1)).isLessThan(memory.ramFrames()).isEqualTo(space.frameAt(address + PAGE));
        assertThat(freed).containsExactly(device, device + 1, device + 2);
        assertThat(space.migrateToDevice(address, device)).as("pinned pages stay").isEqualTo(-Errno.EBUSY);
        assertThat(space.frameAt(address)).isEqualTo(batch.pfn(0));
        memory.unpinUserPages(batch);
        batch.close();
    }

    @Test
    void unmappingFreesTheDevicePage() {
        long address = map(0, 2, RW, PRIVATE);
        assertThat(Gup.getUserPagesUnlocked(space, address, 2, FOLL_WRITE, null)).isEqualTo(2);
        assertThat(space.migrateToDevice(address, device + 5)).isZero();
        assertThat(space.migrateToDevice(address + PAGE, device + 6)).isZero();
        assertThat(space.madvise(address, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
        assertThat(freed).containsExactly(device + 5);
        assertThat(space.munmap(address, 2 * PAGE)).isZero();
        assertThat(freed).containsExactly(device + 5, device + 6);
        assertThat(migrations).isZero();
    }

    @Test
    void permissionIsThatOfTheMappingAtTheFault() {
        long address = map(0, 1, RW, PRIVATE);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address, 1);
            assertThat(space.migrateToDevice(address, device)).isZero();
            assertThat(space.mprotect(address, PAGE, Prot.READ)).isZero();
            assertThatThrownBy(() -> cpu.storeLong(address, 2)).isInstanceOf(SegmentationFault.class);
            assertThat(cpu.loadLong(address)).isEqualTo(1);
            assertThatThrownBy(() -> cpu.storeLong(address, 2)).isInstanceOf(SegmentationFault.class);
            assertThat(space.mprotect(address, PAGE, RW)).isZero();
            cpu.storeLong(address, 2);
        }
    }

    @Test
    void aDriverThatCannotLeavesItThere() {
        long address = map(0, 1, RW, PRIVATE);
        assertThat(Gup.getUserPagesUnlocked(space, address, 1, FOLL_WRITE, null)).isEqualTo(1);
        assertThat(space.migrateToDevice(address, device)).isZero();
        answer = -Errno.EFAULT;
        try (Cpu cpu = space.openCpu()) {
            assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(SegmentationFault.class);
            assertThat(freed).isEmpty();
            assertThat(Entry.pfn(space.entryAt(address))).isEqualTo(device);
            answer = 0;
            assertThat(cpu.loadLong(address)).isZero();
        }
    }

    @Test
    void whatIsRefused() {
        long address = map(0, 2, RW, PRIVATE);
        assertThat(space.migrateToDevice(address, device)).as("nothing there").isEqualTo(-Errno.EFAULT);
        assertThat(Gup.getUserPagesUnlocked(space, address, 1, 0, null)).isEqualTo(1);
        assertThat(space.migrateToDevice(address, device)).as("the zero page").isEqualTo(-Errno.EFAULT);
        assertThat(Gup.getUserPagesUnlocked(space, address, 1, FOLL_WRITE, null)).isEqualTo(1);
        for (long pfn : new long[]{2, memory.frames(), device + 512, -1}) {
            assertThat(space.migrateToDevice(address, pfn)).as("frame %d", pfn).isEqualTo(-Errno.EINVAL);
        }
        long shared = map(4, 1, RW, SHARED);
        assertThat(Gup.getUserPagesUnlocked(space, shared, 1, FOLL_WRITE, null)).isEqualTo(1);
        assertThat(space.migrateToDevice(shared, device)).isEqualTo(-Errno.EBUSY);
        assertThat(memory.page(device).refCount()).isEqualTo(1);
        assertThat(space.migrateToDevice(address, device)).isZero();
        assertThat(space.migrateToDevice(address, device + 1)).as("there already").isEqualTo(-Errno.EFAULT);
    }

    /** Whatever the driver answers: not a frame, not a word of the fault's own, and it does not go round for ever. */
    @Test
    void whatADriverAnswersIsTranslated() {
        long address = map(0, 1, RW, PRIVATE);
        assertThat(Gup.getUserPagesUnlocked(space, address, 1, FOLL_WRITE, null)).isEqualTo(1);
        assertThat(space.migrateToDevice(address, device)).isZero();
        long free = memory.vmStat().freeFrames();
        try (Cpu cpu = space.openCpu(); PageBatch<Hold.Pin> batch = memory.newPageBatch(1)) {
            for (int wrong : new int[]{1, 2, 3, 77, Integer.MAX_VALUE, Integer.MIN_VALUE, -5, -17, -28, -31}) {
                answer = wrong;
                assertThat(space.pinUserPagesUnlocked(address, 1, GupOptions.WRITE, batch)).as("pin, %d", wrong)
                        .isEqualTo(-Errno.EFAULT);
                assertThatThrownBy(() -> cpu.loadLong(address)).as("load, %d", wrong)
                        .isInstanceOf(SegmentationFault.class);
                assertThat(memory.page(device).refCount()).isEqualTo(2);
                assertThat(memory.vmStat().freeFrames()).isEqualTo(free);
            }
            answer = -Errno.ENOMEM;
            assertThat(space.pinUserPagesUnlocked(address, 1, GupOptions.READ, batch)).isEqualTo(-Errno.ENOMEM);
            assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(OutOfFramesException.class);
            answer = 0;
            assertThat(cpu.loadLong(address)).isZero();
        }
    }

    /** No way to bring it back was given: the exception of the default arrives, and the page stays with its device. */
    @Test
    void aDriverThatNeverBringsAnythingBack() {
        DevPagemap other = memory.pagemaps().add(DevPagemapOptions.of(DevPagemapType.PRIVATE, device + 512, 512));
        long address = map(0, 2, RW, PRIVATE);
        try (Cpu cpu = space.openCpu(); PageBatch<Hold.Pin> batch = memory.newPageBatch(2)) {
            cpu.storeLong(address, 1);
            cpu.storeLong(address + PAGE, 2);
            assertThat(space.migrateToDevice(address + PAGE, device + 512)).isZero();
            long free = memory.vmStat().freeFrames();
            assertThatThrownBy(() -> cpu.loadLong(address + PAGE)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> space.pinUserPagesUnlocked(address, 2, GupOptions.READ, batch))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThat(batch.isHeld()).isFalse();
            assertThat(batch.size()).isZero();
            assertThat(memory.page(device + 512).refCount()).isEqualTo(2);
            assertThat(memory.vmStat().freeFrames()).isEqualTo(free);
            assertThat(memory.vmStat().nrFollPinReleased()).isEqualTo(memory.vmStat().nrFollPinAcquired());
            assertThat(space.pinUserPagesUnlocked(address, 1, GupOptions.READ, batch)).isEqualTo(1);
            memory.unpinUserPages(batch);
            assertThat(space.munmap(address, 2 * PAGE)).isZero();
        }
        other.kill();
        assertThat(other.step()).isTrue();
        other.close();
    }

    /**
     * The removal takes the owner's reference after the page was found spare: the move is refused, and the count comes
     * out even.
     */
    @Test
    void aMoveThatTheRemovalOvertakesIsRefused() throws Exception {
        DevPagemap other = memory.pagemaps().add(DevPagemapOptions.of(DevPagemapType.PRIVATE, device + 512, 512));
        long address = map(0, 1, RW, PRIVATE);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address, 42);
            long ram = space.frameAt(address);
            FutureTask<Integer> move = moveInTwoSteps(address, device + 512, other::kill);
            assertThat(move.get()).isEqualTo(-Errno.EINVAL);
            assertThat(other.step()).as("%s", other).isTrue();
            assertThat(memory.page(device + 512).refCount()).isZero();
            assertThat(memory.page(device + 512).mapping()).isZero();
            other.close();
            assertThat(space.frameAt(address)).isEqualTo(ram);
            assertThat(cpu.loadLong(address)).isEqualTo(42);
        }
    }

    /** The same with the frame in the hands of another kind of pagemap by then. */
    @Test
    void aMoveToAFrameThatBeginsAnotherLifeMeanwhile() throws Exception {
        for (DevPagemapType next : new DevPagemapType[]{DevPagemapType.GENERIC, DevPagemapType.COHERENT}) {
            DevPagemap other = memory.pagemaps().add(DevPagemapOptions.of(DevPagemapType.PRIVATE, device + 512, 512));
            long address = map(0, 1, RW, PRIVATE);
            assertThat(Gup.getUserPagesUnlocked(space, address, 1, FOLL_WRITE, null)).isEqualTo(1);
            List<DevPagemap> successor = new ArrayList<>();
            FutureTask<Integer> move = moveInTwoSteps(address, device + 512, () -> {
                other.remove();
                successor.add(memory.pagemaps().add(DevPagemapOptions.of(next, device + 512, 512)));
            });
            assertThat(move.get()).isEqualTo(-Errno.EINVAL);
            assertThat(memory.page(device + 512).refCount()).isEqualTo(1);
            assertThat(memory.page(device + 512).mapping()).isZero();
            successor.getFirst().remove();
            assertThat(space.munmap(address, PAGE)).isZero();
        }
    }

    @Test
    void ofTwoMovesToOnePageTheSecondIsRefused() throws Exception {
        long address = map(0, 3, RW, PRIVATE);
        long elsewhere = address + 2 * PAGE; // under another table
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address, 1);
            cpu.storeLong(elsewhere, 2);
            FutureTask<Integer> move = moveInTwoSteps(address, device,
                    () -> assertThat(space.migrateToDevice(elsewhere, device)).isZero());
            assertThat(move.get()).isEqualTo(-Errno.EINVAL);
            assertThat(memory.page(device).refCount()).isEqualTo(2);
            assertThat(memory.page(device).mapCount()).isEqualTo(1);
            assertThat(MemoryAudit.check(memory)).isEmpty();
            assertThat(cpu.loadLong(elsewhere)).isEqualTo(2);
            assertThat(cpu.loadLong(address)).isEqualTo(1);
            assertThat(freed).containsExactly(device);
        }
    }

    /** While the driver copies, another thread discards the page: the copy is not used, and its frame goes back. */
    @Test
    void aPageThatGoesWhileItIsBroughtBackCostsNoFrame() {
        long address = map(0, 1, RW, PRIVATE);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address, 42);
            long used = memory.vmStat().allocatedFrames();
            assertThat(space.migrateToDevice(address, device)).isZero();
            meanwhile = () -> space.madvise(address, PAGE, AddressSpace.MADV_DONTNEED);
            assertThat(cpu.loadLong(address)).as("a fresh page").isZero();
            assertThat(migrations).isEqualTo(1);
            assertThat(freed).containsExactly(device);
            assertThat(memory.page(device).refCount()).isEqualTo(1);
            cpu.storeLong(address, 1); // instead of the zero page
            assertThat(memory.vmStat().allocatedFrames()).isEqualTo(used);
        }
        assertReferencesMatchMappings(memory);
    }

    /** The page that it brings back, and what holds that page, end only after it. */
    @Test
    void aDriverCannotRemoveThePagemapWhileItBringsAPageBack() {
        AtomicReference<Throwable> waited = new AtomicReference<>();
        DevPagemap other = memory.pagemaps().add(DevPagemapOptions.of(DevPagemapType.PRIVATE, device + 512, 512)
                .withOps(new DevPagemapOps() {
                    @Override
                    public int migrateToRam(DevPagemap from, long devicePfn, long ramPfn) {
                        Words.copy(core.frameAddress(devicePfn), core.frameAddress(ramPfn), PAGE);
                        from.kill();
                        waited.set(catchThrowable(from::awaitDone));
                        from.remove();
                        return 0;
                    }
                }));
        long address = map(0, 1, RW, PRIVATE);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address, 42);
            assertThat(space.migrateToDevice(address, device + 512)).isZero();
            assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("by a callback of a pagemap");
            assertThat(waited.get()).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("by a callback of a pagemap");
            assertThat(space.munmap(address, PAGE)).isZero();
        }
        other.awaitDone();
        other.close();
    }

    /** A walker that saw the old entry takes the page while the move waits: it stays, and the device page is spare. */
    @Test
    void aPageThatIsTakenDuringTheMoveStays() throws Exception {
        long address = map(0, 1, RW, PRIVATE);
        try (Cpu cpu = space.openCpu(); SharedSlot access = core.slots().open(space.id())) {
            cpu.storeLong(address, 42);
            long ram = space.frameAt(address);
            long spot = PageTables.lockLowest(core, space.mm().root(), address);
            long at = Spot.entryAddress(core, spot, address);
            PageTables.unlock(core, Spot.table(spot));
            access.enter();
            FutureTask<Integer> move = new FutureTask<>(() -> space.migrateToDevice(address, device));
            Thread mover = Thread.ofPlatform().daemon().start(move);
            while (Entries.load(at) != Entry.NONE && mover.isAlive()) {
                Thread.onSpinWait();
            }
            PageRefs.getPage(core.recordAddress(ram));
            access.exit();
            assertThat(move.get()).isEqualTo(-Errno.EBUSY);
            assertThat(space.frameAt(address)).isEqualTo(ram);
            assertThat(memory.page(device).refCount()).isEqualTo(1);
            UserPages.put(core, ram);
            assertThat(space.migrateToDevice(address, device)).as("spare").isZero();
            assertThat(cpu.loadLong(address)).isEqualTo(42);
        }
    }

    /** A device page that was dirty for one process is clean for the next. */
    @Test
    void aDevicePageKeepsNothingOfTheLifeBefore() {
        long address = map(0, 1, RW, PRIVATE);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address, 1);
            assertThat(space.migrateToDevice(address, device)).isZero();
            long _ = PageFlags.set(core.recordAddress(device), PageFlags.DIRTY | PageFlags.ACTIVE);
            assertThat(cpu.loadLong(address)).isEqualTo(1);
            assertThat(memory.page(device).flags()).isZero();
            assertThat(space.migrateToDevice(address, device)).isZero();
            assertThat(memory.page(device).flags())
                    .isEqualTo(PageFlags.ANON_EXCLUSIVE | PageFlags.SWAPBACKED | PageFlags.UPTODATE);
        }
    }

    /**
     * Another thread moves the page; when it has looked at the device page and waits for the table, {@code meanwhile}
     * runs.
     */
    private FutureTask<Integer> moveInTwoSteps(long address, long devicePfn, Runnable meanwhile) throws Exception {
        FutureTask<Integer> move = new FutureTask<>(() -> space.migrateToDevice(address, devicePfn));
        long table = Spot.table(PageTables.lockLowest(core, space.mm().root(), address));
        try {
            Thread mover = Thread.ofPlatform().daemon().start(move);
            while (mover.isAlive() && mover.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            assertThat(String.valueOf(LockSupport.getBlocker(mover))).contains("lock of a page table");
            meanwhile.run();
        } finally {
            PageTables.unlock(core, table);
        }
        return move;
    }
}
