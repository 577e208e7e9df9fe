package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.memory.Memories.allocate;
import static io.pinfold.core.memory.Memories.closeIdle;
import static io.pinfold.core.memory.Memories.fill;
import static io.pinfold.core.memory.Memories.put;
import static io.pinfold.core.memory.Memories.refs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Releases of a part that the batch does not have: refused with the numbers, and the batch holds what it held. */
@Timeout(60)
class RangeReleaseTest {
    private static final int MAX = Integer.MAX_VALUE;
    private static final int MIN = Integer.MIN_VALUE;
    private static final int PAGES = 3;
    /** From and count; each outside 3 pages, many of them only because their sum is beyond the int range. */
    private static final int[][] OUTSIDE = {{-1, 1}, {-1, 0}, {-1, 2}, {0, -1}, {1, -1}, {4, 0}, {5, 1}, {0, 4},
            {3, 1}, {2, 2}, {MAX, 1}, {MAX, 0}, {MAX, MAX}, {1, MAX}, {2, MAX - 1}, {0, MAX}, {MIN, 1}, {MIN, MIN},
            {MIN, MAX}, {0, MIN}, {1, MIN}, {-1, MAX}, {MAX, MIN}};
    private static final int[] NO_EXTENTS = {-1, 1, 2, MAX, MIN};

    private final PhysicalMemory memory = Memories.open(16);
    private final long pfn = allocate(memory, 2);

    /** One of the range releases. */
    private interface Release {
        int of(int from, int count);
    }

    private void refused(Batch<?> batch, boolean pinned, Release release) {
        for (int[] range : OUTSIDE) {
            assertThatThrownBy(() -> release.of(range[0], range[1])).isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining(
                            "[" + range[0] + ", " + range[0] + " + " + range[1] + ") out of bounds for length 3");
            requireHeld(batch, pinned);
        }
    }

    private void requireHeld(Batch<?> batch, boolean pinned) {
        assertThat(batch.isHeld()).isTrue();
        assertThat(batch.isPinned()).isEqualTo(pinned);
        assertThat(batch.size()).isEqualTo(PAGES);
        assertThat(refs(memory, pfn)).isEqualTo(1 + PAGES);
        assertThat(memory.page(pfn).pinCount()).isEqualTo(pinned ? PAGES : 0);
    }

    private void finish() {
        assertThat(refs(memory, pfn)).isEqualTo(1);
        assertThat(memory.vmStat().nrFollPinReleased()).isEqualTo(memory.vmStat().nrFollPinAcquired());
        put(memory, pfn, 1);
        closeIdle(memory);
    }

    @Test
    void ofAListOfGets() {
        PageBatch<Hold.Get> batch = memory.newPageBatch(PAGES + 1);
        fill(batch, FOLL_GET, pfn, pfn + 1, pfn + 2);
        refused(batch, false, (from, count) -> memory.putPages(batch, from, count));
        assertThat(memory.putPages(batch)).isEqualTo(PAGES);
        finish();
    }

    @Test
    void ofAListOfPins() {
        PageBatch<Hold.Pin> batch = memory.newPageBatch(PAGES + 1);
        fill(batch, FOLL_PIN, pfn, pfn + 1, pfn + 2);
        refused(batch, true, (from, count) -> memory.unpinUserPagesDirtyLock(batch, from, count, false));
        refused(batch, true, (from, count) -> memory.unpinUserPagesDirtyLock(batch, from, count, true));
        assertThat(memory.unpinUserPages(batch)).isEqualTo(PAGES);
        finish();
    }

    @Test
    void ofAnExtentOfGets() {
        ExtentBatch<Hold.Get> batch = memory.newExtentBatch(2);
        fill(batch, FOLL_GET, pfn, pfn + 1, pfn + 2);
        refused(batch, false, (from, count) -> memory.putPages(batch, 0, from, count));
        for (int extent : NO_EXTENTS) {
            assertThatThrownBy(() -> memory.putPages(batch, extent, 0, 1))
                    .isInstanceOf(IndexOutOfBoundsException.class).hasMessageContaining("Index " + extent);
            requireHeld(batch, false);
        }
        assertThat(memory.putPages(batch)).isEqualTo(PAGES);
        finish();
    }

    @Test
    void ofAnExtentOfPins() {
        ExtentBatch<Hold.Pin> batch = memory.newExtentBatch(2);
        fill(batch, FOLL_PIN, pfn, pfn + 1, pfn + 2);
        for (boolean makeDirty : new boolean[]{false, true}) {
            refused(batch, true,
                    (from, count) -> memory.unpinUserPagesDirtyLock(batch, 0, from, count, makeDirty));
            for (int extent : NO_EXTENTS) {
                assertThatThrownBy(() -> memory.unpinUserPagesDirtyLock(batch, extent, 0, 1, makeDirty))
                        .isInstanceOf(IndexOutOfBoundsException.class).hasMessageContaining("Index " + extent);
                requireHeld(batch, true);
            }
        }
        assertThat(memory.unpinUserPagesDirtyLock(batch, false)).isEqualTo(PAGES);
        finish();
    }

