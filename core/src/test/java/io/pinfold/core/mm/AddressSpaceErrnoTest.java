package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Geometry;
import org.junit.jupiter.api.Test;

class AddressSpaceErrnoTest extends MmTest {
    private static final int FIXED = PRIVATE | MapFlags.FIXED;

    @Test
    void mmapAnswersAsTheSystemCall() {
        assertThat(space.mmap(0, 0, RW, PRIVATE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, PAGE, 8, PRIVATE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, PAGE, RW, MapFlags.ANONYMOUS)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, PAGE, RW, SHARED | MapFlags.PRIVATE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, PAGE, RW, MapFlags.PRIVATE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, PAGE, RW, PRIVATE | 0x100000)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(BASE + 1, PAGE, RW, FIXED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, -1, RW, PRIVATE)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(0, Long.MAX_VALUE, RW, PRIVATE)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(0, Geometry.USER_END + 1, RW, PRIVATE)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(Geometry.USER_END, PAGE, RW, FIXED)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(Geometry.USER_END - PAGE, 2 * PAGE, RW, FIXED)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(Long.MIN_VALUE, PAGE, RW, FIXED)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mappings()).isZero();
    }

    @Test
    void mmapOfAnObjectAnswersAsTheSystemCall() {
        try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
            assertThat(space.mmap(0, PAGE, RW, SHARED, object, 0)).isEqualTo(-Errno.EINVAL);
            assertThat(space.mmap(0, PAGE, RW, MapFlags.SHARED, object, -1)).isEqualTo(-Errno.EINVAL);
            assertThat(space.mmap(0, PAGE, RW, MapFlags.SHARED, object, Long.MAX_VALUE)).isEqualTo(-Errno.EOVERFLOW);
        }
    }

    @Test
    void munmapAnswersAsTheSystemCall() {
        assertThat(space.munmap(BASE + 1, PAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.munmap(BASE, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(space.munmap(BASE, -PAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.munmap(BASE, Long.MAX_VALUE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.munmap(Geometry.USER_END, PAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.munmap(Long.MIN_VALUE, PAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.munmap(BASE, PAGE)).as("a hole").isZero();
        assertThat(space.munmap(0, Geometry.USER_END)).isZero();
    }

    @Test
    void mprotectAnswersAsTheSystemCall() {
        map(0, 2, RW, PRIVATE);
        assertThat(space.mprotect(BASE + 1, PAGE, RW)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mprotect(BASE, PAGE, 8)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mprotect(BASE, 0, Prot.NONE)).isZero();
        assertThat(space.mprotect(BASE, -1, RW)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mprotect(BASE - PAGE, PAGE, RW)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mprotect(BASE - PAGE, 2 * PAGE, Prot.READ)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mappings()).as("nothing changed").isEqualTo(1);
        assertThat(space.mprotect(BASE + PAGE, 2 * PAGE, Prot.READ)).as("the part before the hole is done")
                .isEqualTo(-Errno.ENOMEM);
        assertThat(space.mappings()).isEqualTo(2);
    }

    @Test
    void madviseAnswersAsTheSystemCall() {
        map(0, 1, RW, PRIVATE);
        assertThat(space.madvise(BASE, PAGE, 99)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(BASE + 1, PAGE, AddressSpace.MADV_DONTNEED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(BASE, -1, AddressSpace.MADV_DONTNEED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(BASE, 0, AddressSpace.MADV_DONTNEED)).isZero();
        assertThat(space.madvise(BASE, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
        assertThat(space.madvise(BASE, 2 * PAGE, AddressSpace.MADV_DONTNEED)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.madvise(BASE - PAGE, 2 * PAGE, AddressSpace.MADV_DONTNEED)).isEqualTo(-Errno.ENOMEM);
    }

    @Test
    void anAddressIsChosenBelowTheLastOneAndHintsAreHonouredIfFree() {
        long first = space.mmap(0, PAGE, RW, PRIVATE);
        assertThat(first).isEqualTo(Geometry.MMAP_BASE - PAGE);
        assertThat(space.mmap(0, 3 * PAGE, Prot.READ, PRIVATE)).isEqualTo(first - 3 * PAGE);
        assertThat(space.mmap(BASE, PAGE, RW, PRIVATE)).isEqualTo(BASE);
        assertThat(space.mmap(BASE, PAGE, RW, PRIVATE)).isEqualTo(first - 4 * PAGE);
        assertThat(space.munmap(first, PAGE)).isZero();
        assertThat(space.mmap(0, PAGE, RW, PRIVATE)).as("the hole is found again").isEqualTo(first);
    }

    @Test
    void neighboursOfOneKindAreOneMappingAndSplitWhereTheyMust() {
        map(0, 2, RW, PRIVATE);
        map(2, 2, RW, PRIVATE);
        assertThat(space.mappings()).isEqualTo(1);
        assertThat(space.mprotect(BASE + PAGE, PAGE, Prot.READ)).isZero();
        assertThat(space.mappings()).isEqualTo(3);
        assertThat(space.mprotect(BASE + PAGE, PAGE, RW)).isZero();
        assertThat(space.mappings()).isEqualTo(1);
        assertThat(space.munmap(BASE + PAGE, PAGE)).isZero();
        assertThat(space.mappings()).isEqualTo(2);
        map(1, 1, RW, SHARED);
        assertThat(space.mappings()).isEqualTo(3);
        assertThat(space.munmap(BASE - PAGE, 6 * PAGE)).isZero();
        assertThat(space.mappings()).isZero();
    }

    @Test
    void tooManyMappingsAreRefusedAndNothingChanges() {
        // every second page is read-only, so that nothing joins
        long from = 1L << 20;
        for (int i = 0; i < VmaMap.MAX; i++) {
            int prot = (i & 1) == 0 ? Prot.READ : RW;
            assertThat(space.mmap(from + (long) i * 3 * PAGE, 3 * PAGE, prot, FIXED)).isPositive();
        }
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX);
        assertThat(space.mmap(0, PAGE, RW, PRIVATE)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.munmap(from + PAGE, PAGE)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mprotect(from + PAGE, PAGE, RW)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX);
        assertThat(space.munmap(from, 3 * PAGE)).isZero();
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX - 1);
    }

    @Test
    void afterCloseEveryCallSaysSo() {
        MmapGuard guard = space.readLock();
        guard.close();
        Cpu cpu = space.openCpu();
        space.close();
        space.close();
        String message = "address space " + space.id() + " is closed";
        Runnable[] calls = {() -> space.mmap(0, PAGE, RW, PRIVATE), () -> space.munmap(BASE, PAGE),
                () -> space.mprotect(BASE, PAGE, RW), () -> space.madvise(BASE, PAGE, AddressSpace.MADV_DONTNEED),
                space::readLock, space::openCpu, () -> space.frameAt(BASE), () -> space.entryAt(BASE), space::mappings,
                () -> cpu.loadByte(BASE), () -> cpu.fill(BASE, PAGE, (byte) 1)};
        for (Runnable call : calls) {
            assertThatThrownBy(call::run).isInstanceOf(IllegalStateException.class).hasMessage(message);
        }
        assertThat(space.isClosed()).isTrue();
        cpu.close();
    }

    @Test
    void misuseOfGuardsAndObjectsNamesBothSides() {
        AddressSpace other = AddressSpace.create(memory);
        MmapGuard guard = space.readLock();
        assertThatThrownBy(() -> guard.check(other)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("space " + space.id()).hasMessageContaining("space " + other.id());
        guard.drop();
        assertThat(guard.wasDropped()).isTrue();
        assertThat(guard.isHeld()).isFalse();
        assertThatThrownBy(() -> guard.check(space)).isInstanceOf(IllegalStateException.class);
        guard.retake();
        guard.check(space);
        guard.close();
        guard.close();
        other.close();
        try (PhysicalMemory strange = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20));
                SharedMemory object = SharedMemory.create(strange, PAGE)) {
            assertThatThrownBy(() -> space.mmap(0, PAGE, RW, MapFlags.SHARED, object, 0))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("shared memory " + object.id());
        }
        SharedMemory gone = SharedMemory.create(memory, PAGE);
        gone.close();
        assertThatThrownBy(() -> space.mmap(0, PAGE, RW, MapFlags.SHARED, gone, 0))
                .isInstanceOf(IllegalStateException.class).hasMessage("shared memory " + gone.id() + " is closed");
        assertThatThrownBy(() -> SharedMemory.create(memory, 0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not 0");
    }

    @Test
    void anOpenSpaceOrObjectKeepsTheMemoryOpen() {
        assertThatThrownBy(memory::close).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("address space " + space.id());
        SharedMemory object = SharedMemory.create(memory, PAGE);
        space.close();
        assertThatThrownBy(memory::close).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("shared memory " + object.id());
        object.close();
    }
}
