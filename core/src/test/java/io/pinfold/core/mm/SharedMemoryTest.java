package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SharedMemoryTest extends MmTest {
    private AddressSpace other;
    private Cpu cpu;
    private Cpu otherCpu;

    @BeforeEach
    void openAnother() {
        other = AddressSpace.create(memory);
        cpu = space.openCpu();
        otherCpu = other.openCpu();
    }

    @AfterEach
    void closeAnother() {
        assertReferencesMatchMappings(memory);
        cpu.close();
        otherCpu.close();
        other.close();
    }

    @Test
    void twoMappingsOfOneObjectSeeEachOthersStores() {
        try (SharedMemory object = SharedMemory.create(memory, 4 * PAGE)) {
            long a = space.mmap(0, 4 * PAGE, RW, MapFlags.SHARED, object, 0);
            long b = space.mmap(0, 2 * PAGE, RW, MapFlags.SHARED, object, 1);
            long c = other.mmap(0, 4 * PAGE, RW, MapFlags.SHARED, object, 0);
            assertThat(object.mappings()).isEqualTo(3);
            cpu.storeLong(a + PAGE, 1);
            assertThat(cpu.loadLong(b)).isEqualTo(1);
            cpu.storeLong(b, 2);
            assertThat(otherCpu.loadLong(c + PAGE)).isEqualTo(2);
            otherCpu.storeLong(c + PAGE, 3);
            assertThat(cpu.loadLong(a + PAGE)).isEqualTo(3);
            PageInfo page = memory.page(object.frameOf(1));
            assertThat(page.refCount()).as("three mappings and the object").isEqualTo(4);
            assertThat(page.mapCount()).isEqualTo(3);
            assertThat(page.mapping()).isEqualTo(MappingWord.of(object.id(), MappingWord.SHMEM));
            assertThat(page.index()).isEqualTo(1);
        }
    }

    @Test
    void thePagesOutliveMappingsAsLongAsTheHandleIsOpen() {
        SharedMemory object = SharedMemory.create(memory, PAGE);
        long a = space.mmap(0, PAGE, RW, MapFlags.SHARED, object, 0);
        cpu.storeLong(a, 77);
        assertThat(space.munmap(a, PAGE)).isZero();
        assertThat(memory.page(object.frameOf(0)).refCount()).isEqualTo(1);
        long b = other.mmap(0, PAGE, Prot.READ, MapFlags.SHARED, object, 0);
        assertThat(otherCpu.loadLong(b)).isEqualTo(77);
        object.close();
        assertThat(otherCpu.loadLong(b)).as("still mapped").isEqualTo(77);
        assertThat(other.munmap(b, PAGE)).isZero();
        assertThat(object.frameOf(0)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).isZero();
        object.close();
    }

    @Test
    void anUnnamedObjectLivesAsLongAsItsMappings() {
        map(0, 4, RW, SHARED);
        cpu.fill(BASE, 4 * PAGE, (byte) 1);
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(4);
        assertThat(space.munmap(BASE + PAGE, 2 * PAGE)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).as("the object keeps what it may be asked for").isEqualTo(4);
        assertThat(space.munmap(BASE, PAGE)).isZero();
        assertThat(space.munmap(BASE + 3 * PAGE, PAGE)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }

    @Test
    void droppingPagesOfASharedMappingKeepsTheObjectsData() {
        map(0, 1, RW, SHARED);
        cpu.storeLong(BASE, 5);
        assertThat(space.madvise(BASE, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
        assertThat(space.frameAt(BASE)).isZero();
        assertThat(cpu.loadLong(BASE)).isEqualTo(5);
    }

    @Test
    void aPrivateMappingSeesTheObjectUntilItsOwnStore() {
        try (SharedMemory object = SharedMemory.create(memory, 2 * PAGE)) {
            long shared = space.mmap(0, 2 * PAGE, RW, MapFlags.SHARED, object, 0);
            long mine = other.mmap(0, 2 * PAGE, RW, MapFlags.PRIVATE, object, 0);
            cpu.storeLong(shared, 1);
            assertThat(otherCpu.loadLong(mine)).isEqualTo(1);
            cpu.storeLong(shared, 2);
            assertThat(otherCpu.loadLong(mine)).isEqualTo(2);
            otherCpu.storeLong(mine + 8, 3);
            cpu.storeLong(shared, 4);
            assertThat(otherCpu.loadLong(mine)).isEqualTo(2);
            assertThat(cpu.loadLong(shared + 8)).as("I10: never through a private mapping").isZero();
            cpu.storeLong(shared + PAGE, 6);
            otherCpu.storeLong(mine + PAGE + 8, 7); // the first access is the store: copied at once
            assertThat(otherCpu.loadLong(mine + PAGE)).isEqualTo(6);
            assertThat(cpu.loadLong(shared + PAGE + 8)).isZero();
            assertThat(other.madvise(mine, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
            assertThat(otherCpu.loadLong(mine)).as("the private copy is gone").isEqualTo(4);
        }
    }

    @Test
    void aReadOnlySharedMappingBecomesWritableByMprotect() {
        map(0, 1, Prot.READ, SHARED);
        assertThat(cpu.loadLong(BASE)).isZero();
        assertThat(space.mprotect(BASE, PAGE, RW)).isZero();
        cpu.storeLong(BASE, 9);
        assertThat(space.mprotect(BASE, PAGE, Prot.READ)).isZero();
        assertThatThrownBy(() -> cpu.storeLong(BASE, 10)).isInstanceOf(SegmentationFault.class);
        assertThat(cpu.loadLong(BASE)).isEqualTo(9);
    }

    @Test
    void aPinnedPageOfAClosedObjectLivesOn() {
        map(0, 1, RW, SHARED);
        cpu.storeLong(BASE, 5);
        long frame = space.frameAt(BASE);
        int generation = memory.page(frame).generation();
        PageRefs.add(core.recordAddress(frame), PageRefs.PIN_BIAS);
        assertThat(space.munmap(BASE, PAGE)).isZero();
        assertThat(memory.page(frame).refCount()).isEqualTo(PageRefs.PIN_BIAS);
        assertThat(memory.page(frame).generation()).isEqualTo(generation);
        PageRefs.add(core.recordAddress(frame), 1 - PageRefs.PIN_BIAS);
        UserPages.put(core, frame);
        assertThat(memory.page(frame).generation()).isNotEqualTo(generation);
    }

    /** An index of three levels: nodes are made where pages are, and all go back. */
    @Test
    void aLargeObjectCostsOnlyWhatIsTouched() {
        long pages = 1L << 20;
        try (SharedMemory object = SharedMemory.create(memory, pages << Geometry.PAGE_SHIFT)) {
            long[] indices = {0, 1, 511, 512, 262_143, 262_144, pages - 1};
            for (long index : indices) {
                long a = space.mmap(0, PAGE, RW, MapFlags.SHARED, object, index);
                cpu.storeLong(a, index + 1);
                assertThat(space.munmap(a, PAGE)).isZero();
            }
            assertThat(memory.vmStat().allocatedFrames()).isEqualTo(indices.length);
            for (long index : indices) {
                long b = other.mmap(0, PAGE, Prot.READ, MapFlags.SHARED, object, index);
                assertThat(otherCpu.loadLong(b)).isEqualTo(index + 1);
            }
            assertThat(object.frameOf(2)).isZero();
            assertThat(object.frameOf(-1)).isZero();
            assertThat(object.frameOf(pages)).isZero();
            assertThat(other.munmap(0, Geometry.USER_END)).isZero();
        }
    }
}
