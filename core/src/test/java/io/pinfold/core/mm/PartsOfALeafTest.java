package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.MemoryOptions;
import org.junit.jupiter.api.Test;

/** Discards of a part of what one leaf maps, with data on both sides of the part. */
class PartsOfALeafTest extends HugeTest {
    private static final int[] EDGES = {0, 1, PAGES / 2, PAGES - 1, PAGES};

    @Override
    MemoryOptions options() {
        return MemoryOptions.ofRam(64L << 20).withMovableBytes(16L << 20);
    }

    private void storeAll(int pages) {
        for (int page = 0; page < pages; page++) {
            cpu.storeLong(HUGE + (long) page * PAGE, page + 1);
        }
    }

    private void assertGone(int from, int to, int pages) {
        for (int page = 0; page < pages; page++) {
            assertThat(cpu.loadLong(HUGE + (long) page * PAGE)).as("page %d after %d to %d", page, from, to - 1)
                    .isEqualTo(page >= from && page < to ? 0 : page + 1);
        }
    }

    @Test
    void aDiscardTakesItsPagesAlone() {
        for (int from : EDGES) {
            for (int to : EDGES) {
                if (from < to) {
                    map(1);
                    storeAll(PAGES);
                    assertThat(isLeaf(HUGE)).isTrue();
                    assertThat(space.madvise(HUGE + (long) from * PAGE, (long) (to - from) * PAGE,
                            AddressSpace.MADV_DONTNEED)).isZero();
                    assertGone(from, to, PAGES);
                }
            }
        }
    }

    /** A reserved huge page goes as a whole, or stays. */
    @Test
    void aDiscardLeavesAReservedPageOfWhichItCoversAPart() {
        for (int to : new int[]{1, PAGES - 1, PAGES, PAGES + 1, 2 * PAGES - 1, 2 * PAGES}) {
            assertThat(space.mmap(HUGE, 2 * BYTES, RW, PRIVATE | MapFlags.HUGETLB | MapFlags.FIXED)).isEqualTo(HUGE);
            storeAll(2 * PAGES);
            assertThat(space.madvise(HUGE, (long) to * PAGE, AddressSpace.MADV_DONTNEED)).isZero();
            assertGone(0, to / PAGES * PAGES, 2 * PAGES);
        }
    }
}
