package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.fastpath.kernel.FastGup;
import org.junit.jupiter.api.Test;

/** The walk over reserved huge pages, and over poison. */
class HugetlbWalkTest {
    private static final int FLAGS = MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.HUGETLB;
    private static final long BYTES = Geometry.levelBytes(Geometry.PMD);
    private static final int PAGES = (int) Geometry.leafPages(Geometry.PMD);
    private static final int ONLY = FollFlags.FOLL_WRITE | FollFlags.FOLL_FAST_ONLY;

    @Test
    void aRangeOverTwoHugePages() {
        try (Machine machine = Machine.open();
                PageBatch<Hold.Pin> batch = machine.batch(2 * PAGES);
                ExtentBatch<Hold.Get> extents = machine.memory.newExtentBatch(2)) {
            long address = machine.space.mmap(0, 2 * BYTES, Prot.READ_WRITE, FLAGS);
            long from = address + 3 * Machine.PAGE;
            int pages = 2 * PAGES - 5;
            assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, from, pages, ONLY, batch))
                    .as("nothing there")
                    .isZero();
            assertThat(machine.session.pinUserPagesFast(machine.space, from, pages, GupOptions.WRITE, batch))
                    .as("the slow path faults").isEqualTo(pages);
            machine.memory.unpinUserPages(batch);
            assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, from, pages, ONLY, batch))
                    .isEqualTo(pages);
            long first = machine.space.frameAt(address);
            long second = machine.space.frameAt(address + BYTES);
            for (int i = 0; i < pages; i++) {
                assertThat(batch.pfn(i)).isEqualTo(i < PAGES - 3 ? first + 3 + i : second + i - (PAGES - 3));
            }
            assertThat(machine.refs(first)).isEqualTo(1 + PAGES - 3);
            assertThat(PageRefs.pinCount(Bridge.core(machine.memory).recordAddress(second))).isEqualTo(PAGES - 2);
            machine.memory.unpinUserPages(batch);
            assertThat(FastGup.getUserPagesFast(machine.session, machine.space, from, pages, ONLY, extents))
                    .isEqualTo(pages);
            assertThat(machine.refs(second)).isEqualTo(1 + PAGES - 2);
            assertThat(machine.space.munmap(address, 2 * BYTES)).isZero();
            machine.memory.putPages(extents);
        }
    }

    @Test
    void aGigabyteByOneOperation() {
        MemoryOptions options = MemoryOptions.ofRam(3L << 30).withMovableBytes(64L << 20);
        try (Machine machine = Machine.open(options);
                ExtentBatch<Hold.Pin> extents = machine.memory.newExtentBatch(1)) {
            int pages = (int) Geometry.leafPages(Geometry.PUD);
            long address = machine.space.mmap(0, 1, Prot.READ_WRITE, FLAGS | MapFlags.hugeSize(Geometry.PUD));
            machine.cpu.storeLong(address, 1);
            assertThat(Entry.isHuge(machine.space.entryAt(address))).isTrue();
            int longterm = ONLY | FollFlags.FOLL_LONGTERM;
            assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, address, pages, longterm, extents))
                    .isEqualTo(pages);
            assertThat(extents.extents()).isOne();
            assertThat(machine.refs(extents.firstPfn(0))).isEqualTo(1 + pages);
            machine.memory.unpinUserPages(extents);
        }
    }

    @Test
    void poisonStopsTheWalk() {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(4)) {
            long address = machine.mapPresent(3);
            long bad = address + Machine.PAGE;
            assertThat(machine.space.madvise(bad, Machine.PAGE, AddressSpace.MADV_HWPOISON)).isZero();
            assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, address, 3, ONLY, Kinds.pins(batch)))
                    .isOne();
            machine.memory.unpinUserPages(Kinds.pins(batch));
            assertThat(machine.session.getUserPagesFast(machine.space, bad, 1, GupOptions.READ, Kinds.gets(batch)))
                    .isEqualTo(-Errno.EFAULT);
            assertThat(Gup.getUserPagesUnlocked(machine.space, bad, 1, FollFlags.FOLL_HWPOISON, Kinds.gets(batch)))
                    .isEqualTo(-Errno.EHWPOISON);
            long huge = machine.space.mmap(0, BYTES, Prot.READ_WRITE, FLAGS);
            machine.cpu.storeLong(huge, 1);
            assertThat(machine.space.madvise(huge, Machine.PAGE, AddressSpace.MADV_HWPOISON)).isZero();
            assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, huge + Machine.PAGE, 1, ONLY,
                    Kinds.pins(batch))).isZero();
        }
    }
}
