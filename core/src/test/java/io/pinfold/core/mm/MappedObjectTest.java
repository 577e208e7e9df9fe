package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Geometry;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The life that all kinds of mapped objects have: handle, holds and mappings keep it, and the memory open. */
class MappedObjectTest extends MmTest {
    /** Every implementation. */
    enum Kind {
        SHARED, HUGETLB, DEVICE;

        MappedObject create(PhysicalMemory memory) {
            return switch (this) {
                case SHARED -> SharedMemory.create(memory, 2 * bytes());
                case HUGETLB -> HugetlbMemory.create(memory, 2 * bytes(), Geometry.PMD);
                case DEVICE -> DeviceObject.create(memory, DevPagemapType.GENERIC, 2, Geometry.PTE, page -> -1);
            };
        }

        int flags() {
            return MapFlags.SHARED | (this == HUGETLB ? MapFlags.HUGETLB : 0);
        }

        /** Of one of its pages. */
        long bytes() {
            return this == HUGETLB ? Geometry.levelBytes(Geometry.PMD) : PAGE;
        }
    }

    private long map(Kind kind, MappedObject object, int pages) {
        long address = space.mmap(0, pages * kind.bytes(), RW, kind.flags(), object, 0);
        assertThat(address).isPositive();
        return address;
    }

    @ParameterizedTest
    @EnumSource
    void withoutMappingsItGoesWhenItIsClosed(Kind kind) {
        MappedObject object = kind.create(memory);
        assertThat(object.isGone()).isFalse();
        object.close();
        assertThat(object.isGone()).isTrue();
        object.close();
        assertThatThrownBy(object.peer()::hold).isInstanceOf(IllegalStateException.class)
                .hasMessage(object + " is closed");
        assertThatThrownBy(() -> space.mmap(0, kind.bytes(), RW, kind.flags(), object, 0))
                .isInstanceOf(IllegalStateException.class).hasMessage(object + " is closed");
        assertNothingIsLeft();
    }

    /** A mapping keeps the object, and does not open it again. */
    @ParameterizedTest
    @EnumSource
    void aClosedObjectTakesNoFurtherMappingThoughOneKeepsIt(Kind kind) {
        MappedObject object = kind.create(memory);
        long address = map(kind, object, 1);
        object.close();
        object.close();
        assertThat(object.isGone()).isFalse();
        assertThatThrownBy(() -> space.mmap(0, kind.bytes(), RW, kind.flags(), object, 0))
                .isInstanceOf(IllegalStateException.class).hasMessage(object + " is closed");
        assertThatThrownBy(object.peer()::hold).hasMessage(object + " is closed");
        assertThat(object.mappings()).isOne();
        assertThat(space.munmap(address, kind.bytes())).isZero();
        assertThat(object.isGone()).isTrue();
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @EnumSource
    void itLivesUntilHandleHoldsAndAllMappingsAreGone(Kind kind) {
        MappedObject object = kind.create(memory);
        long one = map(kind, object, 2);
        long two = map(kind, object, 1);
        assertThat(object.mappings()).isEqualTo(2);
        object.peer().hold();
        object.close();
        assertThat(space.munmap(one, kind.bytes())).isZero(); // a part: the rest is a mapping yet
        assertThat(object.mappings()).isEqualTo(2);
        assertThat(space.munmap(one + kind.bytes(), kind.bytes())).isZero();
        assertThat(object.mappings()).isOne();
        object.peer().unhold();
        assertThat(object.isGone()).isFalse();
        assertThatThrownBy(memory::close).hasMessageContaining(object.toString().split(" of ", -1)[0]);
        assertThat(space.munmap(two, kind.bytes())).isZero();
        assertThat(object.isGone()).isTrue();
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @EnumSource
    void aHoldAloneKeepsIt(Kind kind) {
        MappedObject object = kind.create(memory);
        object.peer().hold();
        object.close();
        assertThat(object.isGone()).isFalse();
        object.peer().unhold();
        assertThat(object.isGone()).isTrue();
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() {
        assertThat(memory.vmStat().allocatedFrames()).isZero();
    }
}
