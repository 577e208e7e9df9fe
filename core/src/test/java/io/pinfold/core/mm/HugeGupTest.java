package io.pinfold.core.mm;

import static io.pinfold.core.kernel.FollFlags.FOLL_NOFAULT;
import static io.pinfold.core.kernel.FollFlags.FOLL_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
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
    private PageBatch<Hold.Get> gets;
    private PageBatch<Hold.Pin> pins;

    @BeforeEach
    void openBatch() {
        gets = memory.newPageBatch(2 * PAGES);
        pins = memory.newPageBatch(2 * PAGES);
    }

    @AfterEach
    void closeBatch() {
        gets.close();
        pins.close();
        assertThat(memory.vmStat().nrFollPinAcquired()).as("I3").isEqualTo(memory.vmStat().nrFollPinReleased());
    }

    private int pinLongterm(long address, int pages, int flags) {
        try (MmapGuard guard = space.readLock()) {
            return Gup.pinLongtermPages(space, guard, address, pages, flags, pins);
        }
    }

    /** N3, by the slow path. */
    @Test
    void n3PinOfAllPagesOfALeaf() {
        long head = mapAndStore();
        long acquired = memory.vmStat().nrFollPinAcquired();
        assertThat(space.pinUserPagesUnlocked(HUGE, PAGES, GupOptions.WRITE, pins)).isEqualTo(PAGES);
        assertThat(pins.pfn(PAGES - 1)).isEqualTo(head + PAGES - 1);
        assertThat(head().refCount()).isEqualTo(1 + PAGES);
        assertThat(head().pinCount()).isEqualTo(PAGES);
        assertThat(head().maybePinned()).isTrue();
        assertThat(memory.vmStat().nrFollPinAcquired() - acquired).isEqualTo(PAGES);
        for (int page = 0; page < PAGES / 2; page++) {
            assertThat(memory.unpinUserPagesDirtyLock(pins, page, 1, false)).isOne();
        }
        assertThat(head().refCount()).isEqualTo(1 + PAGES / 2);
        assertThat(head().pinCount()).isEqualTo(PAGES / 2);
        assertThat(memory.unpinUserPages(pins)).isEqualTo(PAGES / 2);
        assertThat(head().refCount()).isOne();
        assertThat(head().pinCount()).isZero();
        assertThat(memory.vmStat().nrFollPinReleased() - acquired).isEqualTo(PAGES);
    }

    /** N4. */
    @Test
    void n4GetOfAllPagesOfALeaf() {
        mapAndStore();
        assertThat(space.getUserPagesUnlocked(HUGE, PAGES, GupOptions.READ, gets)).isEqualTo(PAGES);
        assertThat(head().refCount()).isEqualTo(1 + PAGES);
        assertThat(head().pinCount()).isZero();
        assertThat(head().maybePinned()).isFalse();
        memory.putPages(gets);
        assertThat(head().refCount()).isOne();
    }

    @Test
    void aCallFaultsLeavesInAndGoesOverTheirEdges() {
        map(3);
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 2 * PAGES, GupOptions.WRITE, pins)).isEqualTo(2 * PAGES);
        for (int area = 0; area < 3; area++) {
            assertThat(isLeaf(HUGE + area * BYTES)).isTrue();
        }
        assertThat(memory.page(space.frameAt(HUGE)).pinCount()).isEqualTo(PAGES - 1);
        assertThat(memory.page(space.frameAt(HUGE + BYTES)).pinCount()).isEqualTo(PAGES);
        assertThat(memory.page(space.frameAt(HUGE + 2 * BYTES)).pinCount()).isOne();
        assertThat(pins.pfn(0)).isEqualTo(space.frameAt(HUGE + PAGE));
        memory.unpinUserPages(pins);
    }

    @Test
    void nofaultAndProtnone() {
        map(1);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, GupOptions.READ.noFault(), pins)).isEqualTo(-Errno.EFAULT);
        cpu.storeLong(HUGE, 1);
        long _ = replaceEntry(space.entryAt(HUGE) & ~Entry.PRESENT | Entry.PROTNONE);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, GupOptions.READ.noFault(), pins)).isEqualTo(-Errno.EFAULT);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, GupOptions.READ.noFault().force(), pins)).isOne();
        memory.unpinUserPages(pins);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, GupOptions.READ, pins)).isOne();
        memory.unpinUserPages(pins);
    }

    /** A leaf is there for those, too, who want no reference. */
    @Test
    void withoutABatchALeafIsFoundAndNotHeld() {
        mapAndStore();
        assertThat(Gup.getUserPagesUnlocked(space, HUGE, PAGES, FOLL_NOFAULT, null)).isEqualTo(PAGES);
        assertThat(head().refCount()).isOne();
    }

    @Test
    void forceWritesToAnOwnFolioOnly() {
        map(1);
        assertThat(space.mprotect(HUGE, BYTES, Prot.READ)).isZero();
        assertThat(cpu.loadLong(HUGE)).isZero();
        long zero = space.frameAt(HUGE);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, GupOptions.WRITE, pins)).isEqualTo(-Errno.EFAULT);
        assertThat(space.pinUserPagesUnlocked(HUGE, 1, GupOptions.WRITE.force(), pins)).isOne();
        assertThat(pins.pfn(0)).isNotEqualTo(zero);
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(Entry.isWritable(space.entryAt(HUGE))).isFalse();
        assertThatThrownBy(() -> cpu.storeLong(HUGE, 1)).isInstanceOf(SegmentationFault.class);
        memory.unpinUserPages(pins);
    }

    /** The head answers for the leaf: a read-only pin of a folio that is not exclusive is unshared first. */
    @Test
    void aReadOnlyPinUnsharesFirst() {
        long head = mapAndStore();
        share();
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, GupOptions.READ.noFault(), pins))
                .isEqualTo(-Errno.EFAULT);
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, GupOptions.READ, pins)).isOne();
        assertThat(pins.pfn(0)).as("no other owner is left: marked exclusive").isEqualTo(head + 1);
        assertThat(memory.page(head).flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
        memory.unpinUserPages(pins);
        share();
        PageRefs.getPage(core.recordAddress(head));
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, GupOptions.READ, pins)).isOne();
        assertThat(pins.pfn(0)).as("copied").isNotEqualTo(head + 1).isEqualTo(space.frameAt(HUGE + PAGE));
        memory.unpinUserPages(pins);
        UserPages.put(core, head);
    }

    @Test
    void longtermTakesFoliosOutsideMovable() {
        map(2);
        assertThat(pinLongterm(HUGE, 2, FOLL_WRITE)).isEqualTo(2);
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(memory.zoneOf(pins.pfn(0))).isEqualTo(ZoneKind.NORMAL);
        memory.unpinUserPages(pins);
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
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, GupOptions.READ, pins)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.getUserPagesUnlocked(HUGE + PAGE, 1, GupOptions.READ, gets)).isEqualTo(-Errno.ENOMEM);
        PageRefs.add(record, 1 - Integer.MIN_VALUE);
    }

    @Test
    void touchMarksTheFolio() {
        long head = mapAndStore();
        long record = core.recordAddress(head);
        long both = PageFlags.DIRTY | PageFlags.REFERENCED;
        long _ = replaceEntry(space.entryAt(HUGE) & ~Entry.DIRTY);
        assertThat(space.getUserPagesUnlocked(HUGE + 3 * PAGE, 1, GupOptions.WRITE, gets)).isOne();
        assertThat(PageFlags.test(record, both)).isTrue();
        memory.putPages(gets);
    }

    @Test
    void aPinnedLeafIsSeenByCloseStrict() {
        mapAndStore();
        cpu.close();
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, GupOptions.WRITE, pins)).isOne();
        assertThatThrownBy(space::closeStrict).hasMessageContaining("0x" + Long.toHexString(HUGE));
        memory.unpinUserPages(pins);
        cpu = space.openCpu();
    }

    /** The pinned pages outlive the mapping, one by one. */
    @Test
    void pinsOutliveTheLeaf() {
        long head = mapAndStore();
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 2, GupOptions.WRITE, pins)).isEqualTo(2);
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        assertThat(memory.page(head).refCount()).isEqualTo(2);
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(PAGES);
        assertThat(Words.getLong(core.frameAddress(head + 1))).isEqualTo(2);
        memory.unpinUserPages(pins);
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }
}
