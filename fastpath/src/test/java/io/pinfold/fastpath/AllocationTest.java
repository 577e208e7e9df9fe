package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.fastpath.kernel.FastGup;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A million warm calls, each with its release, allocate not a single byte, whatever is mapped and in whatever form. */
class AllocationTest {

    private static final int CALLS = 1_000_000;
    private static final int PAGES = 4;
    private static final int ROUNDS = 5;

    /** What the pages are. */
    private enum Kind {
        ORDER0, FOLIO, LEAF
    }

    @ParameterizedTest
    @EnumSource
    void warmCallsAllocateNothing(Kind kind) {
        int calls = kind == Kind.ORDER0 ? CALLS : CALLS / 4;
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Machine machine = Machine.open(); PageBatch<?> list = machine.batch(PAGES);
                ExtentBatch<?> extents = machine.memory.newExtentBatch(PAGES)) {
            long address = map(machine, kind);
            run(machine, address, list, extents, calls / 2);
            // The bean's own first calls allocate.
            threads.getCurrentThreadAllocatedBytes();
            // A compilation that is thrown away materialises, once, objects it had optimised away. A call that
            // allocates does so in every round.
            List<Long> rounds = new ArrayList<>();
            do {
                long before = threads.getCurrentThreadAllocatedBytes();
                long done = run(machine, address, list, extents, calls);
                long after = threads.getCurrentThreadAllocatedBytes();
                assertThat(done).isEqualTo(4L * PAGES * calls);
                rounds.add(after - before);
            } while (rounds.getLast() != 0 && rounds.size() < ROUNDS);
            assertThat(rounds).as("bytes allocated by %d get+put and pin+unpin, by round", calls).contains(0L);
        }
    }

    private static long map(Machine machine, Kind kind) {
        if (kind == Kind.ORDER0) {
            return machine.mapPresent(PAGES);
        }
        long bytes = Geometry.levelBytes(Geometry.PMD);
        long address = machine.map(2 * Geometry.ENTRIES, Prot.READ_WRITE) + bytes - 1 & -bytes;
        if (kind == Kind.LEAF) {
            assertThat(machine.space.madvise(address, bytes, AddressSpace.MADV_HUGEPAGE)).isZero();
        } else {
            machine.space.setFolioOrder(2);
        }
        machine.cpu.storeLong(address, 1);
        assertThat(machine.memory.page(machine.space.frameAt(address)).pages()).isGreaterThan(1);
        return address;
    }

    private static long run(Machine machine, long address, PageBatch<?> list, ExtentBatch<?> extents, int calls) {
        long pages = 0;
        for (int i = 0; i < calls; i++) {
            pages += machine.session.getUserPagesFast(machine.space, address, PAGES, GupOptions.READ, Kinds.gets(list));
            machine.memory.putPages(Kinds.gets(list));
            pages += FastGup.pinUserPagesFast(machine.session, machine.space, address, PAGES, 1, Kinds.pins(list));
            machine.memory.unpinUserPages(Kinds.pins(list));
            pages += machine.session.getUserPagesFast(machine.space, address, PAGES, GupOptions.READ,
                    Kinds.gets(extents));
            machine.memory.putPages(Kinds.gets(extents));
            pages += FastGup.pinUserPagesFast(machine.session, machine.space, address, PAGES, 1, Kinds.pins(extents));
            machine.memory.unpinUserPages(Kinds.pins(extents));
        }
        return pages;
    }
}
