package io.pinfold.core.mm;

import static io.pinfold.core.kernel.FollFlags.FOLL_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A leaf of the highest level, and taking pages out of page tables through the object while the spaces go on. */
@Timeout(60)
class DeviceUnmapTest extends DeviceTest {
    private static final int ROUNDS = 1000;
    private static final int UNMAPS = 20_000;

    @Override
    MemoryOptions options() {
        return super.options().withDeviceBytes(Math.max(8L << 20, Geometry.levelBytes(Geometry.PUD)));
    }

    @Test
    void aPudLeafMapsAndUnmaps() {
        long pages = Geometry.leafPages(Geometry.PUD);
        DevPagemap pagemap = pagemap(DevPagemapType.GENERIC, Math.max(pages, 512), 0);
        DeviceObject object = object(pagemap, Geometry.PUD);
        long address = map(space, object, Geometry.levelBytes(Geometry.PUD), pages, 0);
        long last = address + (pages - 1) * PAGE;
        assertThat(pinAndUnpin(last, 1, FOLL_WRITE)).isEqualTo(1);
        long leaf = space.entryAt(address);
        assertThat(Entry.isHuge(leaf) && Entry.isDevmap(leaf)).isTrue();
        assertThat(Entry.pfn(leaf)).isEqualTo(first(pagemap));
        assertThat(space.frameAt(last)).isEqualTo(first(pagemap) + pages - 1);
        assertThat(refs(first(pagemap) + pages - 1)).isEqualTo(1);
        object.unmap(5, 1);
        assertThat(space.frameAt(last)).as("the leaf goes as a whole").isZero();
        assertThat(pinAndUnpin(address, 2, 0)).as("and comes back").isEqualTo(2);
    }

