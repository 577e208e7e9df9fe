package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.DeviceFrames;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Device memory through the fast walk: by PTEs, by PMD and PUD leaves, alone and in folios; the pagemap comes back
 * every time.
 */
class DeviceRangeTest {

    private static final int PAGE = Machine.PAGE;
    private static final int WRITE = FollFlags.FOLL_WRITE;
    private static final int FRAMES = 1024;
    private static final MemoryOptions OPTIONS = MemoryOptions.ofRam(Machine.RAM).withDeviceBytes(8L << 20);

    /** How the device is mapped, and what is asked. */
    private record Form(int level, int order, boolean pin, boolean extents) {

        static Stream<Form> all() {
            return IntStream.range(0, 16).mapToObj(i -> new Form((i & 8) != 0 ? Geometry.PMD : Geometry.PTE,
                    (i & 4) != 0 ? Math.min(4, Geometry.BITS_PER_LEVEL - 1) : 0, (i & 2) != 0, (i & 1) != 0));
        }

        Batch<?> batch(Machine machine) {
            return extents ? machine.memory.newExtentBatch(2) : machine.batch(FRAMES);
        }

        int fast(Machine machine, long address, int pages, int flags, Batch<?> batch) {
            return pin
                    ? FastGup.pinUserPagesFast(machine.session, machine.space, address, pages, flags, Kinds.pins(batch))
                    : FastGup.getUserPagesFast(machine.session, machine.space, address, pages, flags,
                            Kinds.gets(batch));
        }

        void release(Machine machine, Batch<?> batch) {
            if (pin) {
                machine.memory.unpinUserPages(Kinds.pins(batch));
            } else {
                machine.memory.putPages(Kinds.gets(batch));
            }
        }
    }

    /** A device, mapped as a whole and touched, so that its entries are there. */
    private static final class Device implements AutoCloseable {
        final List<Long> freed = new ArrayList<>();
        final DevPagemap pagemap;
        final DeviceObject object;
        final long first;
        final long address;
        final int pages;
        /** References of the pages and of the pagemap itself. */
        final long idle;

        Device(Machine machine, DevPagemapType type, Form form, long at) {
            long granule = 1L << Math.max(9, Geometry.leafOrder(Geometry.PMD));
            first = machine.memory.pagemaps().findFree(FRAMES, granule);
            pagemap = machine.memory.pagemaps().add(
                    DevPagemapOptions.of(type, first, FRAMES).withOrder(form.order).withOps(new DevPagemapOps() {
                        @Override
                        public void pageFree(DevPagemap from, long headPfn) {
                            freed.add(headPfn);
                        }
                    }));
            object = DeviceObject.create(machine.memory, type, FRAMES, form.level, new DeviceFrames() {
                @Override
                public long frameOf(long pageIndex) {
                    return first + pageIndex;
                }

                @Override
                public long runOf(long pageIndex) {
                    return FRAMES - pageIndex;
                }
            });
            pages = (int) Geometry.leafPages(Geometry.PMD);
            address = machine.space.mmap(at, (long) pages * PAGE, Prot.READ_WRITE, MapFlags.SHARED | MapFlags.FIXED,
                    object,
                    0);
            assertThat(address).isEqualTo(at);
            for (int i = 0; i < pages; i++) {
                machine.cpu.storeLong(address + (long) i * PAGE, i);
            }
            idle = pagemap.references();
        }

        @Override
        public void close() {
            object.shutDown();
            if (pagemap.isLive()) {
                pagemap.kill();
            }
            assertThat(pagemap.step()).as("I12: no page and no look-up is held: %s", pagemap).isTrue();
            pagemap.close();
            object.close();
        }
    }

    private static long area() {
        return 3 * Geometry.levelBytes(Geometry.PUD);
    }

    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.DeviceRangeTest$Form#all")
    void anyPartOfIt(Form form) {
        try (Machine machine = Machine.open(OPTIONS);
                Device device = new Device(machine, DevPagemapType.FS_DAX, form, area());
                Batch<?> batch = form.batch(machine)) {
            int only = WRITE | FollFlags.FOLL_FAST_ONLY;
            int step = Math.max(1, device.pages / 5);
            for (int from = 0; from < device.pages; from += step) {
                for (int n = 1; from + n <= device.pages; n += step) {
                    assertThat(form.fast(machine, device.address + (long) from * PAGE, n, only, batch)).isEqualTo(n);
                    if (batch instanceof ExtentBatch<?> extents) {
                        assertThat(extents.extents()).isOne();
                        assertThat(extents.firstPfn(0)).isEqualTo(device.first + from);
                    } else {
                        assertThat(((PageBatch<?>) batch).pfn(n - 1)).isEqualTo(device.first + from + n - 1);
                    }
                    assertThat(device.pagemap.references()).as("only the walk's own look-up, put again")
                            .isEqualTo(device.idle);
                    form.release(machine, batch);
                    for (int i = 0; i < device.pages; i += 1 << form.order) {
                        assertThat(machine.refs(device.first + i)).as("1-based, idle").isOne();
                    }
                }
            }
            assertThat(device.freed).as("each page that became idle was announced").isNotEmpty();
            assertThat(machine.memory.vmStat().rollBacks()).isEmpty();
        }
    }

