package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Large folios, mapped by PTEs and by a leaf, as lists and as extents, got and pinned: one operation on the head,
 * exactly.
 */
@Tag("wide") // folios of more pages than a leaf of the tiny tables has
class LargeFolioTest {

    private static final int PAGE = Machine.PAGE;
    private static final int WRITE = FollFlags.FOLL_WRITE;
    private static final int ORDER = Math.min(4, Geometry.BITS_PER_LEVEL - 1);
    private static final int FOLIO = 1 << ORDER;
    /** Folios mapped by PTEs: the walk crosses from one to the next. */
    private static final int FOLIOS = 4;

    /** What is asked for, and how. */
    private record Form(boolean leaf, boolean pin, boolean extents) {

        static Stream<Form> all() {
            return IntStream.range(0, 8).mapToObj(i -> new Form((i & 4) != 0, (i & 2) != 0, (i & 1) != 0));
        }

        int folioPages() {
            return leaf ? Geometry.ENTRIES : FOLIO;
        }

        int pages() {
            return leaf ? Geometry.ENTRIES : FOLIOS * FOLIO;
        }

        /** References of the mappings on one folio. */
        int mapped() {
            return leaf ? 1 : FOLIO;
        }

        /** Present, writable, exclusive. */
        long map(Machine machine) {
            long bytes = (long) pages() * PAGE;
            long address = machine.map(2 * pages(), Prot.READ_WRITE) + bytes - 1 & -bytes;
            if (leaf) {
                assertThat(machine.space.madvise(address, bytes, AddressSpace.MADV_HUGEPAGE)).isZero();
            } else {
                machine.space.setFolioOrder(ORDER);
            }
            for (int i = 0; i < pages(); i++) {
                machine.cpu.storeLong(address + (long) i * PAGE, Machine.stamp(address, i));
            }
            for (int i = 0; i < pages(); i += folioPages()) {
                long head = machine.space.frameAt(address + (long) i * PAGE);
                assertThat(machine.memory.page(head).pages()).as("a folio of that size").isEqualTo(folioPages());
                assertThat(machine.refs(head)).isEqualTo(mapped());
            }
            return address;
        }

        Batch<?> batch(Machine machine) {
            return extents ? machine.memory.newExtentBatch(8) : machine.batch(pages());
        }

        int fast(Machine machine, long address, int pages, int flags, Batch<?> batch) {
            return pin
                    ? FastGup.pinUserPagesFast(machine.session, machine.space, address, pages, flags, Kinds.pins(batch))
                    : FastGup.getUserPagesFast(machine.session, machine.space, address, pages, flags,
                            Kinds.gets(batch));
        }

        int only(Machine machine, long address, int pages, int flags, Batch<?> batch) {
            return fast(machine, address, pages, flags | FollFlags.FOLL_FAST_ONLY, batch);
        }

        void release(Machine machine, Batch<?> batch) {
            if (pin) {
                machine.memory.unpinUserPages(Kinds.pins(batch));
            } else {
                machine.memory.putPages(Kinds.gets(batch));
            }
        }

        void check(Machine machine, long head, int held) {
            assertThat(machine.refs(head)).isEqualTo(mapped() + held);
            assertThat(PageRefs.pinCount(Bridge.core(machine.memory).recordAddress(head))).isEqualTo(pin ? held : 0);
            assertThat(machine.memory.page(head).maybePinned()).as("exact, N4").isEqualTo(pin && held > 0);
        }
    }

    private static List<Long> frames(Batch<?> batch) {
        List<Long> frames = new ArrayList<>();
        if (batch instanceof PageBatch<?> list) {
            for (int i = 0; i < list.length(); i++) {
                frames.add(list.pfn(i));
            }
        } else if (batch instanceof ExtentBatch<?> extents) {
            for (int e = 0; e < extents.extents(); e++) {
                for (int i = 0; i < extents.pages(e); i++) {
                    frames.add(extents.firstPfn(e) + i);
                }
            }
        }
        return frames;
    }

    /** Worked numbers 3 and 4, for every beginning and end inside the folios. */
    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.LargeFolioTest$Form#all")
    void anyPartOfIt(Form form) {
        try (Machine machine = Machine.open(); Batch<?> batch = form.batch(machine)) {
            long address = form.map(machine);
            int pages = form.pages();
            int step = form.leaf ? Math.max(1, pages / 7) : 3;
            for (int from = 0; from < pages; from += step) {
                for (int n = 1; from + n <= pages; n += step) {
                    assertThat(form.only(machine, address + (long) from * PAGE, n, WRITE, batch)).isEqualTo(n);
                    assertThat(batch.size()).isEqualTo(n);
                    List<Long> frames = frames(batch);
                    for (int i = 0; i < n; i++) {
                        assertThat(frames.get(i)).isEqualTo(machine.space.frameAt(address + (long) (from + i) * PAGE));
                    }
                    for (int f = 0; f < pages; f += form.folioPages()) {
                        int held = Math.max(0, Math.min(from + n, f + form.folioPages()) - Math.max(from, f));
                        form.check(machine, machine.space.frameAt(address + (long) f * PAGE), held);
                    }
                    assertThat(machine.pinsOutstanding()).isEqualTo(form.pin ? n : 0);
                    form.release(machine, batch);
                    form.check(machine, machine.space.frameAt(address), 0);
                    assertThat(machine.pinsOutstanding()).isZero();
                }
            }
            assertThat(machine.memory.vmStat().rollBacks()).isEmpty();
        }
    }

