package io.pinfold.core.mm;

import static io.pinfold.core.kernel.FollFlags.FOLL_SPLIT_PMD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import org.junit.jupiter.api.Test;

/** A leaf becomes a table of PTEs: who does it, what stays as it was, and that pins do not notice. */
class LeafSplitTest extends HugeTest {
    private void assertSplit(long head, int mapped) {
        assertThat(isLeaf(HUGE)).isFalse();
        assertThat(memory.page(head).refCount()).isEqualTo(mapped);
        assertThat(memory.page(head).entireMapCount()).isZero();
        assertBooksAreRight();
    }

    @Test
    void everyPageKeepsItsFramePermissionBitsAndExclusivity() {
        long head = mapAndStore();
        long leaf = space.entryAt(HUGE);
        long tables = memory.vmStat().tableFrames();
        splitAt(HUGE + (PAGES / 2 + 1) * PAGE);
        assertSplit(head, PAGES);
        for (int page = 0; page < PAGES; page++) {
            long address = HUGE + (long) page * PAGE;
            assertThat(space.entryAt(address))
                    .isEqualTo(Entry.make(head + page, leaf & ~(Entry.PFN_MASK | Entry.HUGE | Entry.DEPOSITED)));
            assertThat(memory.page(head + page).mapCount()).isOne();
            assertThat(memory.page(head + page).flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
        }
        assertThat(memory.vmStat().tableFrames()).as("the deposit is the table").isEqualTo(tables);
        cpu.storeLong(HUGE + PAGE, 22);
        assertThat(space.frameAt(HUGE + PAGE)).as("exclusive: not copied").isEqualTo(head + 1);
        splitAt(HUGE); // no leaf any more: nothing happens
        assertSplit(head, PAGES);
    }

    @Test
    void aFolioThatIsNotExclusiveLeavesPagesThatAreNot() {
        long head = mapAndStore();
        share();
        splitAt(HUGE);
        assertSplit(head, PAGES);
        for (int page = 0; page < PAGES; page++) {
            assertThat(memory.page(head + page).flags() & PageFlags.ANON_EXCLUSIVE).isZero();
        }
    }

    @Test
    void munmapOfAPartSplitsAndTheRestStays() {
        int[][] parts = {{0, 1}, {PAGES - 1, PAGES}, {1, PAGES / 2}, {0, PAGES - 1}};
        for (int[] part : parts) {
            long head = mapAndStore();
            long bytes = (long) (part[1] - part[0]) * PAGE;
            assertThat(space.munmap(HUGE + (long) part[0] * PAGE, bytes)).isZero();
            for (int page : new int[]{0, 1, PAGES / 2, PAGES - 1}) {
                long address = HUGE + (long) page * PAGE;
                if (page >= part[0] && page < part[1]) {
                    assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(SegmentationFault.class);
                } else {
                    assertThat(cpu.loadLong(address)).isEqualTo(page + 1);
                }
            }
            assertThat(memory.page(head).refCount()).isEqualTo(PAGES - (part[1] - part[0]));
            assertThat(memory.vmStat().allocatedFrames()).as("the folio lives as a whole").isEqualTo(PAGES);
            assertBooksAreRight();
            assertThat(space.munmap(HUGE, BYTES)).isZero();
            assertThat(memory.vmStat().allocatedFrames()).isZero();
        }
    }

    /** One call that ends in one leaf, goes over a second and ends in a third. */
    @Test
    void munmapFromTheMiddleOfALeafToTheMiddleOfAnother() {
        map(3);
        for (int area = 0; area < 3; area++) {
            cpu.storeLong(HUGE + area * BYTES, area);
            cpu.storeLong(HUGE + area * BYTES + BYTES - 8, area + 10);
        }
        assertThat(space.munmap(HUGE + BYTES / 2, 2 * BYTES)).isZero();
        assertThat(cpu.loadLong(HUGE)).isZero();
        assertThat(cpu.loadLong(HUGE + 3 * BYTES - 8)).isEqualTo(12);
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(2L * PAGES);
        assertThat(space.frameAt(HUGE + BYTES)).isZero();
    }

    @Test
    void mprotectOfAPartSplits() {
        long head = mapAndStore();
        assertThat(space.mprotect(HUGE + PAGE, PAGE, Prot.READ)).isZero();
        assertSplit(head, PAGES);
        cpu.storeLong(HUGE, 5);
        assertThatThrownBy(() -> cpu.storeLong(HUGE + PAGE, 5)).isInstanceOf(SegmentationFault.class);
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(2);
        assertThat(space.frameAt(HUGE + PAGE)).isEqualTo(head + 1);
    }

    @Test
    void adviceForAPartSplits() {
        long head = mapAndStore();
        assertThat(space.madvise(HUGE + BYTES / 2, BYTES / 2, AddressSpace.MADV_NOHUGEPAGE)).isZero();
        assertSplit(head, PAGES);
        assertThat(cpu.loadLong(HUGE + BYTES - PAGE)).isEqualTo(PAGES);
    }

    @Test
    void dontneedOfAPartSplitsAndOfTheWholeDoesNot() {
        long head = mapAndStore();
        assertThat(space.madvise(HUGE + PAGE, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
        assertSplit(head, PAGES - 1);
        assertThat(cpu.loadLong(HUGE + PAGE)).isZero();
        assertThat(cpu.loadLong(HUGE)).isEqualTo(1);
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        mapAndStore();
        assertThat(space.madvise(HUGE, BYTES, AddressSpace.MADV_DONTNEED)).isZero();
        assertThat(space.entryAt(HUGE)).isZero();
        cpu.storeLong(HUGE, 3);
        assertThat(isLeaf(HUGE)).as("the area is empty again").isTrue();
    }

    @Test
    void mmapFixedOverAPartSplits() {
        long head = mapAndStore();
        assertThat(space.mmap(HUGE + PAGE, PAGE, RW, SHARED | MapFlags.FIXED)).isPositive();
        assertSplit(head, PAGES - 1);
        assertThat(cpu.loadLong(HUGE + PAGE)).isZero();
        assertThat(cpu.loadLong(HUGE + BYTES - PAGE)).isEqualTo(PAGES);
    }

    @Test
    void aStoreToASharedFolioSplitsAndCopiesOnePage() {
        long head = mapAndStore();
        share();
        PageRefs.getPage(core.recordAddress(head)); // another process, as after a fork
        cpu.storeLong(HUGE + PAGE, 22);
        assertThat(isLeaf(HUGE)).isFalse();
        assertThat(space.frameAt(HUGE)).isEqualTo(head);
        assertThat(space.frameAt(HUGE + PAGE)).isNotEqualTo(head + 1);
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(22);
        assertThat(cpu.loadLong(HUGE + BYTES - PAGE)).isEqualTo(PAGES);
        assertThat(memory.page(head).refCount()).isEqualTo(PAGES - 1 + 1);
        UserPages.put(core, head);
    }

    @Test
    void aStoreToAFolioThatIsOursAgainReusesIt() {
        long head = mapAndStore();
        share();
        cpu.storeLong(HUGE + PAGE, 22);
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(space.frameAt(HUGE)).isEqualTo(head);
        assertThat(Entry.isWritable(space.entryAt(HUGE))).isTrue();
        assertThat(memory.page(head).flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
    }

    /** Who holds the folio lock is waited for; then the count decides. */
    @Test
    void theFolioLockIsWaitedFor() throws Exception {
        long head = mapAndStore();
        share();
        long record = core.recordAddress(head);
        PageFlags.lock(record);
        Thread thread = new Thread(() -> cpu.storeLong(HUGE, 9));
        thread.start();
        while (PageRefs.refCount(record) == 1 && thread.isAlive()) {
            Thread.yield(); // until the fault holds the folio and waits
        }
        assertThat(Entry.isWritable(space.entryAt(HUGE))).isFalse();
        PageFlags.unlock(record);
        thread.join();
        assertThat(cpu.loadLong(HUGE)).isEqualTo(9);
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(memory.page(head).refCount()).isOne();
    }

    /** While the fault waits for the folio lock, the leaf goes away. */
    @Test
    void theLeafMayGoWhileTheFolioLockIsWaitedFor() throws Exception {
        long head = mapAndStore();
        share();
        long record = core.recordAddress(head);
        PageRefs.getPage(record);
        PageFlags.lock(record);
        Thread thread = new Thread(() -> cpu.storeLong(HUGE, 9));
        thread.start();
        while (PageRefs.refCount(record) == 2 && thread.isAlive()) {
            Thread.yield();
        }
        assertThat(space.madvise(HUGE, BYTES, AddressSpace.MADV_DONTNEED)).isZero();
        PageFlags.unlock(record);
        thread.join();
        assertThat(cpu.loadLong(HUGE)).isEqualTo(9);
        assertThat(space.frameAt(HUGE)).isNotEqualTo(head);
        assertThat(memory.page(head).refCount()).isOne();
        UserPages.put(core, head);
    }

    @Test
    void unshareMarksOrCopies() {
        long head = mapAndStore();
        share();
        assertThat(fault(HUGE + PAGE, VmaOperations.UNSHARE)).isZero();
        assertThat(memory.page(head).flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
        assertThat(Entry.isWritable(space.entryAt(HUGE))).as("unshare does not write").isFalse();
        share();
        PageRefs.getPage(core.recordAddress(head));
        assertThat(fault(HUGE + PAGE, VmaOperations.UNSHARE)).isZero();
        assertThat(space.frameAt(HUGE + PAGE)).isNotEqualTo(head + 1);
        assertThat(space.frameAt(HUGE)).isEqualTo(head);
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(2);
        UserPages.put(core, head);
    }

    @Test
    void pinsSurviveTheSplitAndTheUnmap() {
        try (PageBatch<Hold.Pin> batch = memory.newPageBatch(PAGES)) {
            long head = mapAndStore();
            assertThat(space.pinUserPagesUnlocked(HUGE, PAGES, GupOptions.WRITE, batch)).isEqualTo(PAGES);
            assertThat(memory.page(head).refCount()).isEqualTo(1 + PAGES);
            splitAt(HUGE);
            assertThat(memory.page(head).refCount()).isEqualTo(2 * PAGES);
            assertThat(memory.page(head).pinCount()).isEqualTo(PAGES);
            cpu.storeLong(HUGE + PAGE, 22);
            assertThat(space.frameAt(HUGE + PAGE)).as("I6").isEqualTo(batch.pfn(1));
            assertThat(space.munmap(HUGE, BYTES / 2)).isZero();
            assertThat(memory.page(head).refCount()).isEqualTo(PAGES + PAGES / 2);
            assertThat(space.munmap(HUGE, BYTES)).isZero();
            assertThat(memory.page(head).refCount()).isEqualTo(PAGES);
            assertThat(memory.unpinUserPages(batch)).isEqualTo(PAGES);
            assertThat(memory.vmStat().allocatedFrames()).isZero();
        }
    }

    @Test
    void splitPmdIsHonouredByTheSlowPath() {
        try (PageBatch<Hold.Get> batch = memory.newPageBatch(4)) {
            long head = mapAndStore();
            assertThat(Gup.getUserPagesUnlocked(space, HUGE + PAGE, 2, FOLL_SPLIT_PMD, batch)).isEqualTo(2);
            assertThat(isLeaf(HUGE)).isFalse();
            assertThat(batch.pfn(0)).isEqualTo(head + 1);
            assertThat(memory.page(head).refCount()).isEqualTo(PAGES + 2);
            memory.putPages(batch);
        }
    }
}
