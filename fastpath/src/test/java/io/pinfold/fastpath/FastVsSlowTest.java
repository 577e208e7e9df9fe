package io.pinfold.fastpath;

import static io.pinfold.fastpath.Machine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on one address space, and the same request to the slow path first and to the fast path then: both
 * must answer the same, name the same frames and leave the same counts. Replay one run with {@code -Dpinfold.seed=}.
 */
class FastVsSlowTest {

    private static final int WINDOW = 48;
    private static final int OPERATIONS = 8_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void sameAnswersSameFramesSameCounts(long number) {
        long seed = Long.getLong("pinfold.seed", number * 0x9E3779B97F4A7C15L);
        System.out.println("FastVsSlowTest seed " + seed);
        MemoryOptions options = MemoryOptions.ofRam(Machine.RAM).withMovableBytes(number == 3 ? Machine.RAM / 2 : 0);
        try (Machine machine = Machine.open(options); PageBatch<?> slow = machine.batch(WINDOW);
                PageBatch<?> fast = machine.batch(WINDOW)) {
            Window window = new Window(machine, new SplittableRandom(seed));
            for (int i = 0; i < OPERATIONS; i++) {
                window.change();
                window.compare("operation " + i + " of seed " + seed, slow, fast);
            }
            assertThat(window.longest).as("ranges over the border of two tables were compared")
                    .isGreaterThan(WINDOW / 2);
            assertThat(window.longestExtent).as("folios were compared").isGreaterThan(8);
            window.extents.close();
            assertThat(window.errors).as("errors were compared, too").isPositive();
            assertThat(machine.memory.vmStat().fastHits()).isPositive();
        }
    }

    /** A stretch of addresses in which mappings of all kinds come and go. */
    private static final class Window {
        private final Machine machine;
        private final AddressSpace space;
        private final SplittableRandom random;
        private final long base;
        private final ExtentBatch<?> extents;
        private int longest;
        private int longestExtent;
        private int errors;

        Window(Machine machine, SplittableRandom random) {
            this.machine = machine;
            this.space = machine.space;
            this.random = random;
            this.extents = machine.memory.newExtentBatch(WINDOW);
            // The window crosses the border of two tables.
            this.base = 4 * Geometry.levelBytes(Geometry.PUD) - WINDOW / 2 * PAGE;
        }

        void change() {
            int first = random.nextInt(WINDOW);
            int pages = 1 + random.nextInt(WINDOW - first);
            long address = base + (long) first * PAGE;
            long bytes = (long) pages * PAGE;
            int prot = switch (random.nextInt(6)) {
                case 0 -> Prot.NONE;
                case 1 -> Prot.READ;
                default -> Prot.READ_WRITE;
            };
            if (random.nextInt(8) == 0) {
                // What comes from now on comes in folios of up to so many pages.
                space.setFolioOrder(random.nextInt(Math.min(4, Geometry.leafOrder(Geometry.PMD)) + 1));
            }
            switch (random.nextInt(12)) {
                case 0 -> space.munmap(address, bytes);
                case 1, 2 -> map(address, bytes, prot, MapFlags.PRIVATE);
                case 3 -> map(address, bytes, prot, MapFlags.SHARED);
                case 4 -> space.mprotect(address, bytes, prot);
                case 5 -> space.madvise(address, bytes, AddressSpace.MADV_DONTNEED);
                case 6, 7, 8, 9 -> touch(address, pages, true);
                default -> touch(address, pages, false);
            }
        }

        private void map(long address, long bytes, int prot, int flags) {
            long got = space.mmap(address, bytes, prot, flags | MapFlags.ANONYMOUS | MapFlags.FIXED);
            assertThat(got).isEqualTo(address);
        }

        private void touch(long address, int pages, boolean write) {
            // Prefaulting stops at the first page that cannot be had, which is as good as any other pattern.
            Gup.getUserPagesUnlocked(space, address, pages, write ? FollFlags.FOLL_WRITE : 0, null);
        }