    /**
     * The grab of the k-th folio fails, for every k and by every refusal: a prefix is held, the others are untouched.
     */
    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.LargeFolioTest$Form#all")
    void theKthGrabFails(Form form) {
        for (int count : new int[]{0, -1, Integer.MIN_VALUE}) {
            for (int k = 0; k < form.pages() / form.folioPages(); k++) {
                try (Machine machine = Machine.open(); Batch<?> batch = form.batch(machine)) {
                    long address = form.map(machine);
                    int before = k * form.folioPages();
                    long failing = machine.space.frameAt(address + (long) before * PAGE);
                    machine.setRefs(failing, count);
                    assertThat(form.only(machine, address, form.pages(), WRITE, batch)).isEqualTo(before);
                    assertThat(machine.fallBacks(count == 0 ? FallBack.GRAB_ZERO : FallBack.GRAB_OVERFLOW)).isOne();
                    assertThat(machine.refs(failing)).isEqualTo(count);
                    machine.setRefs(failing, form.mapped());
                    for (int f = 0; f < form.pages(); f += form.folioPages()) {
                        form.check(machine, machine.space.frameAt(address + (long) f * PAGE),
                                f < before ? form.folioPages() : 0);
                    }
                    if (k > 0) {
                        form.release(machine, batch);
                    }
                }
            }
        }
    }

    /**
     * An entry in the middle of a run says something else: the run ends there, whatever its last entry says. A leaf is
     * one entry.
     */
    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.LargeFolioTest$Form#all")
    void aRunEndsWhereAnEntryDiffers(Form form) {
        for (int k = 0; k < (form.leaf ? 1 : FOLIO); k++) {
            try (Machine machine = Machine.open(); Batch<?> batch = form.batch(machine)) {
                long address = form.map(machine);
                long at = machine.entryAddress(address + (long) k * PAGE, form.leaf ? Geometry.PMD : Geometry.PTE);
                long entry = Entries.load(at);
                Words.setLongVolatile(at, entry & ~Entry.WRITE);
                assertThat(form.only(machine, address, form.pages(), WRITE, batch)).isEqualTo(k);
                form.check(machine, machine.space.frameAt(address), k);
                assertThat(machine.fallBacks(FallBack.PERMISSION)).isOne();
                assertThat(machine.rollBacks(RollBack.CHANGED_PTE)).as("given back: from there to the end of the folio")
                        .isEqualTo(k == 0 || k == FOLIO - 1 ? 0 : FOLIO - k);
                if (k > 0) {
                    form.release(machine, batch);
                }
                Words.setLongVolatile(at, entry);
            }
        }
    }

