package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.slow.SlowGupCalls;
import io.pinfold.core.mm.space.VmaMap;
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

    /** What is looked at first: length, place, then what is asked for. */
    @Test
    void mmapAnswersTheFirstOfSeveralErrorsAsTheSystemCall() {
        long end = Geometry.USER_END;
        assertThat(space.mmap(end + 1, PAGE, RW, FIXED)).as("beyond and misaligned").isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(Long.MIN_VALUE + 1, PAGE, RW, FIXED)).isEqualTo(-Errno.ENOMEM);
        int neither = MapFlags.ANONYMOUS | MapFlags.FIXED;
        assertThat(space.mmap(end, PAGE, RW, neither)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(end, PAGE, 64, FIXED)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(BASE + 1, PAGE, RW, neither)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, end + PAGE, RW, MapFlags.ANONYMOUS)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(0, -2 * PAGE, RW, MapFlags.ANONYMOUS)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(0, end, RW, MapFlags.ANONYMOUS)).as("no such stretch").isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(0, 0, RW, MapFlags.ANONYMOUS)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(BASE + 1, 1L << 62, RW, FIXED)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mappings()).isZero();
    }

    @Test
    void mmapOfAnObjectAnswersTheFirstOfSeveralErrorsAsTheSystemCall() {
        long end = Geometry.USER_END;
        int shared = MapFlags.SHARED | MapFlags.FIXED;
        long beyond = Long.MAX_VALUE >>> Geometry.PAGE_SHIFT;
        try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
            assertThat(space.mmap(end, PAGE, RW, shared, object, beyond)).isEqualTo(-Errno.ENOMEM);
            assertThat(space.mmap(BASE + 1, PAGE, RW, shared, object, beyond)).isEqualTo(-Errno.EINVAL);
            assertThat(space.mmap(BASE, PAGE, RW, MapFlags.FIXED, object, beyond)).isEqualTo(-Errno.EOVERFLOW);
            assertThat(space.mmap(BASE, PAGE, RW, shared, object, beyond)).isEqualTo(-Errno.EOVERFLOW);
            assertThat(space.mmap(BASE, PAGE, RW, shared, object, beyond - 1)).isEqualTo(BASE);
            assertThat(space.mmap(BASE, PAGE, RW, MapFlags.FIXED, object, 0)).isEqualTo(-Errno.EINVAL);
            assertThat(space.munmap(BASE, PAGE)).isZero();
        }
    }

    @Test
    void mmapOfReservedHugePagesAnswersAsTheSystemCall() {
        long bytes = Geometry.levelBytes(Geometry.PMD);
        long end = Geometry.USER_END;
        int huge = FIXED | MapFlags.HUGETLB;
        assertThat(space.mmap(bytes + PAGE, bytes, RW, huge)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(end + PAGE + PAGE, bytes, RW, huge)).as("misaligned first").isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(end + PAGE, bytes, RW, huge)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(end + PAGE, bytes, RW, huge & ~MapFlags.PRIVATE)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(bytes, bytes, RW, huge & ~MapFlags.PRIVATE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, 1L << 62, RW, PRIVATE | MapFlags.HUGETLB)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(0, -PAGE, RW, PRIVATE | MapFlags.HUGETLB)).as("wraps to 0").isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(1, PAGE, RW, huge | 13 << MapFlags.HUGE_SHIFT)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(0, 0, RW, huge)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void mmapOverAPartOfAReservedHugePageIsRefused() {
        long bytes = Geometry.levelBytes(Geometry.PMD);
        assertThat(space.mmap(bytes, bytes, RW, FIXED | MapFlags.HUGETLB)).isEqualTo(bytes);
        assertThat(space.mmap(bytes + PAGE, PAGE, RW, FIXED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(bytes - PAGE, 2 * PAGE, RW, FIXED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(bytes, PAGE, RW, FIXED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mappings()).isEqualTo(1);
        assertThat(space.mprotect(bytes + PAGE, PAGE, Prot.READ)).isEqualTo(-Errno.EINVAL);
        assertThat(space.munmap(bytes, PAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.munmap(bytes + PAGE, bytes)).isEqualTo(-Errno.EINVAL);
        assertThat(space.munmap(bytes, bytes)).isZero();
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
    void mprotectOverTheEndOfUserSpaceDoesThePartBefore() {
        long last = Geometry.USER_END - PAGE;
        assertThat(space.mmap(last, PAGE, RW, FIXED)).isEqualTo(last);
        int prot = Prot.READ;
        for (long bytes : new long[]{2 * PAGE, 1L << 62, Long.MIN_VALUE, -last - PAGE}) {
            assertThat(space.mprotect(last, bytes, prot)).isEqualTo(-Errno.ENOMEM);
            try (Cpu cpu = space.openCpu()) {
                if (prot == Prot.READ) {
                    assertThatThrownBy(() -> cpu.storeByte(last, (byte) 1)).isInstanceOf(SegmentationFault.class);
                } else {
                    cpu.storeByte(last, (byte) 1);
                }
            }
            prot = prot == Prot.READ ? RW : Prot.READ;
        }
        assertThat(space.mprotect(last, -last, Prot.NONE)).as("wraps to 0").isEqualTo(-Errno.ENOMEM);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeByte(last, (byte) 1);
        }
        assertThat(space.munmap(last, PAGE)).isZero();
    }

    @Test
    void mprotectAnswersTheFirstOfSeveralErrorsAsTheSystemCall() {
        long end = Geometry.USER_END;
        assertThat(space.mprotect(end, PAGE, RW)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mprotect(end, PAGE, 64)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mprotect(Long.MIN_VALUE, PAGE, RW)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mprotect(Long.MIN_VALUE, PAGE, 64)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mprotect(BASE, -PAGE, 64)).as("wraps").isEqualTo(-Errno.ENOMEM);
        assertThat(space.mprotect(BASE, -1, 64)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mprotect(-PAGE, PAGE, 64)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mprotect(-2 * PAGE, PAGE, 64)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mprotect(BASE, PAGE, 64)).as("a hole").isEqualTo(-Errno.EINVAL);
        assertThat(space.mprotect(BASE + 1, 0, 64)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mprotect(BASE, 0, 64)).isZero();
    }

    @Test
    void madviseBeyondUserSpaceAnswersAsTheSystemCall() {
        long last = Geometry.USER_END - PAGE;
        long kernel = Long.MIN_VALUE;
        assertThat(space.mmap(last, PAGE, RW, FIXED)).isEqualTo(last);
        for (int advice : new int[]{AddressSpace.MADV_DONTNEED, AddressSpace.MADV_HUGEPAGE,
                AddressSpace.MADV_NOHUGEPAGE}) {
            assertThat(space.madvise(last, 2 * PAGE, advice)).isEqualTo(-Errno.ENOMEM);
            assertThat(space.madvise(last, 1L << 62, advice)).isEqualTo(-Errno.ENOMEM);
            assertThat(space.madvise(last, -last - PAGE, advice)).isEqualTo(-Errno.ENOMEM);
            assertThat(space.madvise(last, -last, advice)).as("wraps").isEqualTo(-Errno.EINVAL);
            assertThat(space.madvise(last, -last + PAGE, advice)).isEqualTo(-Errno.EINVAL);
            assertThat(space.madvise(kernel, PAGE, advice)).isEqualTo(-Errno.ENOMEM);
            assertThat(space.madvise(-2 * PAGE, PAGE, advice)).isEqualTo(-Errno.ENOMEM);
            assertThat(space.madvise(-PAGE, PAGE, advice)).isEqualTo(-Errno.EINVAL);
            assertThat(space.madvise(kernel + 1, PAGE, advice)).isEqualTo(-Errno.EINVAL);
            assertThat(space.madvise(kernel, 0, advice)).isZero();
            assertThat(space.madvise(kernel, -1, advice)).isEqualTo(-Errno.EINVAL);
            assertThat(space.madvise(kernel, kernel, advice)).isEqualTo(-Errno.EINVAL);
        }
        assertThat(space.madvise(kernel, PAGE, 99)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(kernel, PAGE, AddressSpace.MADV_HWPOISON)).isEqualTo(-Errno.EFAULT);
        assertThat(space.munmap(last, PAGE)).isZero();
    }

    /** An address with bits that no table looks at is not the address without them. */
    @Test
    void noAddressStandsForAnother() {
        map(0, 1, RW, PRIVATE);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeByte(BASE, (byte) 7);
            assertThat(space.frameAt(BASE)).isPositive();
            for (int bit = 63; Long.compareUnsigned(1L << bit, Geometry.USER_END) > 0; bit--) {
                long alias = BASE | 1L << bit;
                assertThat(space.frameAt(alias)).as("bit %d", bit).isZero();
                assertThat(space.entryAt(alias)).isZero();
                assertThat(space.migrateToDevice(alias, memory.ramFrames())).isNegative();
                assertThat(space.munmap(alias, PAGE)).isEqualTo(-Errno.EINVAL);
                assertThat(space.mprotect(alias, PAGE, Prot.NONE)).isEqualTo(-Errno.ENOMEM);
                assertThat(space.madvise(alias, PAGE, AddressSpace.MADV_DONTNEED)).isEqualTo(-Errno.ENOMEM);
                assertThat(space.getUserPagesUnlocked(alias, 1, GupOptions.READ, memory.newPageBatch(1)))
                        .isEqualTo(-Errno.EFAULT);
                assertThatThrownBy(() -> cpu.loadByte(alias)).isInstanceOf(SegmentationFault.class);
            }
            assertThat(cpu.loadByte(BASE)).isEqualTo((byte) 7);
        }
    }

    @Test
    void theFallBackOfAWalkNamesNumbersThatAreNone() {
        for (int pages : new int[]{0, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> SlowGupCalls.fallBack(space.mm(), BASE, pages, FollFlags.FOLL_GET,
                    Bridge.held(memory.newPageBatch(1))))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("pages = " + pages);
        }
        assertThatThrownBy(() -> SlowGupCalls.fallBack(space.mm(), BASE + 1, 1, FollFlags.FOLL_GET,
                Bridge.held(memory.newPageBatch(1))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(Long.toHexString(BASE + 1));
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
        assertThat(space.munmap(from + PAGE, PAGE)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mprotect(from + PAGE, PAGE, RW)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX);
        assertThat(space.munmap(from + 9 * PAGE, PAGE)).as("the front of one makes none").isZero();
        assertThat(space.munmap(from + 11 * PAGE, PAGE)).as("nor does its end").isZero();
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX);
        assertThat(space.munmap(from, 3 * PAGE)).isZero();
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX - 1);
        assertThat(space.munmap(from + 4 * PAGE, PAGE)).as("one more is possible").isZero();
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX);
        assertThat(space.munmap(from + 7 * PAGE, PAGE)).as("and refused again").isEqualTo(-Errno.ENOMEM);
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX);
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
        assertThatThrownBy(() -> Bridge.lock(guard).check(Bridge.mm(other)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("space " + space.id()).hasMessageContaining("space " + other.id());
        Bridge.lock(guard).drop();
        assertThat(guard.wasDropped()).isTrue();
        assertThat(guard.isHeld()).isFalse();
        assertThatThrownBy(() -> Bridge.lock(guard).check(Bridge.mm(space))).isInstanceOf(IllegalStateException.class);
        Bridge.lock(guard).retake();
        Bridge.lock(guard).check(Bridge.mm(space));
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