        void compare(String what, PageBatch<?> slow, PageBatch<?> fast) {
            int first = random.nextInt(WINDOW);
            int pages = 1 + random.nextInt(WINDOW - first);
            long address = base + (long) first * PAGE;
            boolean pin = random.nextBoolean();
            int flags = (random.nextBoolean() ? FollFlags.FOLL_WRITE : 0)
                    | (random.nextInt(4) == 0 ? FollFlags.FOLL_NOFAULT : 0)
                    | (random.nextInt(4) == 0 ? FollFlags.FOLL_FORCE : 0)
                    | (pin && random.nextInt(4) == 0 ? FollFlags.FOLL_LONGTERM : 0);
            int expected = slow(address, pages, flags, pin, slow);
            int expectedReason = slow.stopReason();
            long expectedStop = slow.stopAddress();
            int got = pin ? FastGup.pinUserPagesFast(machine.session, space, address, pages, flags, Kinds.pins(fast))
                    : FastGup.getUserPagesFast(machine.session, space, address, pages, flags, Kinds.gets(fast));
            String call = what + (pin ? " pin " : " get ") + first + "+" + pages + " flags 0x"
                    + Integer.toHexString(flags);
            boolean refusedLongterm = (flags & FollFlags.FOLL_LONGTERM) != 0 && expected == -Errno.ENOMEM;
            if (refusedLongterm) {
                // The prefix of the walk wins; the slow path gives everything back.
                assertThat(got).as(call).satisfiesAnyOf(n -> assertThat(n).isEqualTo(-Errno.ENOMEM),
                        n -> assertThat(n).isBetween(1, pages - 1));
            } else {
                assertThat(got).as(call).isEqualTo(expected);
                if (expected < pages) {
                    assertThat(fast.stopReason()).as(call).isEqualTo(expectedReason);
                    assertThat(fast.stopAddress()).as(call).isEqualTo(expectedStop);
                }
                for (int i = 0; i < expected; i++) {
                    assertThat(fast.pfn(i)).as("%s page %d", call, i).isEqualTo(slow.pfn(i));
                    assertThat(fast.pfn(i)).as("%s page %d", call, i)
                            .isEqualTo(space.frameAt(address + (long) i * PAGE));
                }
                sameAsExtents(call, address, pages, flags, pin, expected, fast);
                for (int i = 0; i < expected; i++) {
                    long pfn = slow.pfn(i);
                    if (pfn != machine.memory.zeroPfn() && isSingle(machine.memory.page(pfn))) {
                        int mappings = machine.memory.page(pfn).mapCount();
                        int cache = (machine.memory.page(pfn).mapping() & 2) != 0 ? 1 : 0;
                        assertThat(machine.refs(pfn)).as("%s page %d", call, i)
                                .isEqualTo(mappings + cache + 2 * (pin ? 1024 : 1));
                    }
                }
            }
            longest = Math.max(longest, expected);
            errors += expected < 0 ? 1 : 0;
            release(slow, pin);
            release(fast, pin);
            assertThat(machine.pinsOutstanding()).as(call).isZero();
        }

        private static boolean isSingle(PageInfo page) {
            return page.isHead() && page.pages() == 1;
        }

        /** The same request once more, as extents: the same frames in the same order. */
        private void sameAsExtents(String call, long address, int pages, int flags, boolean pin, int expected,
                PageBatch<?> list) {
            int got = pin ? FastGup.pinUserPagesFast(machine.session, space, address, pages, flags, Kinds.pins(extents))
                    : FastGup.getUserPagesFast(machine.session, space, address, pages, flags, Kinds.gets(extents));
            assertThat(got).as(call).isEqualTo(expected);
            int i = 0;
            for (int extent = 0; extent < extents.extents(); extent++) {
                for (int page = 0; page < extents.pages(extent); page++) {
                    assertThat(extents.firstPfn(extent) + page).as("%s page %d", call, i).isEqualTo(list.pfn(i));
                    i++;
                }
            }
            assertThat(i).as(call).isEqualTo(Math.max(0, expected));
            longestExtent = Math.max(longestExtent, extents.extents() == 0 ? 0 : extents.pages(0));
            if (got > 0) {
                // in two parts, so that a part is released, too
                int first = random.nextInt(extents.pages(0)) + 1;
                if (pin) {
                    machine.memory.unpinUserPagesDirtyLock(Kinds.pins(extents), 0, 0, first, random.nextBoolean());
                } else {
                    machine.memory.putPages(Kinds.gets(extents), 0, 0, first);
                }
                if (got > first && pin) {
                    machine.memory.unpinUserPages(Kinds.pins(extents));
                } else if (got > first) {
                    machine.memory.putPages(Kinds.gets(extents));
                }
            }
        }

        private int slow(long address, int pages, int flags, boolean pin, PageBatch<?> batch) {
            try (MmapGuard guard = space.readLock()) {
                return pin ? Gup.pinUserPages(space, guard, address, pages, flags, Kinds.pins(batch))
                        : Gup.getUserPages(space, guard, address, pages, flags, Kinds.gets(batch));
            }
        }

        private void release(PageBatch<?> batch, boolean pin) {
            if (batch.size() > 0) {
                if (pin) {
                    machine.memory.unpinUserPages(Kinds.pins(batch));
                } else {
                    machine.memory.putPages(Kinds.gets(batch));
                }
            }
        }
    }
}
