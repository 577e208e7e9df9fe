package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A typed call does what the kernel's call does with the same flags: on two machines alike, for every set of options
 * and every kind of page, results, stops, entries, records and statistics are equal.
 */
class TypedCallsTest {
    private static final int PAGE = Machine.PAGE;
    /** Present, absent, read-only and the process's own, zero page, without permission, read-only and shared. */
    private static final int KINDS = 6;

    private static List<GupOptions> allOptions() {
        List<GupOptions> all = new ArrayList<>();
        for (int bits = 0; bits < 32; bits++) {
            GupOptions options = (bits & 1) != 0 ? GupOptions.WRITE : GupOptions.READ;
            options = (bits & 2) != 0 ? options.longTerm() : options;
            options = (bits & 4) != 0 ? options.force() : options;
            options = (bits & 8) != 0 ? options.noFault() : options;
            all.add((bits & 16) != 0 ? options.interruptible() : options);
        }
        return all;
    }

    /** A machine with a page of each kind, and what the calls did with it. */
    private static final class Side implements AutoCloseable {
        final Machine machine = Machine.open(MemoryOptions.ofRam(16L << 20));
        final long address = machine.mapPresent(KINDS);
        final TypedCalls.Batches batches = new TypedCalls.Batches(machine.batch(KINDS), machine.batch(KINDS));
        final List<Object> seen = new ArrayList<>();

        Side() {
            assertThat(machine.space.munmap(at(1), PAGE)).isZero();
            assertThat(machine.space.munmap(at(3), PAGE)).isZero();
            int fixed = MapFlags.PRIVATE | MapFlags.ANONYMOUS
                    | MapFlags.FIXED;
            assertThat(machine.space.mmap(at(1), PAGE, Prot.READ_WRITE, fixed)).isEqualTo(at(1));
            assertThat(machine.space.mmap(at(3), PAGE, Prot.READ_WRITE, fixed)).isEqualTo(at(3));
            assertThat(machine.space.mprotect(at(2), PAGE, Prot.READ)).isZero();
            assertThat(machine.cpu.loadLong(at(3))).isZero();
            assertThat(machine.space.mprotect(at(4), PAGE, Prot.NONE)).isZero();
            assertThat(machine.space.mprotect(at(5), PAGE, Prot.READ)).isZero();
            PageFlags.clear(Bridge.core(machine.memory).recordAddress(machine.space.frameAt(at(5))),
                    PageFlags.ANON_EXCLUSIVE);
        }

        long at(int page) {
            return address + (long) page * PAGE;
        }

        void run(TypedCalls.Form form, boolean isPin, int page, int pages, GupOptions options) {
            int n = form.run(machine, at(page), pages, options, batches);
            PageBatch<?> batch = isPin ? batches.pins() : batches.gets();
            seen.add(List.of(n, batch.stopReason(), batch.stopAddress(), batch.isHeld(), machine.hasPinned()));
            look();
            if (batch.isHeld()) {
                assertThat(isPin ? machine.memory.unpinUserPages(batches.pins())
                        : machine.memory.putPages(batches.gets())).isEqualTo(n);
            }
            seen.add(machine.memory.vmStat());
        }

        private void look() {
            for (int page = 0; page < KINDS; page++) {
                long pfn = machine.space.frameAt(at(page));
                PageInfo info = machine.memory.page(pfn);
                seen.add(List.of(page, machine.space.entryAt(at(page)), info));
            }
        }

