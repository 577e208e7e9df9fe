package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.mm.unmap.Protect;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultTest extends MmTest {
    private Cpu cpu;

    @BeforeEach
    void openCpu() {
        cpu = space.openCpu();
    }

    @AfterEach
    void closeCpu() {
        assertReferencesMatchMappings(memory);
        cpu.close();
    }

    /** A fault as get_user_pages raises it. */
    private int fault(long address, int kind, int scope) {
        try (MmapGuard guard = space.readLock()) {
            Vma vma = Objects.requireNonNull(guard.space().mm().vmas().find(address));
            return Faults.handle(vma, address, kind, scope);
        }
    }

    @Test
    void readingMapsTheZeroPageAndCountsNothing() {
        map(0, 1, RW, PRIVATE);
        int before = memory.page(memory.zeroPfn()).refCount();
        assertThat(cpu.loadLong(BASE)).isZero();
        long entry = space.entryAt(BASE);
        assertThat(Entry.pfn(entry)).isEqualTo(memory.zeroPfn());
        assertThat(Entry.isSpecial(entry)).isTrue();
        assertThat(Entry.isWritable(entry)).isFalse();
        assertThat(Entry.isAccessed(entry)).isTrue();
        assertThat(memory.page(memory.zeroPfn()).refCount()).isEqualTo(before);
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }

    @Test
    void writingToTheZeroPageGetsAPageOfItsOwn() {
        map(0, 1, RW, PRIVATE);
        assertThat(cpu.loadLong(BASE)).isZero();
        cpu.storeLong(BASE + 8, 42);
        assertThat(cpu.loadLong(BASE)).isZero();
        assertThat(cpu.loadLong(BASE + 8)).isEqualTo(42);
        assertThat(space.frameAt(BASE)).isNotEqualTo(memory.zeroPfn());
        PageInfo page = pageAt(space, BASE);
        assertThat(page.refCount()).isEqualTo(1);
        assertThat(page.mapCount()).isEqualTo(1);
        assertThat(page.mapping()).isEqualTo(MappingWord.of(space.id(), MappingWord.ANON));
        assertThat(page.index()).isEqualTo(BASE >>> Geometry.PAGE_SHIFT);
        assertThat(page.flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
    }

    /** What users have to understand an entry and a record by. */
    @Test
    void theEntryAndTheRecordOfAPageAreSpelledOut() {
        map(0, 1, RW, PRIVATE);
        assertThat(AddressSpace.entryText(space.entryAt(BASE))).isEqualTo("none");
        cpu.storeLong(BASE, 1);
        assertThat(AddressSpace.entryText(space.entryAt(BASE))).startsWith("present write user accessed dirty ")
                .endsWith(" pfn " + space.frameAt(BASE));
        assertThat(pageAt(space, BASE).typeName()).isEqualTo("USER");
        assertThat(pageAt(space, BASE).toString()).contains(" USER ", "ANON_EXCLUSIVE",
                "mapping anonymous of space " + space.id());
    }

    @Test
    void theFirstStoreMapsAWritableDirtyZeroedPage() {
        map(0, 1, RW, PRIVATE);
        cpu.storeByte(BASE + 5, (byte) 7);
        long entry = space.entryAt(BASE);
        assertThat(Entry.accessPermitted(entry, true)).isTrue();
        assertThat(Entry.isDirty(entry)).isTrue();
        assertThat(Entry.isSpecial(entry)).isFalse();
        byte[] page = new byte[PAGE];
        cpu.copyOut(BASE, page, 0, PAGE);
        page[5] -= 7;
        assertThat(page).containsOnly(0);
    }

    @Test
    void aFrameIsZeroedBeforeItIsMappedAgain() {
        map(0, 1, RW, PRIVATE);
        cpu.fill(BASE, PAGE, (byte) 0x5A);
        long frame = space.frameAt(BASE);
        assertThat(space.madvise(BASE, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
        assertThat(space.frameAt(BASE)).isZero();
        assertThat(cpu.loadLong(BASE)).isZero();
        cpu.storeByte(BASE, (byte) 1);
        assertThat(space.frameAt(BASE)).as("free lists are stacks").isEqualTo(frame);
        byte[] page = new byte[PAGE];
        cpu.copyOut(BASE, page, 0, PAGE);
        page[0] = 0;
        assertThat(page).containsOnly(0);
    }

    @Test
    void permissionsAreThoseOfTheMapping() {
        map(0, 1, Prot.READ, PRIVATE);
        map(1, 1, Prot.NONE, PRIVATE);
        map(2, 1, Prot.WRITE, PRIVATE);
        assertThat(cpu.loadInt(BASE)).isZero();
        assertThatThrownBy(() -> cpu.storeInt(BASE + 4, 1)).isInstanceOfSatisfying(SegmentationFault.class, fault -> {
            assertThat(fault.address()).isEqualTo(BASE + 4);
            assertThat(fault.isWrite()).isTrue();
        });
        assertThatThrownBy(() -> cpu.loadInt(BASE + PAGE)).isInstanceOfSatisfying(SegmentationFault.class,
                fault -> assertThat(fault.isWrite()).isFalse());
        cpu.storeInt(BASE + 2 * PAGE, 5);
        assertThat(cpu.loadInt(BASE + 2 * PAGE)).as("on x86 what may be written may be read").isEqualTo(5);
        assertThatThrownBy(() -> cpu.loadByte(BASE + 3 * PAGE)).isInstanceOf(SegmentationFault.class)
                .hasMessageContaining("0x" + Long.toHexString(BASE + 3 * PAGE));
        for (long outside : new long[]{-1, Long.MIN_VALUE, Geometry.USER_END, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> cpu.loadByte(outside)).isInstanceOf(SegmentationFault.class);
        }
    }

    @Test
    void protectionCanGoAndComeBackAndTheDataStays() {
        map(0, 3, RW, PRIVATE);
        cpu.storeLong(BASE, 11);
        assertThat(cpu.loadLong(BASE + PAGE)).isZero();
        long frame = space.frameAt(BASE);
        assertThat(space.mprotect(BASE, 3 * PAGE, Prot.NONE)).isZero();
        assertThat(Entry.isProtnone(space.entryAt(BASE))).isTrue();
        assertThat(space.frameAt(BASE)).isEqualTo(frame);
        assertThatThrownBy(() -> cpu.loadLong(BASE)).isInstanceOf(SegmentationFault.class);
        assertThat(space.mprotect(BASE, 3 * PAGE, Prot.READ)).isZero();
        assertThat(cpu.loadLong(BASE)).isEqualTo(11);
        assertThatThrownBy(() -> cpu.storeLong(BASE, 12)).isInstanceOf(SegmentationFault.class);
        assertThat(space.mprotect(BASE, 3 * PAGE, RW)).isZero();
        assertThat(Entry.isWritable(space.entryAt(BASE))).as("the page is ours alone").isTrue();
        assertThat(Entry.isWritable(space.entryAt(BASE + PAGE))).as("the zero page never").isFalse();
        cpu.storeLong(BASE, 12);
        cpu.storeLong(BASE + PAGE, 13);
        assertThat(space.frameAt(BASE)).isEqualTo(frame);
        assertThat(cpu.loadLong(BASE)).isEqualTo(12);
        assertThat(Entry.isDirty(space.entryAt(BASE))).isTrue();
    }

    @Test
    void accessedAndDirtyAreSetAsHardwareDoes() {
        map(0, 1, RW, SHARED);
        assertThat(fault(BASE, VmaOperations.READ, Blocks.MOVABLE_FIRST)).isZero();
        assertThat(Entry.isDirty(space.entryAt(BASE))).isFalse();
        assertThat(Entry.isWritable(space.entryAt(BASE))).isTrue();
        assertThat(cpu.loadInt(BASE)).isZero();
        assertThat(Entry.isDirty(space.entryAt(BASE))).isFalse();
        cpu.storeInt(BASE, 1);
        assertThat(Entry.isDirty(space.entryAt(BASE))).isTrue();
    }

    @Test
    void dirtyGoesToThePageWhenTheMappingGoes() {
        try (SharedMemory object = SharedMemory.create(memory, 2 * PAGE)) {
            long address = space.mmap(0, 2 * PAGE, RW, MapFlags.SHARED, object, 0);
            cpu.storeInt(address, 1);
            assertThat(cpu.loadInt(address + PAGE)).isZero();
            assertThat(space.munmap(address, 2 * PAGE)).isZero();
            assertThat(memory.page(object.frameOf(0)).flags() & PageFlags.DIRTY).isNotZero();
            assertThat(memory.page(object.frameOf(1)).flags() & PageFlags.DIRTY).isZero();
            assertThat(memory.page(object.frameOf(1)).flags() & PageFlags.REFERENCED).isNotZero();
        }
    }

    @Test
    void scopeDecidesWhereTheFrameComesFrom() {
        map(0, 2, RW, PRIVATE);
        assertThat(fault(BASE, VmaOperations.WRITE, Blocks.MOVABLE_FIRST)).isZero();
        assertThat(fault(BASE + PAGE, VmaOperations.WRITE, Blocks.NORMAL)).isZero();
        assertThat(memory.zoneOf(space.frameAt(BASE))).isEqualTo(ZoneKind.MOVABLE);
        assertThat(memory.zoneOf(space.frameAt(BASE + PAGE))).isEqualTo(ZoneKind.NORMAL);
    }

    @Test
    void aForcedWriteGivesAPrivatePageButNotTheBit() {
        map(0, 1, Prot.READ, PRIVATE);
        assertThat(cpu.loadInt(BASE)).isZero();
        assertThat(fault(BASE, VmaOperations.WRITE, Blocks.MOVABLE_FIRST)).isZero();
        long entry = space.entryAt(BASE);
        assertThat(Entry.isSpecial(entry)).isFalse();
        assertThat(Entry.isWritable(entry)).isFalse();
        assertThat(Entry.isDirty(entry)).isTrue();
        assertThat(pageAt(space, BASE).flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
    }

    /** As after a fork whose other side is gone: not exclusive, but without another reference. */
    @Test
    void aPageThatIsAloneAgainIsUsedInPlace() {
        long frame = makeShared();
        cpu.storeLong(BASE, 2);
        assertThat(space.frameAt(BASE)).isEqualTo(frame);
        assertThat(memory.page(frame).flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
    }

    /**
     * As after a fork: another owner holds a reference, so the store goes to a copy and the other keeps the old data.
     */
    @Test
    void aPageThatOthersHoldIsCopied() {
        long frame = makeShared();
        long record = core.recordAddress(frame);
        PageRefs.getPage(record);
        cpu.storeLong(BASE, 2);
        assertThat(space.frameAt(BASE)).isNotEqualTo(frame);
        assertThat(cpu.loadLong(BASE)).isEqualTo(2);
        assertThat(cpu.loadLong(BASE + 8)).as("the rest was copied").isEqualTo(99);
        assertThat(memory.page(frame).refCount()).isEqualTo(1);
        assertThat(memory.page(frame).mapCount()).isZero();
        FreeBatch freed = new FreeBatch(core);
        UserPages.put(core, frame, freed);
        assertThat(freed.drain()).isEqualTo(1);
    }

    @Test
    void aPageInUseByManyOrLockedIsCopied() {
        long frame = makeShared();
        assertThat(PageFlags.tryLock(core.recordAddress(frame))).isTrue();
        PageRefs.getPage(core.recordAddress(frame)); // the one who locked it
        cpu.storeLong(BASE, 2);
        assertThat(space.frameAt(BASE)).isNotEqualTo(frame);
        PageFlags.unlock(core.recordAddress(frame));
        UserPages.put(core, frame);
    }

    /**
     * A page that is pinned may not be copied away from the pin: as long as it is exclusive, references do not matter.
     */
    @Test
    void anExclusivePageIsNeverCopied() {
        map(0, 1, RW, PRIVATE);
        cpu.storeLong(BASE, 1);
        long frame = space.frameAt(BASE);
        PageRefs.add(core.recordAddress(frame), 5 * PageRefs.PIN_BIAS);
        assertThat(space.mprotect(BASE, PAGE, Prot.READ)).isZero();
        assertThat(fault(BASE, VmaOperations.UNSHARE, Blocks.MOVABLE_FIRST)).isZero();
        assertThat(fault(BASE, VmaOperations.WRITE, Blocks.MOVABLE_FIRST)).isZero();
        assertThat(space.mprotect(BASE, PAGE, RW)).isZero();
        cpu.storeLong(BASE, 2);
        assertThat(space.frameAt(BASE)).isEqualTo(frame);
        PageRefs.add(core.recordAddress(frame), -5 * PageRefs.PIN_BIAS);
    }

    @Test
    void unsharingMakesTheMappedPageOursButNotWritable() {
        long frame = makeShared();
        PageRefs.getPage(core.recordAddress(frame));
        assertThat(fault(BASE, VmaOperations.UNSHARE, Blocks.NORMAL)).isZero();
        assertThat(space.frameAt(BASE)).isNotEqualTo(frame);
        assertThat(Entry.isWritable(space.entryAt(BASE))).isFalse();
        assertThat(pageAt(space, BASE).flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
        assertThat(cpu.loadLong(BASE + 8)).isEqualTo(99);
        UserPages.put(core, frame);
    }

    @Test
    void unsharingLeavesTheZeroPageAndObjectPagesAlone() {
        map(0, 1, RW, PRIVATE);
        assertThat(cpu.loadInt(BASE)).isZero();
        assertThat(fault(BASE, VmaOperations.UNSHARE, Blocks.NORMAL)).isZero();
        assertThat(space.frameAt(BASE)).isEqualTo(memory.zeroPfn());
        try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
            long address = space.mmap(0, PAGE, RW, MapFlags.PRIVATE, object, 0);
            assertThat(cpu.loadInt(address)).isZero();
            assertThat(fault(address, VmaOperations.UNSHARE, Blocks.NORMAL)).isZero();
            assertThat(space.frameAt(address)).isEqualTo(object.frameOf(0));
        }
    }

    @Test
    void beyondTheEndOfAnObjectThereIsNothing() {
        try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
            long address = space.mmap(0, 2 * PAGE, RW, MapFlags.SHARED, object, 0);
            cpu.storeByte(address, (byte) 1);
            assertThatThrownBy(() -> cpu.storeByte(address + PAGE, (byte) 1)).isInstanceOf(SegmentationFault.class);
            assertThat(fault(address + PAGE, VmaOperations.READ, Blocks.NORMAL)).isEqualTo(-Errno.EFAULT);
        }
    }

    /** A NUMA hint: protnone in a mapping that allows access is repaired by the fault. */
    @Test
    void aHintIsTakenAway() {
        map(0, 1, RW, PRIVATE);
        cpu.storeLong(BASE, 3);
        long frame = space.frameAt(BASE);
        try (MmapGuard guard = space.readLock()) {
            Vma vma = Objects.requireNonNull(guard.space().mm().vmas().find(BASE));
            assertThat(Protect.range(space.mm(), vma.withFlags(vma.flagsWith(Prot.NONE)), BASE, BASE + PAGE)).isTrue();
            TlbFlush.flush(space.mm());
        }
        assertThat(Entry.isProtnone(space.entryAt(BASE))).isTrue();
        assertThat(cpu.loadLong(BASE)).isEqualTo(3);
        cpu.storeLong(BASE, 4);
        assertThat(space.frameAt(BASE)).isEqualTo(frame);
    }

    /** A page with 99 at offset 8 that is mapped read-only and not known to be exclusive. Its frame. */
    private long makeShared() {
        map(0, 1, RW, PRIVATE);
        cpu.storeLong(BASE + 8, 99);
        long frame = space.frameAt(BASE);
        long _ = PageFlags.clear(core.recordAddress(frame), PageFlags.ANON_EXCLUSIVE);
        assertThat(space.mprotect(BASE, PAGE, Prot.READ)).isZero();
        assertThat(space.mprotect(BASE, PAGE, RW)).isZero();
        assertThat(Entry.isWritable(space.entryAt(BASE))).as("not known to be ours").isFalse();
        return frame;
    }
}
