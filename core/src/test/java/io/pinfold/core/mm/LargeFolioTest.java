package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.mm.anon.LargeFolios;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Large folios mapped by PTEs: how they come, how their pages go one by one, and what a pin on one of them does. */
@Tag("wide") // folios of more pages than a leaf of the tiny tables has
class LargeFolioTest extends MmTest {
    /** Aligned to what a whole PTE table covers, so to every order. */
    private static final long PLACE = 5 * Geometry.levelBytes(Geometry.PMD);
    private static final int ORDER = Math.min(3, LargeFolios.MAX_ORDER);
    private static final int PAGES = 1 << ORDER;

    private Cpu cpu;
    private PageBatch<Hold.Get> gets;
    private PageBatch<Hold.Pin> pins;

    @BeforeEach
    void open() {
        cpu = space.openCpu();
        gets = memory.newPageBatch(64);
        pins = memory.newPageBatch(64);
        space.setFolioOrder(ORDER);
    }

    @AfterEach
    void close() {
        assertReferencesMatchMappings(memory);
        assertThat(SpaceAudit.check(memory, List.of(space))).isEmpty();
        gets.close();
        pins.close();
        cpu.close();
    }

    private static long at(int page) {
        return PLACE + (long) page * PAGE;
    }

    private void mapAt(int page, int pages, int prot) {
        assertThat(space.mmap(at(page), (long) pages * PAGE, prot, PRIVATE | MapFlags.FIXED)).isEqualTo(at(page));
    }

    /** A folio at {@link #PLACE}, every page holding its number; the frame of its head. */
    private long mapFolio() {
        mapAt(0, PAGES, RW);
        for (int page = 0; page < PAGES; page++) {
            cpu.storeLong(at(page) + 8, page);
        }
        return space.frameAt(PLACE);
    }

    private int fault(long address, int kind, int scope) {
        try (MmapGuard guard = space.readLock()) {
            return Faults.handle(Objects.requireNonNull(guard.space().mm().vmas().find(address)), address, kind, scope);
        }
    }

    private boolean isExclusive(long pfn) {
        return PageFlags.test(core.recordAddress(pfn), PageFlags.ANON_EXCLUSIVE);
    }

    private void clearExclusive(long pfn) {
        PageFlags.clear(core.recordAddress(pfn), PageFlags.ANON_EXCLUSIVE);
    }

    @Test
    void aStoreMapsTheWholeFolio() {
        mapAt(0, 2 * PAGES, RW);
        cpu.storeInt(at(PAGES - 1), 7);
        long head = space.frameAt(PLACE);
        assertThat(head % PAGES).as("naturally aligned").isZero();
        for (int page = 0; page < PAGES; page++) {
            long entry = space.entryAt(at(page));
            assertThat(Entry.pfn(entry)).isEqualTo(head + page);
            assertThat(Entry.accessPermitted(entry, true)).isTrue();
            PageInfo info = memory.page(head + page);
            assertThat(info.mapCount()).isOne();
            assertThat(info.head()).isEqualTo(head);
            assertThat(info.refCount()).as("references are the head's").isEqualTo(page == 0 ? PAGES : 0);
            assertThat(isExclusive(head + page)).isTrue();
        }
        PageInfo info = memory.page(head);
        assertThat(info.order()).isEqualTo(ORDER);
        assertThat(info.mapping()).isEqualTo(MappingWord.of(space.id(), MappingWord.ANON));
        assertThat(info.index()).isEqualTo(PLACE >>> Geometry.PAGE_SHIFT);
        assertThat(space.entryAt(at(PAGES))).isEqualTo(Entry.NONE);
    }

