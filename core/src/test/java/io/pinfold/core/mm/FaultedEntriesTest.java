package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a fault for a pin leaves in the entry, for every kind of memory: accessed, and dirty if the pin writes. The
 * device that writes then passes no entry, so no entry becomes dirty by its accesses.
 */
class FaultedEntriesTest extends DeviceTest {
    private static final long PLACE = 4 * Geometry.levelBytes(Geometry.PMD);

    /** Every kind that the slow path pins. */
    enum Kind {
        PRIVATE_SMALL, SHARED_SMALL, PRIVATE_OF_OBJECT, PRIVATE_HUGETLB, SHARED_HUGETLB, COHERENT, FS_DAX
    }

    @Override
    MemoryOptions options() {
        return MemoryOptions.ofRam(64L << 20).withMovableBytes(16L << 20).withDeviceBytes(8L << 20);
    }

    private void mapAs(Kind kind) {
        long at = switch (kind) {
            case PRIVATE_SMALL -> space.mmap(PLACE, PAGE, RW, PRIVATE | MapFlags.FIXED);
            case SHARED_SMALL -> space.mmap(PLACE, PAGE, RW, SHARED | MapFlags.FIXED);
            case PRIVATE_OF_OBJECT -> {
                try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
                    yield space.mmap(PLACE, PAGE, RW, MapFlags.PRIVATE | MapFlags.FIXED, object, 0);
                }
            }
            case PRIVATE_HUGETLB -> space.mmap(PLACE, PAGE, RW, PRIVATE | MapFlags.HUGETLB | MapFlags.FIXED);
            case SHARED_HUGETLB -> space.mmap(PLACE, PAGE, RW, SHARED | MapFlags.HUGETLB | MapFlags.FIXED);
            case COHERENT -> map(space, object(pagemap(DevPagemapType.COHERENT), Geometry.PTE), PLACE, 1, 0);
            case FS_DAX -> map(space, object(pagemap(DevPagemapType.FS_DAX), Geometry.PTE), PLACE, 1, 0);
        };
        assertThat(at).isEqualTo(PLACE);
    }

    @ParameterizedTest
    @EnumSource
    void aWritingPinLeavesADirtyEntry(Kind kind) {
        mapAs(kind);
        assertThat(pinAndUnpin(PLACE, 1, FollFlags.FOLL_WRITE)).isOne();
        assertThat(Entry.isAccessed(space.entryAt(PLACE))).isTrue();
        assertThat(Entry.isDirty(space.entryAt(PLACE))).isTrue();
    }

    /** A private page that the pin has to itself is copied for it, and so may be dirty. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"PRIVATE_SMALL", "PRIVATE_OF_OBJECT"})
    void aReadingPinLeavesACleanEntry(Kind kind) {
        mapAs(kind);
        assertThat(pinAndUnpin(PLACE, 1, 0)).isOne();
        assertThat(Entry.isAccessed(space.entryAt(PLACE))).isTrue();
        assertThat(Entry.isDirty(space.entryAt(PLACE))).isFalse();
    }
}
