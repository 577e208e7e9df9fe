package io.pinfold.fastpath;

import static io.pinfold.fastpath.Machine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Each reason for which a walk stops, on page 2 of 4: two pages are obtained, the reason is counted, every roll-back
 * leaves the counts as they were and is counted as acquired and released.
 */
class StopReasonsTest {

    private static final int WRITE = FollFlags.FOLL_WRITE;

    @Test
    void nonePresent() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(4);
            machine.space.munmap(address + 2 * PAGE, PAGE);
            pinsTwoThenStops(machine, address, WRITE, FallBack.NONE_PRESENT, null);
        }
    }

    @Test
    void nothingPresentAtAnUpperLevel() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(1)) {
            assertThat(machine.session.pinUserPagesFastOnly(machine.space, Geometry.USER_END - PAGE, 1, GupOptions.READ,
                    batch))
                    .isZero();
            assertThat(machine.fallBacks(FallBack.NONE_PRESENT)).isOne();
        }
    }

    @Test
    void protnone() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(4);
            assertThat(machine.space.mprotect(address + 2 * PAGE, PAGE, Prot.NONE)).isZero();
            pinsTwoThenStops(machine, address, 0, FallBack.PROTNONE, null);
            // FORCE does not get further here either; it may in the slow path.
            pinsTwoThenStops(machine, address, FollFlags.FOLL_FORCE, FallBack.PROTNONE, null);
        }
    }

    @Test
    void permission() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(4);
            assertThat(machine.space.mprotect(address + 2 * PAGE, PAGE, Prot.READ)).isZero();
            pinsTwoThenStops(machine, address, WRITE, FallBack.PERMISSION, null);
            try (PageBatch<Hold.Pin> batch = machine.batch(4)) {
                assertThat(machine.session.pinUserPagesFastOnly(machine.space, address, 4, GupOptions.READ, batch))
                        .isEqualTo(4);
                machine.memory.unpinUserPages(batch);
            }
        }
    }

    @Test
    void zeroPageIsSpecial() {
        try (Machine machine = Machine.open()) {
            long address = machine.map(4, Prot.READ_WRITE);
            machine.cpu.storeLong(address, 1);
            machine.cpu.storeLong(address + PAGE, 1);
            assertThat(machine.cpu.loadLong(address + 2 * PAGE)).isZero();
            assertThat(machine.space.frameAt(address + 2 * PAGE)).isEqualTo(machine.memory.zeroPfn());
            pinsTwoThenStops(machine, address, 0, FallBack.SPECIAL, null);
        }
    }

    @Test
    void anySpecialEntry() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(4);
            withEntryBits(machine, address + 2 * PAGE, Entry.SPECIAL,
                    () -> pinsTwoThenStops(machine, address, WRITE, FallBack.SPECIAL, null));
        }
    }

    @Test
    void deviceEntry() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(4);
            withEntryBits(machine, address + 2 * PAGE, Entry.DEVMAP,
                    () -> pinsTwoThenStops(machine, address, WRITE | FollFlags.FOLL_LONGTERM, FallBack.DEVMAP, null));
        }
    }

    /** N13, the walk's part: no live pagemap, so the pages of this table go back as well [R13]. */
    @Test
    @Tag("wide") // the pages must lie in one table
    void aDeviceEntryWithoutAPagemap() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(4)) {
            long address = machine.mapPresent(4);
            withEntryBits(machine, address + 2 * PAGE, Entry.DEVMAP | Entry.SPECIAL, () -> assertThat(
                    FastGup.pinUserPagesFastOnly(machine.session, machine.space, address, 4, WRITE, batch)).isZero());
            assertThat(machine.fallBacks(FallBack.PAGEMAP)).isOne();
            assertThat(machine.rollBacks(RollBack.PAGEMAP)).isEqualTo(2);
            assertThat(machine.pinsOutstanding()).isZero();
            for (int i = 0; i < 4; i++) {
                long pfn = machine.space.frameAt(address + (long) i * PAGE);
                assertThat(machine.refs(pfn)).isOne();
                assertThat(PageFlags.test(Bridge.core(machine.memory).recordAddress(pfn), PageFlags.REFERENCED))
                        .as("the hint goes, too").isFalse();
            }
        }
    }

    /** What a PMD entry may hold besides a table, and what the walk makes of it [R23]. */
    @Test
    void everyStateOfAnUpperEntry() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(4)) {
            long address = machine.mapPresent(4);
            long pmdAddress = machine.entryAddress(address, 1);
            long pmd = Entries.load(pmdAddress);
            Map<Long, FallBack> states = new LinkedHashMap<>();
            states.put(Entry.NONE, FallBack.NONE_PRESENT);
            long leaf = pmd | Entry.HUGE;
            states.put(leaf & ~Entry.WRITE, FallBack.PERMISSION);
            states.put(leaf & ~Entry.PRESENT | Entry.PROTNONE, FallBack.PROTNONE);
            states.put(leaf & ~Entry.PRESENT, FallBack.NONE_PRESENT); // being split
            states.put(leaf | Entry.SPECIAL, FallBack.SPECIAL);
            for (int kind = NonPresent.SWAP; kind <= NonPresent.UFFD_MARKER; kind++) {
                states.put(NonPresent.make(kind, Entry.pfn(pmd)), FallBack.NONE_PRESENT);
            }
            states.put(NonPresent.makeHugepd(Entry.pfn(pmd), 21), FallBack.NONE_PRESENT); // of another geometry
            states.forEach((entry, why) -> {
                long before = machine.fallBacks(why);
                Entries.exchange(pmdAddress, entry);
                assertThat(FastGup.pinUserPagesFastOnly(machine.session, machine.space, address, 4, WRITE, batch))
                        .isZero();
                Entries.exchange(pmdAddress, pmd);
                assertThat(machine.fallBacks(why)).as(Entry.describe(entry)).isEqualTo(before + 1);
            });
        }
    }

    @Test
    void frozenCount() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(4);
            withCount(machine, address, 0, () -> pinsTwoThenStops(machine, address, WRITE, FallBack.GRAB_ZERO, null));
        }
    }

    @Test
    void overflowedCount() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(4);
            withCount(machine, address, Integer.MIN_VALUE,
                    () -> pinsTwoThenStops(machine, address, WRITE, FallBack.GRAB_OVERFLOW, null));
            withCount(machine, address, -1,
                    () -> pinsTwoThenStops(machine, address, WRITE, FallBack.GRAB_OVERFLOW, null));
        }
    }

    /** N11: the pin that crosses the sign bit is given, the next is not. */
    @Test
    void theLastPinBeforeTheGuardBand() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> first = machine.batch(1);
                PageBatch<Hold.Get> gets = machine.batch(1);
                PageBatch<Hold.Pin> pins = machine.batch(1)) {
            long address = machine.mapPresent(1);
            long pfn = machine.space.frameAt(address);
            machine.setRefs(pfn, 0x7fffffff - 512);
            assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, address, 1, WRITE, first)).isOne();
            assertThat(machine.refs(pfn)).isNegative();
            assertThat(machine.memory.page(pfn).maybePinned()).isTrue();
            assertThat(FastGup.pinUserPagesFastOnly(machine.session, machine.space, address, 1, WRITE, pins)).isZero();
            assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, address, 1, WRITE, pins))
                    .isEqualTo(-Errno.ENOMEM);
            assertThat(FastGup.getUserPagesFast(machine.session, machine.space, address, 1, WRITE, gets))
                    .isEqualTo(-Errno.ENOMEM);
            machine.memory.unpinUserPages(first);
            assertThat(machine.refs(pfn)).isEqualTo(0x7ffffdff);
            machine.setRefs(pfn, 1);
        }
    }

    @Test
    void unpinnableIsRolledBack() {
        MemoryOptions options = MemoryOptions.ofRam(Machine.RAM).withMovableBytes(Machine.RAM / 2);
        try (Machine machine = Machine.open(options); PageBatch<Hold.Pin> batch = machine.batch(4)) {
            long address = machine.mapPresent(4);
            long pfn = machine.space.frameAt(address);
            assertThat(machine.memory.isLongtermPinnable(pfn)).as("faults prefer MOVABLE").isFalse();
            int longterm = WRITE | FollFlags.FOLL_LONGTERM;
            assertThat(FastGup.pinUserPagesFastOnly(machine.session, machine.space, address, 4, longterm, batch))
                    .isZero();
            assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, address, 4, longterm, batch))
                    .isEqualTo(-Errno.ENOMEM);
            assertThat(machine.refs(pfn)).isOne();
            assertThat(machine.fallBacks(FallBack.UNPINNABLE)).isEqualTo(2);
            // What is not present yet is allocated where it may be pinned.
            long fresh = machine.map(4, Prot.READ_WRITE);
            assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, fresh, 4, longterm, batch))
                    .isEqualTo(4);
            for (int i = 0; i < 4; i++) {
                assertThat(machine.memory.isLongtermPinnable(batch.pfn(i))).isTrue();
            }
            machine.memory.unpinUserPages(batch);
        }
    }

    @Test
    void secretMemoryIsRolledBack() {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(4)) {
            long address = machine.mapPresent(4);
            long word = Bridge.core(machine.memory).recordAddress(machine.space.frameAt(address + 2 * PAGE))
                    + PageLayout.MAPPING;
            long mapping = Words.getLongVolatile(word);
            Words.setLongVolatile(word, mapping | MappingWord.SECRET);
            pinsTwoThenStops(machine, address, WRITE, FallBack.SECRET, RollBack.SECRET);
            // And the slow path, to which the other calls fall back, knows it as well.
            GupSession session = machine.session;
            assertThat(FastGup.pinUserPagesFast(session, machine.space, address, 4, WRITE, Kinds.pins(batch)))
                    .isEqualTo(2);
            assertThat(batch.stopReason()).isEqualTo(Errno.EFAULT);
            machine.memory.unpinUserPages(Kinds.pins(batch));
            for (GupOptions options : List.of(GupOptions.READ, GupOptions.WRITE, GupOptions.READ.force(),
                    GupOptions.READ.noFault())) {
                long secret = address + 2 * PAGE;
                assertThat(session.pinUserPagesFast(machine.space, secret, 1, options, Kinds.pins(batch)))
                        .isEqualTo(-Errno.EFAULT);
                assertThat(session.getUserPagesFast(machine.space, secret, 1, options, Kinds.gets(batch)))
                        .isEqualTo(-Errno.EFAULT);
                assertThatThrownBy(() -> PinnedRange.pin(session, machine.space, secret, PAGE, options))
                        .isInstanceOf(PinException.class);
            }
            Words.setLongVolatile(word, mapping);
        }
    }

    @Test
    void aSharedAnonymousPageIsUnsharedFirst() {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(4)) {
            long address = machine.mapPresent(4);
            assertThat(machine.space.mprotect(address, 4 * PAGE, Prot.READ)).isZero();
            long record = Bridge.core(machine.memory).recordAddress(machine.space.frameAt(address + 2 * PAGE));
            PageFlags.clear(record, PageFlags.ANON_EXCLUSIVE);
            pinsTwoThenStops(machine, address, 0, FallBack.UNSHARE, RollBack.UNSHARE);
            // A get does not care.
            assertThat(
                    machine.session.getUserPagesFastOnly(machine.space, address, 4, GupOptions.READ, Kinds.gets(batch)))
                    .isEqualTo(4);
            machine.memory.putPages(Kinds.gets(batch));
            // The slow path unshares; the page is this space's alone, so it is marked and stays.
            assertThat(machine.session.pinUserPagesFast(machine.space, address, 4, GupOptions.READ, Kinds.pins(batch)))
                    .isEqualTo(4);
            assertThat(
                    PageFlags.test(Bridge.core(machine.memory).recordAddress(batch.pfn(2)), PageFlags.ANON_EXCLUSIVE))
                    .isTrue();
            machine.memory.unpinUserPages(Kinds.pins(batch));
        }
    }

    @Test
    void aForkUnderWayGivesNothingToPinsAndDoesNotHinderGets() {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(4)) {
            long address = machine.mapPresent(4);
            long seq = Bridge.control(machine.space) + MmControl.WRITE_PROTECT_SEQ;
            Words.setIntVolatile(seq, 7);
            assertThat(
                    machine.session.pinUserPagesFastOnly(machine.space, address, 4, GupOptions.READ, Kinds.pins(batch)))
                    .isZero();
            assertThat(machine.fallBacks(FallBack.FORK_SEQ)).isOne();
            assertThat(
                    machine.session.getUserPagesFastOnly(machine.space, address, 4, GupOptions.READ, Kinds.gets(batch)))
                    .isEqualTo(4);
            machine.memory.putPages(Kinds.gets(batch));
            Words.setIntVolatile(seq, 8);
            assertThat(
                    machine.session.pinUserPagesFastOnly(machine.space, address, 4, GupOptions.READ, Kinds.pins(batch)))
                    .isEqualTo(4);
            machine.memory.unpinUserPages(Kinds.pins(batch));
        }
    }

    @Test
    void aPoisonedEntryIsAnErrorThatNamesIt() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(4)) {
            long address = machine.mapPresent(4);
            for (int level = 0; level < Geometry.LEVELS; level++) {
                PageBatch<Hold.Pin> lost = machine.batch(4);
                long at = machine.entryAddress(address, level);
                long entry = Entries.load(at);
                Entries.exchange(at, Entry.POISON);
                assertThatThrownBy(
                        () -> machine.session.pinUserPagesFast(machine.space, address, 4, GupOptions.READ, lost))
                        .isInstanceOf(MemoryModelError.class)
                        .hasMessageContaining(Long.toHexString(at))
                        .hasMessageContaining(Long.toHexString(Entry.POISON));
                Entries.exchange(at, entry);
                Bridge.held(lost).abandon(); // a model error leaves it filling; it holds nothing here
                lost.close();
            }
            assertThat(machine.session.pinUserPagesFast(machine.space, address, 4, GupOptions.READ, batch))
                    .isEqualTo(4);
            machine.memory.unpinUserPages(batch);
        }
    }

    private static void pinsTwoThenStops(Machine machine, long address, int flags, FallBack why, RollBack step) {
        try (PageBatch<Hold.Pin> batch = machine.batch(4)) {
            long stops = machine.fallBacks(why);
            long steps = step == null ? 0 : machine.rollBacks(step);
            long acquired = machine.memory.vmStat().nrFollPinAcquired();
            long page = machine.space.frameAt(address + 2 * PAGE);
            int before = page == 0 ? 0 : machine.refs(page);
            assertThat(FastGup.pinUserPagesFastOnly(machine.session, machine.space, address, 4, flags, batch))
                    .isEqualTo(2);
            assertThat(batch.size()).isEqualTo(2);
            assertThat(machine.fallBacks(why)).isEqualTo(stops + 1);
            assertThat(machine.memory.vmStat().nrFollPinAcquired()).isEqualTo(acquired + 2 + (step == null ? 0 : 1));
            assertThat(machine.pinsOutstanding()).isEqualTo(2);
            if (step != null) {
                assertThat(machine.rollBacks(step)).isEqualTo(steps + 1);
            }
            if (page != 0) {
                assertThat(machine.refs(page)).as("I2").isEqualTo(before);
            }
            assertThat(machine.refs(machine.space.frameAt(address))).isEqualTo(1 + 1024);
            machine.memory.unpinUserPages(batch);
        }
    }

    private static void withCount(Machine machine, long address, int count, Runnable test) {
        long pfn = machine.space.frameAt(address + 2 * PAGE);
        int before = machine.refs(pfn);
        machine.setRefs(pfn, count);
        test.run();
        machine.setRefs(pfn, before);
    }

    private static void withEntryBits(Machine machine, long address, long bits, Runnable test) {
        long at = machine.entryAddress(address, 0);
        long entry = Entries.load(at);
        Entries.exchange(at, entry | bits);
        test.run();
        Entries.exchange(at, entry);
    }
}
