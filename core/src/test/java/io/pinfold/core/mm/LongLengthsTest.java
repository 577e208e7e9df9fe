package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ranges whose length no int holds: a call treats its first page, its last one and those at every power of two between,
 * and none before or behind. A mapping of twice the length has pages at those places only.
 */
@Tag("wide")
class LongLengthsTest extends MmTest {
    private static final long START = 1L << 40;
    private static final long GIB = 1L << 30;

    private Cpu cpu;

    @BeforeEach
    void openCpu() {
        cpu = space.openCpu();
    }

    @AfterEach
    void closeCpu() {
        cpu.close();
    }

    /** Maps twice the length around a range, and stores to its places. */
    private void mapAround(long bytes) {
        long from = START - GIB;
        assertThat(space.mmap(from, 2 * bytes, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(from);
        forPlaces(bytes, offset -> {
            cpu.storeLong(START + offset, offset);
            return true;
        });
    }

    private static void forPlaces(long bytes, LongPredicate of) {
        for (long offset : new long[]{-PAGE, 0, bytes - PAGE, bytes}) {
            assertThat(of.test(offset)).as("offset 0x%x", offset).isTrue();
        }
        for (long offset = PAGE; offset < bytes - PAGE; offset *= 2) {
            assertThat(of.test(offset)).as("offset 0x%x", offset).isTrue();
        }
    }

    private static boolean isIn(long offset, long bytes) {
        return offset >= 0 && offset < bytes;
    }

    @ParameterizedTest
    @ValueSource(longs = {2 * GIB - 4096, 2 * GIB, 2 * GIB + 4096, 4 * GIB, 4 * GIB + 4096, 9 * GIB})
    void munmap(long bytes) {
        mapAround(bytes);
        assertThat(space.munmap(START, bytes)).isZero();
        forPlaces(bytes, offset -> isIn(offset, bytes) == (space.frameAt(START + offset) == 0));
        assertThat(space.mappings()).isEqualTo(2);
        assertThatThrownBy(() -> cpu.loadLong(START + bytes - 8)).isInstanceOf(SegmentationFault.class);
        assertThat(cpu.loadLong(START + bytes)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(longs = {2 * GIB - 4096, 2 * GIB, 2 * GIB + 4096, 4 * GIB, 4 * GIB + 4096, 9 * GIB})
    void mprotect(long bytes) {
        mapAround(bytes);
        assertThat(space.mprotect(START, bytes, Prot.READ)).isZero();
        forPlaces(bytes, offset -> {
            long entry = space.entryAt(START + offset);
            boolean isWritable = Entry.isWritable(entry);
            return isIn(offset, bytes) != isWritable && cpu.loadLong(START + offset) == offset;
        });
        assertThat(space.mappings()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(longs = {2 * GIB - 4096, 2 * GIB, 2 * GIB + 4096, 4 * GIB, 4 * GIB + 4096, 9 * GIB})
    void madvise(long bytes) {
        mapAround(bytes);
        assertThat(space.madvise(START, bytes, AddressSpace.MADV_DONTNEED)).isZero();
        forPlaces(bytes, offset -> cpu.loadLong(START + offset) == (isIn(offset, bytes) ? 0 : offset));
        assertThat(space.mappings()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {2 * GIB - 4096, 2 * GIB, 2 * GIB + 4096, 4 * GIB, 4 * GIB + 4096, 9 * GIB})
    void mmapOverIt(long bytes) {
        mapAround(bytes);
        assertThat(space.mmap(START, bytes, Prot.READ, SHARED | MapFlags.FIXED)).isEqualTo(START);
        forPlaces(bytes, offset -> cpu.loadLong(START + offset) == (isIn(offset, bytes) ? 0 : offset));
        assertThat(space.mappings()).isEqualTo(3);
        assertThat(space.mmap(0, Geometry.USER_END, RW, PRIVATE)).isEqualTo(-Errno.ENOMEM);
    }

    /** Pages of an object beyond 2^31 bytes: each is a page of its own. */
    @ParameterizedTest
    @ValueSource(longs = {2 * GIB, 4 * GIB, 9 * GIB})
    void objects(long bytes) {
        try (SharedMemory object = SharedMemory.create(memory, bytes + PAGE)) {
            assertThat(space.mmap(START, bytes + PAGE, RW, MapFlags.SHARED | MapFlags.FIXED, object, 0))
                    .isEqualTo(START);
            long part = space.mmap(0, PAGE, RW, MapFlags.SHARED, object, bytes / PAGE);
            for (long offset = PAGE; offset <= bytes; offset *= 2) {
                cpu.storeLong(START + offset, offset);
            }
            cpu.storeLong(START + bytes, bytes);
            assertThat(cpu.loadLong(part)).as("the last page").isEqualTo(bytes);
            for (long offset = PAGE; offset <= bytes; offset *= 2) {
                assertThat(cpu.loadLong(START + offset)).isEqualTo(offset);
            }
            assertThat(cpu.loadLong(START)).isZero();
            assertThat(space.munmap(START, bytes + PAGE)).isZero();
            assertThat(space.munmap(part, PAGE)).isZero();
        }
    }

    /** Pages of one object that lie powers of two apart are pages of their own. */
    @Test
    void pagesOfALongObjectShareNoPlace() {
        long bytes = Math.min(1L << 52, Geometry.USER_END / 4);
        try (SharedMemory object = SharedMemory.create(memory, bytes)) {
            for (long page = 1; page < bytes / PAGE; page *= 2) {
                assertThat(space.mmap(START, PAGE, RW, MapFlags.SHARED | MapFlags.FIXED, object, page))
                        .isEqualTo(START);
                assertThat(cpu.loadLong(START)).as("page 0x%x", page).isZero();
                cpu.storeLong(START, page);
                assertThat(object.frameOf(page)).isEqualTo(space.frameAt(START));
                assertThat(object.frameOf(page + 1)).isZero();
            }
        }
        assertThat(space.munmap(START, PAGE)).isZero();
    }

    /** Of huge zero pages, so that so many pages need no more than their tables. */
    @Test
    void aCallThatStopsBehind2GibSaysWhere() {
        int mapped = (int) (2 * GIB / PAGE);
        try (PhysicalMemory wide = PhysicalMemory.open(MemoryOptions.ofRam(64L << 20));
                AddressSpace zeros = AddressSpace.create(wide);
                ExtentBatch<Hold.Get> batch = wide.newExtentBatch(mapped / Geometry.ENTRIES)) {
            zeros.setThpPolicy(ThpPolicy.ALWAYS);
            assertThat(zeros.mmap(START, 2 * GIB, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(START);
            assertThat(Gup.getUserPagesUnlocked(zeros, START, mapped + 1, 0, batch)).isEqualTo(mapped);
            assertStopped(batch, mapped);
            try (MmapGuard guard = zeros.readLock()) {
                assertThat(Gup.getUserPages(zeros, guard, START, mapped + 1, 0, batch)).isEqualTo(mapped);
            }
            assertStopped(batch, mapped);
        }
    }

    private static void assertStopped(ExtentBatch<Hold.Get> batch, int pages) {
        assertThat(batch.stopReason()).isEqualTo(Errno.EFAULT);
        assertThat(batch.stopAddress()).isEqualTo(START + 2 * GIB);
        assertThat(batch.memory().putPages(batch)).isEqualTo(pages);
    }
}
