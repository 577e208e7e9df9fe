package io.pinfold.core.mm;

import static io.pinfold.core.gup.FollFlags.FOLL_FORCE;
import static io.pinfold.core.gup.FollFlags.FOLL_NOFAULT;
import static io.pinfold.core.gup.FollFlags.FOLL_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.words.Words;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The slow path through huge leaves. */
class HugeGupTest extends HugeTest {
    private PageBatch batch;

    @BeforeEach
    void openBatch() {
        batch = memory.newPageBatch(2 * PAGES);
    }

    @AfterEach
    void closeBatch() {
        batch.close();
        assertThat(memory.vmStat().nrFollPinAcquired()).as("I3").isEqualTo(memory.vmStat().nrFollPinReleased());
    }

    private int pinLongterm(long address, int pages, int flags) {
        try (MmapGuard guard = space.readLock()) {
            return space.pinLongtermPages(guard, address, pages, flags, batch);
        }
    }

    /** N3, by the slow path. */
    @Test
    void n3PinOfAllPagesOfALeaf() {
        long head = mapAndStore();
        long acquired = memory.vmStat().nrFollPinAcquired();
        assertThat(space.pinUserPagesUnlocked(HUGE, PAGES, FOLL_WRITE, batch)).isEqualTo(PAGES);
        assertThat(batch.pfn(PAGES - 1)).isEqualTo(head + PAGES - 1);
        assertThat(head().refCount()).isEqualTo(1 + PAGES);
        assertThat(head().pinCount()).isEqualTo(PAGES);
        assertThat(head().maybePinned()).isTrue();
        assertThat(memory.vmStat().nrFollPinAcquired() - acquired).isEqualTo(PAGES);
        for (int page = 0; page < PAGES / 2; page++) {
            assertThat(memory.unpinUserPagesDirtyLock(batch, page, 1, false)).isOne();
        }
        assertThat(head().refCount()).isEqualTo(1 + PAGES / 2);
        assertThat(head().pinCount()).isEqualTo(PAGES / 2);
        assertThat(memory.unpinUserPages(batch)).isEqualTo(PAGES / 2);
        assertThat(head().refCount()).isOne();
        assertThat(head().pinCount()).isZero();
        assertThat(memory.vmStat().nrFollPinReleased() - acquired).isEqualTo(PAGES);
    }

    /** N4. */
    @Test
    void n4GetOfAllPagesOfALeaf() {
        mapAndStore();
        assertThat(space.getUserPagesUnlocked(HUGE, PAGES, 0, batch)).isEqualTo(PAGES);
        assertThat(head().refCount()).isEqualTo(1 + PAGES);
        assertThat(head().pinCount()).isZero();
        assertThat(head().maybePinned()).isFalse();
        memory.putPages(batch);
        assertThat(head().refCount()).isOne();
    }