    /** Each page mapped by a PTE has its own exclusive flag; a leaf has that of the head. A get wants neither. */
    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.LargeFolioTest$Form#all")
    void aReadOnlyPinWantsExclusivePages(Form form) {
        for (int k = 0; k < FOLIO; k++) {
            try (Machine machine = Machine.open(); Batch<?> batch = form.batch(machine)) {
                long address = form.map(machine);
                assertThat(machine.space.mprotect(address, (long) form.pages() * PAGE, Prot.READ)).isZero();
                long shared = machine.space.frameAt(address + (long) k * PAGE);
                PageFlags.clear(Bridge.core(machine.memory).recordAddress(shared), PageFlags.ANON_EXCLUSIVE);
                int obtained = !form.pin || form.leaf && k > 0 ? form.pages() : form.leaf ? 0 : k;
                assertThat(form.only(machine, address, form.pages(), 0, batch)).isEqualTo(obtained);
                form.check(machine, machine.space.frameAt(address), Math.min(obtained, form.folioPages()));
                if (obtained > 0) {
                    form.release(machine, batch);
                }
                RollBack step = form.leaf ? RollBack.LEAF_UNSHARE : RollBack.UNSHARE;
                // by PTEs: the run is cut before page k, and the next one, which begins there, is refused
                int back = form.leaf ? k == 0 ? form.pages() : 0 : k == 0 ? FOLIO : 2 * (FOLIO - k);
                assertThat(machine.rollBacks(step)).isEqualTo(form.pin ? back : 0);
                PageFlags.set(Bridge.core(machine.memory).recordAddress(shared), PageFlags.ANON_EXCLUSIVE);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.LargeFolioTest$Form#all")
    void secretMemoryIsRolledBackAsAWhole(Form form) {
        try (Machine machine = Machine.open(); Batch<?> batch = form.batch(machine)) {
            long address = form.map(machine);
            long head = machine.space.frameAt(address);
            long word = Bridge.core(machine.memory).recordAddress(head) + PageLayout.MAPPING;
            long mapping = Words.getLongVolatile(word);
            Words.setLongVolatile(word, mapping | MappingWord.SECRET);
            assertThat(form.only(machine, address, form.pages(), WRITE, batch)).isZero();
            assertThat(machine.rollBacks(RollBack.SECRET)).isEqualTo(form.folioPages());
            form.check(machine, head, 0);
            Words.setLongVolatile(word, mapping);
        }
    }

    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.LargeFolioTest$Form#all")
    void movableMemoryIsNotForLongTermPins(Form form) {
        MemoryOptions options = MemoryOptions.ofRam(Machine.RAM).withMovableBytes(Machine.RAM / 2);
        try (Machine machine = Machine.open(options); Batch<?> batch = form.batch(machine)) {
            long address = form.map(machine);
            int longterm = WRITE | FollFlags.FOLL_LONGTERM;
            assertThat(form.only(machine, address, form.pages(), longterm, batch))
                    .isEqualTo(form.pin ? 0 : -Errno.EINVAL);
            assertThat(machine.fallBacks(FallBack.UNPINNABLE)).isEqualTo(form.pin ? 1 : 0);
            form.check(machine, machine.space.frameAt(address), 0);
        }
    }

    /** A part goes back exactly, the rest stays; what went back cannot go back again. */
    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.LargeFolioTest$Form#all")
    void partsGoBack(Form form) {
        try (Machine machine = Machine.open(); Batch<?> batch = form.batch(machine)) {
            long address = form.map(machine);
            int n = FOLIO;
            assertThat(form.only(machine, address, n, WRITE, batch)).isEqualTo(n);
            long head = machine.space.frameAt(address);
            put(machine, form, batch, 2, n - 4);
            form.check(machine, head, 4);
            assertThat(batch.size()).isEqualTo(4);
            assertThat(machine.pinsOutstanding()).isEqualTo(form.pin ? 4 : 0);
            if (batch instanceof ExtentBatch<?> extents) {
                assertThat(extents.extents()).isEqualTo(2);
                assertThat(extents.firstPfn(1)).isEqualTo(head + n - 2);
                assertThatThrownBy(() -> put(machine, form, batch, 1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
            } else {
                assertThat(frames(batch).get(2)).isZero();
                assertThatThrownBy(() -> put(machine, form, batch, 1, 2)).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("page 2").hasMessageContaining("given back before");
            }
            form.check(machine, head, 4);
            assertThatThrownBy(() -> put(machine, form, batch, n, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            put(machine, form, batch, 0, 1);
            form.check(machine, head, 3);
            form.release(machine, batch);
            form.check(machine, head, 0);
            assertThat(machine.pinsOutstanding()).isZero();
            assertThatThrownBy(() -> put(machine, form, batch, 0, 1)).isInstanceOf(IllegalStateException.class);
        }
    }

    private static void put(Machine machine, Form form, Batch<?> batch, int from, int count) {
        if (batch instanceof PageBatch<?> list) {
            if (form.pin) {
                machine.memory.unpinUserPagesDirtyLock(Kinds.pins(list), from, count, false);
            } else {
                machine.memory.putPages(Kinds.gets(list), from, count);
            }
        } else if (form.pin) {
            machine.memory.unpinUserPagesDirtyLock(Kinds.pins((ExtentBatch<?>) batch), 0, from, count, false);
        } else {
            machine.memory.putPages(Kinds.gets((ExtentBatch<?>) batch), 0, from, count);
        }
    }

    /** The last put frees the folio, also if its mapping went long before. */
    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.LargeFolioTest$Form#all")
    void itOutlivesItsMapping(Form form) {
        try (Machine machine = Machine.open(); Batch<?> batch = form.batch(machine)) {
            long address = form.map(machine);
            long head = machine.space.frameAt(address);
            int generation = machine.memory.page(head).generation();
            assertThat(form.fast(machine, address, FOLIO, WRITE, batch)).isEqualTo(FOLIO);
            assertThat(machine.space.munmap(address, (long) form.pages() * PAGE)).isZero();
            assertThat(machine.refs(head)).isEqualTo(FOLIO);
            form.release(machine, batch);
            assertThat(machine.memory.page(head).generation()).isEqualTo(generation + 1);
        }
    }

    @ParameterizedTest
    @MethodSource("io.pinfold.fastpath.LargeFolioTest$Form#all")
    void aForkGivesBackAll(Form form) {
        try (Machine machine = Machine.open(); Batch<?> batch = form.batch(machine)) {
            long address = form.map(machine);
            long seq = Bridge.control(machine.space) + MmControl.WRITE_PROTECT_SEQ;
            Words.setIntVolatile(seq, 7);
            int n = form.only(machine, address, form.pages(), WRITE, batch);
            assertThat(n).isEqualTo(form.pin ? 0 : form.pages());
            if (!form.pin) {
                form.release(machine, batch);
            }
            form.check(machine, machine.space.frameAt(address), 0);
        }
    }
}