    /**
     * A thread that finds a mapping through its object may be in its tables, empty or not, as long as the mapping is
     * there.
     */
    @Test
    void anEmptyTableStaysAsLongAsANeighbourNeedsIt() {
        DeviceObject object = object(pagemap(DevPagemapType.FS_DAX), Geometry.PTE);
        long before = memory.vmStat().tableFrames();
        long address = map(space, object, BASE, 1, 0);
        map(-1, 1, RW, PRIVATE);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address, 1);
            cpu.storeLong(address - PAGE, 1);
        }
        long tables = memory.vmStat().tableFrames();
        assertThat(tables).isGreaterThan(before);
        object.unmap(0, 1);
        assertThat(space.munmap(address - PAGE, PAGE)).isZero();
        int _ = core.retired().drain();
        assertThat(memory.vmStat().tableFrames()).as("empty, and not alone").isEqualTo(tables);
        assertThat(space.munmap(address, PAGE)).isZero();
        int _ = core.retired().drain();
        assertThat(memory.vmStat().tableFrames()).isEqualTo(before);
    }

    /**
     * Every relation of a range of the object to a mapping of a part of it: before, touching, overlapping, inside,
     * around, equal. What lies outside of the range stays, and so do the pages of the neighbours, which are private.
     */
    @Test
    void unmapOfEveryRangeLeavesWhatIsNotInIt() {
        int mapped = 4; // two pages on each side of a table's end
        int offset = 2;
        int all = mapped + 2 * offset;
        DevPagemap pagemap = pagemap(DevPagemapType.FS_DAX);
        DeviceObject object = object(pagemap, Geometry.PTE);
        long start = map(space, object, BASE, mapped, offset);
        long again = map(space, object, BASE + 100 * PAGE, all, 0);
        map(-2, 2, RW, PRIVATE);
        map(mapped, 2, RW, PRIVATE);
        try (Cpu cpu = space.openCpu()) {
            for (int first = 0; first < all; first++) {
                for (int count = 0; count <= all - first; count++) {
                    for (int page = -2; page < mapped + 2; page++) {
                        cpu.storeLong(start + page * PAGE, page);
                    }
                    for (int page = 0; page < all; page++) {
                        cpu.storeLong(again + page * PAGE + 8, page);
                    }
                    object.unmap(first, count);
                    for (int page = -2; page < mapped + 2; page++) {
                        boolean isIn = page >= 0 && page < mapped && page + offset >= first
                                && page + offset < first + count;
                        assertThat(space.frameAt(start + page * PAGE) == 0)
                                .as("page %d after unmap of %d + %d", page, first, count).isEqualTo(isIn);
                        assertThat(cpu.loadLong(start + page * PAGE)).isEqualTo(page);
                    }
                    for (int page = 0; page < all; page++) {
                        assertThat(space.frameAt(again + page * PAGE) == 0)
                                .as("page %d of the other mapping after unmap of %d + %d", page, first, count)
                                .isEqualTo(page >= first && page < first + count);
                    }
                }
            }
        }
    }

    /**
     * While one thread takes the object's pages out, without mmap_lock, the space's owner stores to them and maps and
     * unmaps right beside them, under the same tables: no table may go that the first is in. (One that did would show
     * only if the first thread were descheduled inside it; the rule itself is the test above.)
     */
    @Test
    void unmapAgainstMunmapNextToIt() throws InterruptedException {
        DevPagemap pagemap = pagemap(DevPagemapType.FS_DAX);
        DeviceObject object = object(pagemap, Geometry.PTE);
        long address = map(space, object, BASE, 2, 0); // the last two pages of a PTE table
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicInteger unmaps = new AtomicInteger(); // both sides have had their time, on however busy a machine
        Thread unmapper = new Thread(() -> {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    object.unmap(0, 2);
                    unmaps.incrementAndGet();
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        unmapper.start();
        try (Cpu cpu = space.openCpu()) {
            for (int round = 0; (round < ROUNDS || unmaps.get() < UNMAPS) && failure.get() == null; round++) {
                map(-4, 4, RW, PRIVATE);
                cpu.storeLong(address - PAGE, round);
                if (round % 4 == 0) { // else the table is empty when the neighbour has gone
                    cpu.storeLong(address + PAGE, round);
                    assertThat(cpu.loadLong(address + PAGE)).isEqualTo(round);
                }
                assertThat(space.munmap(address - 4 * PAGE, 4 * PAGE)).isZero();
                if (round % 10 == 0) {
                    assertThat(space.munmap(address, 2 * PAGE)).isZero();
                    map(space, object, BASE, 2, 0);
                }
            }
        } finally {
            unmapper.interrupt();
            unmapper.join();
        }
        assertThat(failure).hasNullValue();
    }

    /** Whatever the owner throws who hears of the first mapping's page, the second is unmapped, too. */
    @Test
    void anOwnerThatThrowsKeepsNoOtherMapping() {
        DevPagemap pagemap = pagemapOfAnOwnerThatThrows();
        DeviceObject object = object(pagemap, Geometry.PTE);
        long first = map(space, object, BASE, 1, 0);
        long second = map(space, object, BASE + 4 * PAGE, 1, 1);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(first, 1);
            cpu.storeLong(second, 2);
            assertThatThrownBy(object::shutDown).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("frame " + first(pagemap))
                    .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(1));
            assertThat(space.frameAt(first)).isZero();
            assertThat(space.frameAt(second)).isZero();
            assertThat(refs(first(pagemap) + 1)).isEqualTo(1);
            assertThatThrownBy(() -> cpu.loadLong(second)).isInstanceOf(SegmentationFault.class);
        }
        pagemap.remove();
    }

    private DevPagemap pagemapOfAnOwnerThatThrows() {
        return memory.pagemaps().add(DevPagemapOptions
                .of(DevPagemapType.COHERENT, memory.pagemaps().findFree(512, 1), 512).withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap from, long headPfn) {
                        throw new IllegalArgumentException("frame " + headPfn);
                    }
                }));
    }

    /** What the owner throws reaches the caller, whatever call unmaps, and the call has done all it should. */
    @Test
    void whatAnOwnerThrowsReachesWhoeverUnmaps() {
        DevPagemap pagemap = pagemapOfAnOwnerThatThrows();
        DeviceObject object = object(pagemap, Geometry.PTE);
        try (Cpu cpu = space.openCpu()) {
            for (int page = 0; page < 4; page++) {
                cpu.storeLong(map(space, object, BASE + page * PAGE, 1, page), page);
            }
            assertThrows(pagemap, 0, () -> space.munmap(BASE, PAGE));
            assertThat(space.frameAt(BASE)).isZero();
            assertThrows(pagemap, 1, () -> map(1, 1, RW, PRIVATE));
            assertThat(cpu.loadLong(BASE + PAGE)).as("the new mapping").isZero();
            assertThrows(pagemap, 2, () -> space.madvise(BASE + 2 * PAGE, PAGE, AddressSpace.MADV_DONTNEED));
            assertThat(space.frameAt(BASE + 2 * PAGE)).isZero();
        }
        assertThrows(pagemap, 3, space::close);
        assertThat(space.isClosed()).isTrue();
        assertThat(object.mappings()).isZero();
        object.shutDown();
        pagemap.remove();
    }

    private static void assertThrows(DevPagemap pagemap, int page, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("frame " + (first(pagemap) + page));
    }

    /** One leaf maps many pages of a device, each with a count of its own. */
    @Test
    void strictCloseFindsThePinWhereverInALeafItIs() {
        long area = Geometry.levelBytes(Geometry.PMD);
        int pages = Geometry.ENTRIES;
        map(space, object(pagemap(DevPagemapType.FS_DAX, Math.max(512, pages), 0), Geometry.PMD), area, pages, 0);
        try (PageBatch<Hold.Pin> batch = memory.newPageBatch(1)) {
            for (int page : new int[]{0, 1, pages / 2, pages - 1}) {
                long address = area + (long) page * PAGE;
                assertThat(space.pinUserPagesUnlocked(address, 1, GupOptions.WRITE, batch)).isOne();
                assertThat(Entry.isHuge(space.entryAt(address))).isTrue();
                assertThatThrownBy(space::closeStrict).isInstanceOf(MisuseException.class)
                        .hasMessageContaining("the page at 0x" + Long.toHexString(address) + " is still pinned");
                memory.unpinUserPages(batch);
            }
        }
        space.closeStrict();
    }
}