    /** N8: an idle page counts 1, a pin makes it 1025, and only the last put of all announces it. */
    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.DeviceRangeTest$Form#all")
    void onlyTheLastPutAnnouncesThePage(Form form) {
        try (Machine machine = Machine.open(OPTIONS);
                Device device = new Device(machine, DevPagemapType.FS_DAX, form, area());
                Batch<?> batch = form.batch(machine);
                PageBatch<Hold.Get> other = machine.batch(1)) {
            assertThat(form.fast(machine, device.address, 1, WRITE, batch)).isOne();
            assertThat(machine.refs(device.first)).isEqualTo(form.pin && form.order == 0 ? 1025 : 2);
            assertThat(machine.session.getUserPagesFast(machine.space, device.address, 1, GupOptions.READ, other))
                    .isOne();
            form.release(machine, batch);
            assertThat(device.freed).isEmpty();
            assertThat(machine.refs(device.first)).isEqualTo(2);
            machine.memory.putPages(other);
            assertThat(device.freed).containsExactly(device.first);
        }
    }

    /**
     * The grab of the k-th page fails, for every k: by PTEs a prefix stays, of a leaf nothing; nothing of it is left
     * behind.
     */
    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.DeviceRangeTest$Form#all")
    void theKthGrabFails(Form form) {
        try (Machine machine = Machine.open(OPTIONS);
                Device device = new Device(machine, DevPagemapType.GENERIC, form, area());
                Batch<?> batch = form.batch(machine)) {
            int n = Math.min(32, device.pages);
            for (int k = 0; k < n; k++) {
                long head = device.first + (k >> form.order << form.order);
                machine.setRefs(head, -1);
                int prefix = form.level == Geometry.PTE ? (int) (head - device.first) : 0;
                assertThat(form.fast(machine, device.address, n, WRITE | FollFlags.FOLL_FAST_ONLY, batch))
                        .isEqualTo(prefix);
                machine.setRefs(head, 1);
                if (prefix > 0) {
                    form.release(machine, batch);
                }
                for (int i = 0; i < n; i += 1 << form.order) {
                    assertThat(machine.refs(device.first + i)).isOne();
                }
                assertThat(PageFlags.test(Bridge.core(machine.memory).recordAddress(head), PageFlags.REFERENCED))
                        .as("no hint on what was not had [B7]").isFalse();
                assertThat(machine.pinsOutstanding()).isZero();
                assertThat(device.pagemap.references()).isEqualTo(device.idle);
            }
            if (form.level != Geometry.PTE) {
                for (int i = 0; i < n; i++) {
                    long record = Bridge.core(machine.memory).recordAddress(device.first + i);
                    assertThat(PageFlags.test(record, PageFlags.REFERENCED)).as("no hint was left [B7]").isFalse();
                }
            }
        }
    }

    /** N13: pages 0 to 3 are private, 4 to 7 of a dying device, in one table. */
    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.DeviceRangeTest$Form#all")
    void aDyingPagemapTakesTheWholeTableBack(Form form) {
        long at = area() + 4 * PAGE;
        try (Machine machine = Machine.open(OPTIONS);
                Device device = new Device(machine, DevPagemapType.GENERIC, form, at);
                Batch<?> batch = form.extents ? machine.memory.newExtentBatch(8) : machine.batch(8)) {
            long address = machine.space.mmap(area(), 4 * PAGE, Prot.READ_WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
            for (int i = 0; i < 4; i++) {
                machine.cpu.storeLong(address + (long) i * PAGE, 1);
            }
            device.pagemap.kill();
            assertThat(form.fast(machine, address, 8, WRITE | FollFlags.FOLL_FAST_ONLY, batch)).isZero();
            assertThat(machine.rollBacks(RollBack.PAGEMAP)).isEqualTo(4);
            assertThat(machine.fallBacks(FallBack.PAGEMAP)).isOne();
            assertThat(machine.pinsOutstanding()).isZero();
            assertThat(form.fast(machine, address, 8, WRITE, batch)).as("the slow path has the first four")
                    .isEqualTo(4);
            assertThat(batch.stopReason()).isEqualTo(Errno.EFAULT);
            form.release(machine, batch);
        }
    }

    /** A leaf, and its device is dying: nothing, and the frames stay at 1 or at 0, as their owner left them. */
    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.DeviceRangeTest$Form#all")
    void aLeafOfADyingPagemap(Form form) {
        try (Machine machine = Machine.open(OPTIONS);
                Device device = new Device(machine, DevPagemapType.GENERIC, form, area());
                Batch<?> batch = form.batch(machine)) {
            device.pagemap.kill();
            assertThat(form.fast(machine, device.address, device.pages, WRITE | FollFlags.FOLL_FAST_ONLY, batch))
                    .isZero();
            assertThat(machine.fallBacks(FallBack.PAGEMAP)).isOne();
            assertThat(machine.memory.vmStat().rollBacks()).isEmpty();
        }
    }

    @Test
    void longTermPinsAreNotForTheWalk() {
        for (int level = Geometry.PTE; level <= Geometry.PMD; level++) {
            Form form = new Form(level, 0, true, false);
            try (Machine machine = Machine.open(OPTIONS);
                    Device device = new Device(machine, DevPagemapType.GENERIC, form, area());
                    Batch<?> batch = form.batch(machine)) {
                int longterm = WRITE | FollFlags.FOLL_LONGTERM;
                assertThat(form.fast(machine, device.address, 4, longterm | FollFlags.FOLL_FAST_ONLY, batch)).isZero();
                assertThat(machine.fallBacks(FallBack.DEVMAP)).isOne();
                assertThat(form.fast(machine, device.address, 4, longterm, batch)).as("the mapping allows it")
                        .isEqualTo(4);
                form.release(machine, batch);
            }
        }
    }
}