    private List<Boolean> dirty(long first) {
        List<Boolean> dirty = new ArrayList<>();
        for (int page = 0; page < PAGES; page++) {
            dirty.add(PageFlags.test(Bridge.core(memory).recordAddress(first + page), PageFlags.DIRTY));
            PageFlags.clear(Bridge.core(memory).recordAddress(first + page), PageFlags.DIRTY);
        }
        return dirty;
    }

    /** Of single pages, each of which has a flag of its own; those of a folio share one. */
    @Test
    void aDirtyReleaseMarksEachOfItsPagesAndNoOther() {
        List<Long> frames = new ArrayList<>();
        while (frames.size() < PAGES || frames.getLast() - frames.get(frames.size() - PAGES) != PAGES - 1) {
            frames.add(allocate(memory, 0));
        }
        long one = frames.get(frames.size() - PAGES); // from here on side by side
        PageBatch<Hold.Pin> list = memory.newPageBatch(PAGES);
        ExtentBatch<Hold.Pin> extents = memory.newExtentBatch(2);
        fill(list, FOLL_PIN, one, one + 1, one + 2);
        assertThat(memory.unpinUserPagesDirtyLock(list, 1, 2, true)).isEqualTo(2);
        assertThat(dirty(one)).containsExactly(false, true, true);
        assertThat(memory.unpinUserPagesDirtyLock(list, true)).isOne();
        assertThat(dirty(one)).containsExactly(true, false, false);
        fill(extents, FOLL_PIN, one, one + 1, one + 2);
        assertThat(memory.unpinUserPagesDirtyLock(extents, 0, 0, 2, true)).isEqualTo(2);
        assertThat(dirty(one)).containsExactly(true, true, false);
        assertThat(memory.unpinUserPagesDirtyLock(extents, 0, 0, 1, false)).isOne();
        assertThat(dirty(one)).containsExactly(false, false, false);
        fill(extents, FOLL_PIN, one, one + 1, one + 2);
        assertThat(memory.unpinUserPagesDirtyLock(extents, true)).isEqualTo(PAGES);
        assertThat(dirty(one)).containsExactly(true, true, true);
        frames.forEach(frame -> put(memory, frame, 1));
        finish();
    }

    /** Also of a full batch, where pages in the middle cannot be taken out. */
    @Test
    void anEmptyPartGivesNothingBackAndChangesNothing() {
        PageBatch<Hold.Pin> list = memory.newPageBatch(PAGES);
        ExtentBatch<Hold.Pin> extents = memory.newExtentBatch(1);
        fill(list, FOLL_PIN, pfn, pfn + 1, pfn + 2);
        for (int from = 0; from <= PAGES; from++) {
            assertThat(memory.unpinUserPagesDirtyLock(list, from, 0, true)).isZero();
            requireHeld(list, true);
        }
        memory.unpinUserPages(list);
        fill(extents, FOLL_PIN, pfn, pfn + 1, pfn + 2);
        for (int from = 0; from <= PAGES; from++) {
            assertThat(memory.unpinUserPagesDirtyLock(extents, 0, from, 0, true)).isZero();
            requireHeld(extents, true);
        }
        memory.unpinUserPages(extents);
        assertThat(memory.page(pfn).flags()).as("nothing was made dirty").isZero();
        finish();
    }

    /** A refusal, then parts, then a refusal of what is gone, then the rest. */
    @Test
    void whatIsLeftAfterARefusalIsGivenBackInParts() {
        PageBatch<Hold.Pin> batch = memory.newPageBatch(PAGES);
        fill(batch, FOLL_PIN, pfn, pfn + 1, pfn + 2);
        assertThatThrownBy(() -> memory.unpinUserPagesDirtyLock(batch, -1, 1, false))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(memory.unpinUserPagesDirtyLock(batch, 1, 1, false)).isEqualTo(1);
        assertThatThrownBy(() -> memory.unpinUserPagesDirtyLock(batch, 0, 2, false))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("page 1 of ");
        assertThatThrownBy(() -> memory.unpinUserPagesDirtyLock(batch, 3, 1, false))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(batch.size()).isEqualTo(2);
        assertThat(refs(memory, pfn)).isEqualTo(3);
        assertThat(memory.unpinUserPages(batch)).isEqualTo(2);
        assertThat(PageRefs.pinCount(Bridge.core(memory).recordAddress(pfn))).isZero();
        finish();
    }
}