    @Test
    void aLoadStillMapsTheZeroPageAndThenFoliosShrink() {
        mapAt(0, PAGES, RW);
        assertThat(cpu.loadInt(at(0))).isZero();
        assertThat(space.frameAt(PLACE)).isEqualTo(memory.zeroPfn());
        cpu.storeInt(at(PAGES - 1), 1);
        assertThat(pageAt(space, at(PAGES - 1)).head()).as("half, for page 0 is taken")
                .isEqualTo(space.frameAt(at(PAGES / 2)));
        assertThat(memory.page(space.frameAt(at(PAGES / 2))).pages()).isEqualTo(PAGES / 2);
        cpu.storeInt(at(0), 1);
        assertThat(pageAt(space, at(0)).order()).as("the zero page is copied to a single page").isZero();
    }

    @Test
    void aFolioStaysInsideItsMapping() {
        mapAt(1, PAGES, RW); // not aligned: begins with page 1 and ends with the first page of the next folio
        cpu.storeInt(at(PAGES), 1);
        assertThat(pageAt(space, at(PAGES)).order()).isZero();
        cpu.storeInt(at(1), 1);
        assertThat(pageAt(space, at(1)).order()).isZero();
        cpu.storeInt(at(PAGES - 1), 1);
        assertThat(memory.page(pageAt(space, at(PAGES - 1)).head()).pages()).isEqualTo(PAGES / 2);
    }

