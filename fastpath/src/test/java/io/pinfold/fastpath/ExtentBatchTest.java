package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.mm.Prot;
import io.pinfold.fastpath.kernel.FastGup;
import org.junit.jupiter.api.Test;

/** Extents of order-0 pages, the zero page among them, and of more runs than there is room for. */
class ExtentBatchTest {

    private static final int PAGE = Machine.PAGE;
    private static final int WRITE = FollFlags.FOLL_WRITE;

    /** Touches every second page of one range and then the others: neighbours in the range are none in memory. */
    private static long mapScattered(Machine machine, int pages) {
        long address = machine.map(pages, Prot.READ_WRITE);
        for (int i = 0; i < pages; i += 2) {
            machine.cpu.storeLong(address + (long) i * PAGE, 1);
        }
        for (int i = 1; i < pages; i += 2) {
            machine.cpu.storeLong(address + (long) i * PAGE, 1);
        }
        for (int i = 1; i < pages; i++) {
            assertThat(machine.space.frameAt(address + (long) i * PAGE))
                    .isNotEqualTo(machine.space.frameAt(address + (long) (i - 1) * PAGE) + 1);
        }
        return address;
    }

    @Test
    void whatDoesNotFitIsNotHeld() {
        try (Machine machine = Machine.open(); ExtentBatch<Hold.Pin> batch = machine.memory.newExtentBatch(3)) {
            long address = mapScattered(machine, 8);
            for (boolean only : new boolean[]{true, false}) {
                int flags = WRITE | (only ? FollFlags.FOLL_FAST_ONLY : 0);
                assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, address, 8, flags, batch))
                        .isEqualTo(3);
                assertThat(batch.extents()).isEqualTo(3);
                assertThat(batch.stopReason()).isEqualTo(only ? Errno.EAGAIN : Errno.ENOSPC);
                assertThat(batch.stopAddress()).isEqualTo(address + 3 * PAGE);
                assertThat(machine.refs(machine.space.frameAt(address + 3 * PAGE))).isOne();
                assertThat(machine.pinsOutstanding()).isEqualTo(3);
                machine.memory.unpinUserPages(batch);
            }
            assertThat(machine.fallBacks(FallBack.FULL)).isEqualTo(2);
        }
    }

    /** The zero page, which only the slow path returns: each in an extent of its own, gets counted, pins not. */
    @Test
    void zeroPages() {
        try (Machine machine = Machine.open(); ExtentBatch<?> batch = machine.memory.newExtentBatch(8)) {
            long address = machine.map(4, Prot.READ_WRITE);
            machine.cpu.storeLong(address, 1);
            int zero = machine.refs(machine.memory.zeroPfn());
            assertThat(machine.session.pinUserPagesFast(machine.space, address, 4, GupOptions.READ, Kinds.pins(batch)))
                    .isEqualTo(4);
            assertThat(batch.extents()).isEqualTo(4);
            assertThat(batch.firstPfn(1)).isEqualTo(machine.memory.zeroPfn());
            assertThat(machine.refs(machine.memory.zeroPfn())).isEqualTo(zero);
            assertThat(machine.pinsOutstanding()).isOne();
            machine.memory.unpinUserPages(Kinds.pins(batch));
            assertThat(machine.session.getUserPagesFast(machine.space, address, 4, GupOptions.READ, Kinds.gets(batch)))
                    .isEqualTo(4);
            assertThat(machine.refs(machine.memory.zeroPfn())).isEqualTo(zero + 3);
            machine.memory.putPages(Kinds.gets(batch));
            assertThat(machine.refs(machine.memory.zeroPfn())).isEqualTo(zero);
        }
    }

    /** The frame behind the zero page is counted, the zero page is not: one extent of both would be wrong for one. */
    @Test
    void theFrameBehindTheZeroPageBeginsAnExtent() {
        try (Machine machine = Machine.open(); ExtentBatch<?> batch = machine.memory.newExtentBatch(3)) {
            long zero = machine.memory.zeroPfn();
            long address = machine.map(3, Prot.READ_WRITE);
            machine.cpu.storeLong(address + PAGE, 1); // the pages on both sides are the zero page
            assertThat(machine.space.frameAt(address + PAGE)).as("the first page of a fresh memory")
                    .isEqualTo(zero + 1);
            int refs = machine.refs(zero);
            int pinned = machine.session.pinUserPagesFast(machine.space, address, 3, GupOptions.READ,
                    Kinds.pins(batch));
            assertThat(pinned).isEqualTo(3);
            assertThat(batch.extents()).isEqualTo(3);
            assertThat(machine.pinsOutstanding()).isOne();
            machine.memory.unpinUserPages(Kinds.pins(batch));
            assertThat(machine.memory.page(zero + 1).maybePinned()).isFalse();
            int got = machine.session.getUserPagesFast(machine.space, address, 3, GupOptions.READ,
                    Kinds.gets(batch));
            assertThat(got).isEqualTo(3);
            assertThat(machine.refs(zero)).isEqualTo(refs + 2);
            machine.memory.putPages(Kinds.gets(batch));
            assertThat(machine.refs(zero)).isEqualTo(refs);
            assertThat(machine.refs(zero + 1)).isOne();
            assertThat(machine.pinsOutstanding()).isZero();
        }
    }

    /** Touches pages in order, as long as nothing was freed: a fresh memory hands neighbours out. */
    private static long mapSideBySide(Machine machine, int pages) {
        long address = machine.mapPresent(pages);
        for (int i = 0; i < pages; i++) {
            assertThat(machine.space.frameAt(address + (long) i * PAGE)).isEqualTo(machine.space.frameAt(address) + i);
        }
        return address;
    }

    /** What continues the last extent needs no room, by either path. */
    @Test
    void aFullListHasRoomForWhatContinuesItsLastExtent() {
        try (Machine machine = Machine.open(); ExtentBatch<Hold.Get> batch = machine.memory.newExtentBatch(1)) {
            long address = mapSideBySide(machine, 8);
            assertThat(machine.session.getUserPagesFast(machine.space, address, 8, GupOptions.READ, batch))
                    .isEqualTo(8);
            machine.memory.putPages(batch);
            assertThat(machine.space.getUserPagesUnlocked(address, 8, GupOptions.READ, batch)).isEqualTo(8);
            assertThat(batch.pages(0)).isEqualTo(8);
            machine.memory.putPages(batch);
        }
    }

    /** Pages of several folios that lie side by side make one extent, and any cut of it drops exactly those pages. */
    @Test
    void oneExtentOfManyPages() {
        try (Machine machine = Machine.open(); ExtentBatch<Hold.Get> batch = machine.memory.newExtentBatch(2)) {
            long address = mapSideBySide(machine, 64);
            int n = FastGup.getUserPagesFast(machine.session, machine.space, address, 64, WRITE, batch);
            assertThat(n).isEqualTo(64);
            assertThat(batch.extents()).isOne();
            machine.memory.putPages(batch, 0, 10, 5);
            assertThat(batch.extents()).isEqualTo(2);
            assertThat(batch.pages(0)).isEqualTo(10);
            assertThat(batch.pages(1)).isEqualTo(49);
            assertThatThrownBy(() -> machine.memory.putPages(batch, 1, 4, 5))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("pages 4 to 8 of extent 1").hasMessageContaining("from an end");
            machine.memory.putPages(batch, 1, 0, 5);
            machine.memory.putPages(batch, 1, 40, 4);
            machine.memory.putPages(batch, 0, 0, 10);
            assertThat(batch.extents()).isOne();
            assertThat(batch.size()).isEqualTo(40);
            for (int i = 0; i < 64; i++) {
                assertThat(machine.refs(machine.space.frameAt(address + (long) i * PAGE)))
                        .isEqualTo(i >= 20 && i < 60 ? 2 : 1);
            }
            machine.memory.putPages(batch);
            assertThat(batch.extents()).isZero();
        }
    }
}
