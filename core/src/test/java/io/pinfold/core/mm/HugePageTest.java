package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Anonymous memory in huge leaves: when they come, what they count, and what a change of the whole leaf does. */
class HugePageTest extends HugeTest {
    @Test
    void aStoreMapsAZeroedExclusiveFolioByOneLeaf() {
        map(1);
        cpu.storeLong(HUGE + 3 * PAGE, 7);
        long entry = space.entryAt(HUGE);
        assertThat(Entry.isHuge(entry)).isTrue();
        assertThat(Entry.accessPermitted(entry, true)).isTrue();
        assertThat(Entry.isDirty(entry)).isTrue();
        assertThat(Entry.isDeposited(entry)).isTrue();
        PageInfo head = head();
        assertThat(head.order()).isEqualTo(Geometry.BITS_PER_LEVEL);
        assertThat(head.refCount()).isOne();
        assertThat(head.entireMapCount()).isOne();
        assertThat(head.mapCount()).isZero();
        assertThat(head.mapping()).isEqualTo(MappingWord.of(space.id(), MappingWord.ANON));
        assertThat(head.index()).isEqualTo(HUGE >>> Geometry.PAGE_SHIFT);
        assertThat(head.flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
        assertThat(space.frameAt(HUGE + 3 * PAGE)).isEqualTo(head.pfn() + 3);
        assertThat(cpu.loadLong(HUGE + 3 * PAGE)).isEqualTo(7);
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(PAGES);
        assertThat(space.frameAt(HUGE + BYTES)).as("the leaf ends here").isZero();
    }

    @Test
    void aFolioIsZeroedBeforeItIsMappedAgain() {
        map(1);
        cpu.fill(HUGE, BYTES, (byte) 0x5A);
        long frame = space.frameAt(HUGE);
        assertThat(space.madvise(HUGE, BYTES, AddressSpace.MADV_DONTNEED)).isZero();
        cpu.storeByte(HUGE, (byte) 0);
        assertThat(space.frameAt(HUGE)).as("free lists are stacks").isEqualTo(frame);
        byte[] area = new byte[(int) BYTES];
        cpu.copyOut(HUGE, area, 0, area.length);
        assertThat(Arrays.equals(area, new byte[area.length])).isTrue();
    }

    /** What the entry says must be set by the access, in the leaf itself. */
    @Test
    void accessedAndDirtyAreSetInTheLeaf() {
        mapAndStore();
        long clean = space.entryAt(HUGE) & ~(Entry.ACCESSED | Entry.DIRTY);
        long _ = replaceEntry(clean);
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(2);
        assertThat(space.entryAt(HUGE)).isEqualTo(clean | Entry.ACCESSED);
        cpu.storeLong(HUGE + BYTES - 8, 9);
        assertThat(space.entryAt(HUGE)).isEqualTo(clean | Entry.ACCESSED | Entry.DIRTY);
        assertThat(cpu.compareAndSetLong(HUGE + BYTES - 8, 9, 10)).isTrue();
        assertThat(cpu.loadLong(HUGE + BYTES - 8)).isEqualTo(10);
    }

    @Test
    void policyAndAdviceDecide() {
        List<Boolean> leaves = new ArrayList<>();
        for (ThpPolicy policy : ThpPolicy.values()) {
            space.setThpPolicy(policy);
            for (int advice : new int[]{0, AddressSpace.MADV_HUGEPAGE, AddressSpace.MADV_NOHUGEPAGE}) {
                map(1);
                assertThat(advice == 0 ? 0 : space.madvise(HUGE, BYTES, advice)).isZero();
                cpu.storeInt(HUGE, 1);
                leaves.add(isLeaf(HUGE));
                assertThat(space.munmap(HUGE, BYTES)).isZero();
            }
        }
        assertThat(leaves).containsExactly(false, false, false, false, true, false, true, true, false);
        assertThat(AddressSpace.create(memory)).satisfies(fresh -> {
            assertThat(fresh.thpPolicy()).isEqualTo(ThpPolicy.MADVISE);
            fresh.close();
        });
    }

    @Test
    void adviceSplitsAndJoinsMappingsAndReportsHoles() {
        map(4);
        assertThat(space.mappings()).isOne();
        assertThat(space.madvise(HUGE + BYTES, BYTES, AddressSpace.MADV_HUGEPAGE)).isZero();
        assertThat(space.mappings()).isEqualTo(3);
        assertThat(space.madvise(HUGE, 2 * BYTES, AddressSpace.MADV_NOHUGEPAGE)).isZero();
        assertThat(space.mappings()).isEqualTo(2);
        assertThat(space.madvise(HUGE, 4 * BYTES, AddressSpace.MADV_HUGEPAGE)).isZero();
        assertThat(space.mappings()).isOne();
        assertThat(space.munmap(HUGE + BYTES, BYTES)).isZero();
        assertThat(space.madvise(HUGE - BYTES, 6 * BYTES, AddressSpace.MADV_NOHUGEPAGE)).isEqualTo(-Errno.ENOMEM);
        cpu.storeInt(HUGE, 1);
        cpu.storeInt(HUGE + 3 * BYTES, 1);
        assertThat(isLeaf(HUGE) || isLeaf(HUGE + 3 * BYTES)).as("done around the hole").isFalse();
        assertThat(space.madvise(HUGE + 1, PAGE, AddressSpace.MADV_HUGEPAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(HUGE, -PAGE, AddressSpace.MADV_HUGEPAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(HUGE, PAGE, 99)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(HUGE, 0, AddressSpace.MADV_HUGEPAGE)).isZero();
        assertThat(space.munmap(HUGE, 4 * BYTES)).isZero();
    }

    @Test
    void aLeafMustFitIntoItsMapping() {
        assertThat(space.mmap(HUGE + PAGE, 2 * BYTES, RW, PRIVATE | MapFlags.FIXED)).isPositive();
        for (long address : new long[]{HUGE + PAGE, HUGE + BYTES, HUGE + 2 * BYTES}) {
            cpu.storeInt(address, 1);
        }
        assertThat(isLeaf(HUGE + PAGE)).isFalse();
        assertThat(isLeaf(HUGE + BYTES)).isTrue();
        assertThat(isLeaf(HUGE + 2 * BYTES)).isFalse();
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(PAGES + 2);
    }

    /** The table that small pages left behind stays until munmap: no leaf takes its place. */
    @Test
    void whereATableIsSmallPagesCome() {
        map(1);
        space.setThpPolicy(ThpPolicy.NEVER);
        cpu.storeInt(HUGE, 1);
        space.setThpPolicy(ThpPolicy.ALWAYS);
        assertThat(space.madvise(HUGE, BYTES, AddressSpace.MADV_DONTNEED)).isZero();
        cpu.storeInt(HUGE + PAGE, 1);
        assertThat(isLeaf(HUGE + PAGE)).isFalse();
        assertThat(space.frameAt(HUGE)).isZero();
    }

    @Test
    void sharedMemoryAndObjectsStaySmall() {
        assertThat(space.mmap(HUGE, BYTES, RW, SHARED | MapFlags.FIXED)).isEqualTo(HUGE);
        cpu.storeInt(HUGE, 1);
        assertThat(isLeaf(HUGE)).isFalse();
    }

    @Test
    void withoutABlockSmallPagesCome() {
        map(2);
        hoardBlocks();
        cpu.storeInt(HUGE, 1);
        assertThat(cpu.loadInt(HUGE + BYTES)).as("no block for the huge zero page").isZero();
        assertThat(isLeaf(HUGE)).isFalse();
        assertThat(space.frameAt(HUGE + BYTES)).isEqualTo(memory.zeroPfn());
        releaseBlocks();
    }

    @Test
    void withoutATableNothingIsMappedAndNothingIsLost() {
        map(1);
        List<Long> tables = new ArrayList<>();
        for (long pfn = table(); pfn > 0; pfn = table()) {
            tables.add(pfn);
        }
        int failures = 0;
        for (boolean isDone = false; !isDone;) {
            try {
                cpu.storeInt(HUGE, 1);
                isDone = true;
            } catch (OutOfFramesException e) {
                failures++;
                assertThat(space.frameAt(HUGE)).isZero();
                assertThat(memory.vmStat().allocatedFrames()).isZero();
                core.blocks().freeTable(tables.removeLast());
            }
        }
        assertThat(failures).as("tables above, and a PTE table or a deposit").isEqualTo(Geometry.LEVELS - 1);
        tables.forEach(core.blocks()::freeTable);
    }

    private long table() {
        return core.blocks().allocateTable(space.id(), Geometry.PTE, 0);
    }

    @Test
    void munmapOfTheWholeLeafGivesEverythingBack() {
        mapAndStore();
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).isZero();
        int _ = core.retired().drain();
        assertThat(memory.vmStat().tableFrames()).as("the deposit too, only the root stays").isOne();
        assertThatThrownBy(() -> cpu.loadInt(HUGE)).isInstanceOf(SegmentationFault.class);
    }

    @Test
    void dirtyAndAccessedGoToTheFolio() {
        long frame = mapAndStore();
        PageRefs.getPage(core.recordAddress(frame));
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        long both = PageFlags.DIRTY | PageFlags.REFERENCED;
        assertThat(memory.page(frame).flags() & both).isEqualTo(both);
        UserPages.put(core, frame);
    }

    @Test
    void protectionOfTheWholeLeafKeepsTheLeaf() {
        long frame = mapAndStore();
        assertThat(space.mprotect(HUGE, BYTES, Prot.NONE)).isZero();
        assertThat(Entry.isProtnone(space.entryAt(HUGE)) && isLeaf(HUGE)).isTrue();
        assertThat(space.frameAt(HUGE + PAGE)).isEqualTo(frame + 1);
        assertThatThrownBy(() -> cpu.loadLong(HUGE)).isInstanceOf(SegmentationFault.class);
        assertThat(space.mprotect(HUGE, BYTES, Prot.READ)).isZero();
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(2);
        assertThatThrownBy(() -> cpu.storeLong(HUGE, 12)).isInstanceOf(SegmentationFault.class);
        assertThat(space.mprotect(HUGE, BYTES, RW)).isZero();
        assertThat(Entry.isWritable(space.entryAt(HUGE))).as("the folio is ours alone").isTrue();
        cpu.storeLong(HUGE, 12);
        assertThat(space.frameAt(HUGE)).isEqualTo(frame);
        assertThat(Entry.isDeposited(space.entryAt(HUGE))).isTrue();
    }

    @Test
    void aNumaHintOnALeafIsTakenBack() {
        mapAndStore();
        long hint = space.entryAt(HUGE) & ~Entry.PRESENT | Entry.PROTNONE;
        for (int kind : new int[]{VmaOperations.READ, VmaOperations.WRITE, VmaOperations.UNSHARE}) {
            long _ = replaceEntry(hint);
            assertThat(fault(HUGE + PAGE, kind)).isZero();
            assertThat(Entry.accessPermitted(space.entryAt(HUGE), true)).isTrue();
        }
        long _ = replaceEntry(hint);
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(2);
    }

    /** A leaf counts once, whatever is mapped around it. */
    @Test
    void neighboursAreIndependent() {
        map(3);
        for (int area = 0; area < 3; area++) {
            cpu.storeInt(HUGE + area * BYTES, area);
        }
        assertThat(space.munmap(HUGE + BYTES, BYTES)).isZero();
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(isLeaf(HUGE + 2 * BYTES)).isTrue();
        assertThat(cpu.loadInt(HUGE + 2 * BYTES)).isEqualTo(2);
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(2L * PAGES);
    }

    /**
     * A half of a leaf whose protection becomes that of its neighbour: the boundary between the mappings moves into the
     * leaf, so the leaf is split, and each half permits what its mapping does.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aHalfThatJoinsItsNeighbour(boolean isInFront) {
        long neighbour = isInFront ? HUGE - BYTES : HUGE + BYTES;
        long half = isInFront ? HUGE : HUGE + BYTES / 2;
        long other = isInFront ? HUGE + BYTES / 2 : HUGE;
        long from = Math.min(HUGE, neighbour);
        assertThat(space.mmap(from, 2 * BYTES, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(from);
        assertThat(space.mprotect(neighbour, BYTES, Prot.READ)).isZero();
        cpu.storeLong(half, 1);
        cpu.storeLong(other, 2);
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(space.mprotect(half, BYTES / 2, Prot.READ)).isZero();
        assertThat(space.mappings()).as("joined").isEqualTo(2);
        assertThat(isLeaf(HUGE)).isFalse();
        cpu.storeLong(other, 3);
        assertThatThrownBy(() -> cpu.storeLong(half, 4)).isInstanceOf(SegmentationFault.class);
        assertThat(cpu.loadLong(half)).isEqualTo(1);
        assertThat(cpu.loadLong(other)).isEqualTo(3);
    }
}