    @Test
    void aWholeTableIsTheLargestFolio() {
        space.setFolioOrder(LargeFolios.MAX_ORDER);
        mapAt(0, 1 << LargeFolios.MAX_ORDER, RW);
        cpu.storeInt(at(1), 1);
        assertThat(memory.page(space.frameAt(PLACE)).refCount()).isEqualTo(1 << LargeFolios.MAX_ORDER);
        assertThatThrownBy(() -> space.setFolioOrder(LargeFolios.MAX_ORDER + 1))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("" + (LargeFolios.MAX_ORDER + 1));
        assertThatThrownBy(() -> space.setFolioOrder(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pagesGoOneByOneAndTheLastTakesTheFolioAlong() {
        long head = mapFolio();
        for (int page = 0; page < PAGES; page++) {
            assertThat(memory.page(head).refCount()).isEqualTo(PAGES - page);
            assertThat(memory.vmStat().allocatedFrames()).isEqualTo(PAGES);
            assertThat(space.munmap(at(page), PAGE)).isZero();
            assertThat(memory.page(head + page).mapCount()).isZero();
        }
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }

    @Test
    void aDiscardedPageComesBackAsASinglePage() {
        long head = mapFolio();
        assertThat(space.madvise(at(2), PAGE, AddressSpace.MADV_DONTNEED)).isZero();
        cpu.storeInt(at(2), 1);
        assertThat(cpu.loadLong(at(2) + 8)).isZero();
        assertThat(pageAt(space, at(2)).order()).isZero();
        assertThat(space.frameAt(at(2))).isNotEqualTo(head + 2);
        assertThat(memory.page(head).refCount()).isEqualTo(PAGES - 1);
    }

    @Test
    void dirtyAndAccessedGoToTheHead() {
        long head = mapFolio();
        PageFlags.clear(core.recordAddress(head), PageFlags.DIRTY | PageFlags.REFERENCED);
        assertThat(space.munmap(at(PAGES - 1), PAGE)).isZero();
        assertThat(memory.page(head).flags() & PageFlags.DIRTY).isNotZero();
        assertThat(memory.page(head).flags() & PageFlags.REFERENCED).isNotZero();
        assertThat(memory.page(head + PAGES - 1).flags() & PageFlags.DIRTY).isZero();
    }

    @Test
    void aPinOnOnePageKeepsTheFolio() {
        long head = mapFolio();
        assertThat(space.pinUserPagesUnlocked(at(3), 2, GupOptions.WRITE, pins)).isEqualTo(2);
        assertThat(pins.pfn(0)).isEqualTo(head + 3);
        assertThat(pins.pfn(1)).isEqualTo(head + 4);
        assertThat(memory.page(head).refCount()).isEqualTo(PAGES + 2);
        assertThat(memory.page(head).pinCount()).isEqualTo(2);
        assertThat(space.munmap(PLACE, (long) PAGES * PAGE)).isZero();
        assertThat(memory.page(head).refCount()).isEqualTo(2);
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(PAGES);
        assertThat(memory.unpinUserPages(pins)).isEqualTo(2);
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }

    @Test
    void aGetOfAllPagesCountsOnTheHead() {
        long head = mapFolio();
        assertThat(space.getUserPagesUnlocked(PLACE, PAGES, GupOptions.READ, gets)).isEqualTo(PAGES);
        assertThat(memory.page(head).refCount()).isEqualTo(2 * PAGES);
        assertThat(memory.page(head).pinCount()).isZero();
        for (int page = 1; page < PAGES; page++) {
            assertThat(memory.page(head + page).refCount()).isZero();
        }
        memory.putPages(gets);
    }

    /** As after a fork: the page is not exclusive, and the folio has other entries. */
    @Test
    void aPageThatIsNotExclusiveIsCopiedToASinglePage() {
        long head = mapFolio();
        clearExclusive(head + 5);
        assertThat(space.mprotect(at(5), PAGE, Prot.READ)).isZero();
        assertThat(space.mprotect(at(5), PAGE, RW)).isZero();
        assertThat(Entry.isWritable(space.entryAt(at(5)))).as("only a fault decides").isFalse();
        cpu.storeInt(at(5), 1);
        assertThat(space.frameAt(at(5))).isNotEqualTo(head + 5);
        assertThat(pageAt(space, at(5)).order()).isZero();
        assertThat(cpu.loadLong(at(5) + 8)).isEqualTo(5);
        assertThat(memory.page(head).refCount()).isEqualTo(PAGES - 1);
        assertThat(memory.page(head + 5).mapCount()).isZero();
    }

    @Test
    void whileAnotherPageOfTheFolioIsMappedOnesOwnCountSaysNothing() {
        long head = mapFolio();
        assertThat(space.munmap(at(2), (PAGES - 2) * PAGE)).isZero();
        clearExclusive(head + 1);
        assertThat(space.mprotect(at(1), PAGE, Prot.READ)).isZero();
        assertThat(space.mprotect(at(1), PAGE, RW)).isZero();
        cpu.storeInt(at(1), 1);
        assertThat(space.frameAt(at(1))).isNotEqualTo(head + 1);
    }

    @Test
    void theLastPageThatIsLeftIsUsedInPlace() {
        long head = mapFolio();
        assertThat(space.munmap(PLACE, 5 * PAGE)).isZero();
        assertThat(space.munmap(at(6), (PAGES - 6) * PAGE)).isZero();
        clearExclusive(head + 5);
        assertThat(space.mprotect(at(5), PAGE, Prot.READ)).isZero();
        assertThat(space.mprotect(at(5), PAGE, RW)).isZero();
        cpu.storeInt(at(5), 1);
        assertThat(space.frameAt(at(5))).isEqualTo(head + 5);
        assertThat(isExclusive(head + 5)).isTrue();
        assertThat(memory.page(head).index()).isEqualTo(PLACE >>> Geometry.PAGE_SHIFT);
    }

    @Test
    void exclusiveIsAskedOfThePageItself() {
        long head = mapFolio();
        clearExclusive(head + 1);
        assertThat(space.mprotect(PLACE, (long) PAGES * PAGE, Prot.READ)).isZero();
        assertThat(fault(at(0), VmaOperations.UNSHARE, Blocks.NORMAL)).isZero();
        assertThat(space.frameAt(at(0))).isEqualTo(head);
        assertThat(space.pinUserPagesUnlocked(at(0), 3, GupOptions.READ, pins)).isEqualTo(3);
        assertThat(pins.pfn(0)).isEqualTo(head);
        assertThat(pins.pfn(1)).as("unshared: copied").isNotEqualTo(head + 1).isEqualTo(space.frameAt(at(1)));
        assertThat(pins.pfn(2)).isEqualTo(head + 2);
        memory.unpinUserPages(pins);
    }

    @Test
    void protectionCanGoAndComeBackPageByPage() {
        long head = mapFolio();
        assertThat(space.mprotect(at(2), PAGE, Prot.NONE)).isZero();
        assertThatThrownBy(() -> cpu.loadInt(at(2))).isInstanceOf(SegmentationFault.class);
        cpu.storeInt(at(1), 1);
        assertThat(space.mprotect(at(2), PAGE, RW)).isZero();
        assertThat(Entry.isWritable(space.entryAt(at(2)))).as("exclusive: comes back at once").isTrue();
        assertThat(space.frameAt(at(2))).isEqualTo(head + 2);
        assertThat(cpu.loadLong(at(2) + 8)).isEqualTo(2);
    }

    @Test
    void forcedWritesAskForThePagesOwnFlag() {
        long head = mapFolio();
        assertThat(space.mprotect(PLACE, (long) PAGES * PAGE, Prot.READ)).isZero();
        int flags = FollFlags.FOLL_WRITE | FollFlags.FOLL_FORCE;
        assertThat(Gup.pinUserPagesUnlocked(space, at(6), 1, flags, pins)).isOne();
        assertThat(pins.pfn(0)).isEqualTo(head + 6);
        memory.unpinUserPages(pins);
        clearExclusive(head + 6);
        assertThat(Gup.pinUserPagesUnlocked(space, at(6), 1, flags, pins)).isOne();
        assertThat(pins.pfn(0)).isNotEqualTo(head + 6);
        memory.unpinUserPages(pins);
    }

    @Test
    void withoutALargeBlockSmallOnesServe() {
        List<Long> taken = new ArrayList<>();
        for (int order : new int[]{ORDER, ORDER - 1}) {
            for (long pfn; (pfn = core.blocks().allocate(order, Blocks.MOVABLE_FIRST)) > 0;) {
                taken.add(pfn);
            }
        }
        mapAt(0, PAGES, RW);
        UserPages.put(core, taken.removeLast());
        cpu.storeInt(at(0), 1);
        assertThat(memory.page(space.frameAt(PLACE)).order()).isEqualTo(ORDER - 1);
        taken.forEach(pfn -> UserPages.put(core, pfn));
    }

    /** Whatever the largest block is that is left, a page of an object gets a folio of its size. */
    @Test
    void anObjectTakesTheLargestFolioThatCanBeHad() {
        for (int left = ORDER; left >= 0; left--) {
            List<Long> taken = new ArrayList<>();
            try (SharedMemory object = SharedMemory.create(memory, (long) PAGES * PAGE, ORDER)) {
                long address = space.mmap(0, (long) PAGES * PAGE, RW, MapFlags.SHARED, object, 0);
                long spare = core.blocks().allocate(left, Blocks.MOVABLE_FIRST);
                for (int order = ORDER; order >= left; order--) {
                    for (long pfn; (pfn = core.blocks().allocate(order, Blocks.MOVABLE_FIRST)) > 0;) {
                        taken.add(pfn);
                    }
                }
                UserPages.put(core, spare); // does not merge: the block beside it is taken
                cpu.storeInt(address + PAGE, 1);
                assertThat(memory.page(memory.page(object.frameOf(1)).head()).order()).isEqualTo(left);
                assertThat(space.munmap(address, (long) PAGES * PAGE)).isZero();
            } finally {
                taken.forEach(pfn -> UserPages.put(core, pfn));
            }
        }
    }

    @Test
    void closeStrictSeesThePinOfATail() {
        mapFolio();
        assertThat(space.pinUserPagesUnlocked(at(3), 1, GupOptions.READ, pins)).isOne();
        cpu.close();
        assertThatThrownBy(space::closeStrict).isInstanceOf(IllegalStateException.class).hasMessageContaining("pinned");
        memory.unpinUserPages(pins);
        cpu = space.openCpu();
    }

    @Test
    void sharedMemoryCanHaveLargeFoliosToo() {
        try (SharedMemory object = SharedMemory.create(memory, (PAGES + 3L) * PAGE, ORDER)) {
            long address = space.mmap(0, (PAGES + 3L) * PAGE, RW, MapFlags.SHARED, object, 0);
            cpu.storeInt(address + PAGE, 1);
            long head = object.frameOf(0);
            for (int page = 0; page < PAGES; page++) {
                assertThat(object.frameOf(page)).isEqualTo(head + page);
            }
            assertThat(space.frameAt(address)).as("only what is touched is mapped").isZero();
            assertThat(space.frameAt(address + PAGE)).isEqualTo(head + 1);
            assertThat(memory.page(head).refCount()).isEqualTo(PAGES + 1);
            assertThat(memory.page(head).mapping()).isEqualTo(MappingWord.of(object.id(), MappingWord.SHMEM));
            cpu.storeInt(address + PAGES * PAGE, 1);
            assertThat(memory.page(object.frameOf(PAGES)).order()).as("as far as the object reaches").isEqualTo(1);
            cpu.storeInt(address + (PAGES + 2) * PAGE, 1);
            assertThat(memory.page(object.frameOf(PAGES + 2)).order()).isZero();
        }
    }

    @Test
    void aPrivateStoreToASharedFolioCopiesOnePage() {
        try (SharedMemory object = SharedMemory.create(memory, (long) PAGES * PAGE, ORDER)) {
            long address = space.mmap(0, (long) PAGES * PAGE, RW, MapFlags.PRIVATE, object, 0);
            assertThat(cpu.loadInt(address + 2 * PAGE)).isZero();
            assertThat(space.frameAt(address + 2 * PAGE)).isEqualTo(object.frameOf(2));
            cpu.storeInt(address + 2 * PAGE, 5);
            assertThat(pageAt(space, address + 2 * PAGE).order()).isZero();
            assertThat(memory.page(object.frameOf(0)).refCount()).isEqualTo(PAGES);
        }
        assertThatThrownBy(() -> SharedMemory.create(memory, PAGE, Blocks.MAX_ORDER + 1))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("folioOrder");
    }

    @Test
    void aLongtermPinTakesAFolioThatNeedNotMoveOrNone() {
        mapFolio();
        assertThat(memory.zoneOf(space.frameAt(PLACE))).isEqualTo(ZoneKind.MOVABLE);
        mapAt(PAGES, PAGES, RW);
        try (MmapGuard guard = space.readLock()) {
            long fresh = at(2 * PAGES - 1);
            assertThat(Gup.pinLongtermPages(space, guard, at(1), 2, FollFlags.FOLL_WRITE, pins))
                    .isEqualTo(-Errno.ENOMEM);
            assertThat(Gup.pinLongtermPages(space, guard, fresh, 1, FollFlags.FOLL_WRITE, pins)).isOne();
            assertThat(memory.zoneOf(pins.pfn(0))).isEqualTo(ZoneKind.NORMAL);
            assertThat(memory.page(memory.page(pins.pfn(0)).head()).refCount()).isEqualTo(PAGES + 1);
            memory.unpinUserPages(pins);
            int both = Gup.pinLongtermPages(space, guard, at(2 * PAGES - 1), 1, 0, pins);
            assertThat(both).isOne();
            memory.unpinUserPages(pins);
        }
        assertThat(memory.page(space.frameAt(PLACE)).pinCount()).isZero();
        assertThat(memory.vmStat().nrFollPinAcquired()).isEqualTo(memory.vmStat().nrFollPinReleased());
    }

    @Test
    void aLongtermPinLooksAtEveryPageblockOfTheFolio() {
        long head = core.blocks().allocate(Blocks.MAX_ORDER, Blocks.NORMAL); // two pageblocks
        assertThat(memory.isLongtermPinnable(head)).isTrue();
        core.blocks().setMigrateType(head + (1L << Blocks.MAX_ORDER) - 1, MigrateType.CMA);
        assertThat(memory.isLongtermPinnable(head)).isFalse();
        assertThat(memory.isLongtermPinnable(head + 1)).as("a tail in the other pageblock").isFalse();
        UserPages.put(core, head);
    }
}