        @Override
        public void close() {
            for (int page = 0; page < KINDS; page++) {
                long pfn = machine.space.frameAt(at(page));
                if (page == 5 && pfn != 0) {
                    PageFlags.set(Bridge.core(machine.memory).recordAddress(pfn), PageFlags.ANON_EXCLUSIVE);
                }
            }
            batches.gets().close();
            batches.pins().close();
            machine.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTypedCallDoesWhatTheKernelsCallDoes(TypedCalls call) {
        int obtained = 0;
        for (GupOptions options : allOptions()) {
            try (Side typed = new Side(); Side kernel = new Side()) {
                for (int page = 0; page < KINDS; page++) {
                    for (int pages = 1; pages <= 2; pages++) {
                        typed.run(call.typed, call.isPin, page, pages, options);
                        kernel.run(call.kernel, call.isPin, page, pages, options);
                        assertThat(typed.seen).as("%s: %d pages from page %d on", options, pages, page)
                                .isEqualTo(kernel.seen);
                    }
                }
                obtained += kernel.seen.toString().contains("[1, 0, 0, true") ? 1 : 0;
            }
        }
        assertThat(obtained).as("sets of options with which a page was had").isGreaterThan(3);
    }

    /** What the remote and unlocked forms differ in from pin_user_pages: they mark what they touch. */
    @Test
    void onlyPinUserPagesLeavesNoMark() {
        for (int form = 0; form < 3; form++) {
            try (Machine machine = Machine.open(MemoryOptions.ofRam(16L << 20));
                    PageBatch<Hold.Pin> batch = machine.batch(1)) {
                long address = machine.map(1, Prot.READ_WRITE);
                assertThat(Gup.getUserPagesUnlocked(machine.space, address, 1, GupOptions.WRITE.flags(), null)).isOne();
                long entry = machine.entryAddress(address, Geometry.PTE);
                Words.setLongVolatile(entry,
                        Words.getLongVolatile(entry) & ~Entry.ACCESSED);
                long pfn = machine.space.frameAt(address);
                PageFlags.clear(Bridge.core(machine.memory).recordAddress(pfn), PageFlags.REFERENCED);
                int n;
                try (MmapGuard guard = machine.space.readLock()) {
                    n = form == 0 ? Gup.pinUserPages(machine.space, guard, address, 1, 0, batch)
                            : form == 1 ? Gup.pinUserPagesRemote(machine.space, guard, address, 1, 0, batch) : 0;
                }
                n += form == 2 ? Gup.pinUserPagesUnlocked(machine.space, address, 1, 0, batch) : 0;
                assertThat(n).isOne();
                assertThat(PageFlags.test(Bridge.core(machine.memory).recordAddress(pfn), PageFlags.REFERENCED))
                        .as("form %d", form).isEqualTo(form != 0);
                machine.memory.unpinUserPages(batch);
            }
        }
    }

    /** The two that pass on kernel's flags have no options and batch to refuse: a null batch means something there. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"GET_REMOTE", "LONGTERM"})
    void nullIsRefusedInTheSameWordsByAll(TypedCalls call) {
        try (Side side = new Side()) {
            VmStat before = side.machine.memory.vmStat();
            assertThatThrownBy(() -> call.typed.run(side.machine, side.at(0), 1, GupOptions.READ,
                    new TypedCalls.Batches(null, null))).isInstanceOf(NullPointerException.class)
                    .hasMessage("batch is null: the pages are held in it");
            assertThatThrownBy(() -> call.typed.run(side.machine, side.at(0), 1, null, side.batches))
                    .isInstanceOf(NullPointerException.class)
                    .hasMessage("options is null: READ or WRITE of GupOptions");
            assertThat(side.machine.memory.vmStat()).isEqualTo(before);
            assertThat(side.machine.hasPinned()).isFalse();
            assertThat(side.batches.gets().isHeld() || side.batches.pins().isHeld()).isFalse();
        }
    }

    @Test
    void optionsThatACallDoesNotAcceptAreRefused() {
        try (Side side = new Side()) {
            Machine machine = side.machine;
            TypedCalls.Batches batches = side.batches;
            GupOptions longTerm = GupOptions.READ.longTerm();
            assertThat(machine.session.getUserPagesFast(machine.space, side.at(0), 1, longTerm, batches.gets()))
                    .isEqualTo(-Errno.EINVAL);
            assertThat(machine.space.pinUserPagesUnlocked(side.at(0), 1, longTerm, batches.pins()))
                    .isEqualTo(-Errno.EINVAL);
            assertThat(machine.session.pinUserPagesFast(machine.space, side.at(0), 1, GupOptions.READ.interruptible(),
                    batches.pins())).isEqualTo(-Errno.EINVAL);
            assertThat(machine.hasPinned()).isFalse();
        }
    }
}