    @Test
    void aCallFaultsLeavesInAndGoesOverTheirEdges() {
        map(3);
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 2 * PAGES, FOLL_WRITE, batch)).isEqualTo(2 * PAGES);
        for (int area = 0; area < 3; area++) {
            assertThat(isLeaf(HUGE + area * BYTES)).isTrue();
        }
        assertThat(memory.page(space.frameAt(HUGE)).pinCount()).isEqualTo(PAGES - 1);
        assertThat(memory.page(space.frameAt(HUGE + BYTES)).pinCount()).isEqualTo(PAGES);
        assertThat(memory.page(space.frameAt(HUGE + 2 * BYTES)).pinCount()).isOne();
        assertThat(batch.pfn(0)).isEqualTo(space.frameAt(HUGE + PAGE));
        memory.unpinUserPages(batch);
    }

    @Test
    void nofaultAndProtnone() {
        map(1);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, FOLL_NOFAULT, batch)).isEqualTo(-Errno.EFAULT);
        cpu.storeLong(HUGE, 1);
        long _ = replaceEntry(space.entryAt(HUGE) & ~Entry.PRESENT | Entry.PROTNONE);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, FOLL_NOFAULT, batch)).isEqualTo(-Errno.EFAULT);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, FOLL_NOFAULT | FOLL_FORCE, batch)).isOne();
        memory.unpinUserPages(batch);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, 0, batch)).isOne();
        memory.unpinUserPages(batch);
    }

    /** A leaf is there for those, too, who want no reference. */
    @Test
    void withoutABatchALeafIsFoundAndNotHeld() {
        mapAndStore();
        assertThat(space.getUserPagesUnlocked(HUGE, PAGES, FOLL_NOFAULT, null)).isEqualTo(PAGES);
        assertThat(head().refCount()).isOne();
    }

    @Test
    void forceWritesToAnOwnFolioOnly() {
        map(1);
        assertThat(space.mprotect(HUGE, BYTES, Prot.READ)).isZero();
        assertThat(cpu.loadLong(HUGE)).isZero();
        long zero = space.frameAt(HUGE);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, FOLL_WRITE, batch)).isEqualTo(-Errno.EFAULT);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, FOLL_WRITE | FOLL_FORCE, batch)).isOne();
        assertThat(batch.pfn(0)).isNotEqualTo(zero);
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(Entry.isWritable(space.entryAt(HUGE))).isFalse();
        assertThatThrownBy(() -> cpu.storeLong(HUGE, 1)).isInstanceOf(SegmentationFault.class);
        memory.unpinUserPages(batch);
    }

    /** The head answers for the leaf: a read-only pin of a folio that is not exclusive is unshared first. */
    @Test
    void aReadOnlyPinUnsharesFirst() {
        long head = mapAndStore();
        share();
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, FOLL_NOFAULT, batch)).isEqualTo(-Errno.EFAULT);
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, 0, batch)).isOne();
        assertThat(batch.pfn(0)).as("nobody else is left: marked exclusive").isEqualTo(head + 1);
        assertThat(memory.page(head).flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
        memory.unpinUserPages(batch);
        share();
        PageRefs.getPage(core.recordAddress(head));
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, 0, batch)).isOne();
        assertThat(batch.pfn(0)).as("copied").isNotEqualTo(head + 1).isEqualTo(space.frameAt(HUGE + PAGE));
        memory.unpinUserPages(batch);
        UserPages.put(core, head);
    }

    @Test
    void longtermTakesFoliosOutsideMovable() {
        map(2);
        assertThat(pinLongterm(HUGE, 2, FOLL_WRITE)).isEqualTo(2);
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(memory.zoneOf(batch.pfn(0))).isEqualTo(ZoneKind.NORMAL);
        memory.unpinUserPages(batch);
        cpu.storeInt(HUGE + BYTES, 1);
        assertThat(memory.zoneOf(space.frameAt(HUGE + BYTES))).isEqualTo(ZoneKind.MOVABLE);
        assertThat(pinLongterm(HUGE + BYTES, 1, FOLL_WRITE)).isEqualTo(-Errno.ENOMEM);
        assertThat(pinLongterm(HUGE + BYTES - PAGE, 2, FOLL_WRITE)).isEqualTo(-Errno.ENOMEM);
        assertThat(head().pinCount()).isZero();
    }

    @Test
    void aFullCountIsNoMemoryAndNotALoop() {
        long head = mapAndStore();
        long record = core.recordAddress(head);
        PageRefs.add(record, Integer.MIN_VALUE - 1);
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, 0, batch)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.getUserPagesUnlocked(HUGE + PAGE, 1, 0, batch)).isEqualTo(-Errno.ENOMEM);
        PageRefs.add(record, 1 - Integer.MIN_VALUE);
    }

    @Test
    void touchMarksTheFolio() {
        long head = mapAndStore();
        long record = core.recordAddress(head);
        long both = PageFlags.DIRTY | PageFlags.REFERENCED;
        long _ = replaceEntry(space.entryAt(HUGE) & ~Entry.DIRTY);
        assertThat(space.getUserPagesUnlocked(HUGE + 3 * PAGE, 1, FOLL_WRITE, batch)).isOne();
        assertThat(PageFlags.test(record, both)).isTrue();
        memory.putPages(batch);
    }

    @Test
    void aPinnedLeafIsSeenByCloseStrict() {
        mapAndStore();
        cpu.close();
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, FOLL_WRITE, batch)).isOne();
        assertThatThrownBy(space::closeStrict).hasMessageContaining("0x" + Long.toHexString(HUGE));
        memory.unpinUserPages(batch);
        cpu = space.openCpu();
    }

    /** The pinned pages outlive the mapping, one by one. */
    @Test
    void pinsOutliveTheLeaf() {
        long head = mapAndStore();
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 2, FOLL_WRITE, batch)).isEqualTo(2);
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        assertThat(memory.page(head).refCount()).isEqualTo(2);
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(PAGES);
        assertThat(Words.getLong(core.frameAddress(head + 1))).isEqualTo(2);
        memory.unpinUserPages(batch);
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }
}
