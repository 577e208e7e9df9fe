package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.mm.hugetlb.HugetlbPages;
import io.pinfold.core.pgtable.Geometry;
import org.junit.jupiter.api.Test;

/** What objects, guards and spaces answer about themselves, and the sizes that objects can have. */
class WhatHandlesSayTest extends MmTest {
    @Test
    void sharedMemoryIsAsLongAsTheSpaceAtMost() {
        for (long bytes : new long[]{1, PAGE, PAGE + 1, Geometry.USER_END - 1, Geometry.USER_END}) {
            try (SharedMemory object = SharedMemory.create(memory, bytes)) {
                assertThat(object.bytes()).isEqualTo((bytes + PAGE - 1) / PAGE * PAGE);
            }
        }
        for (long bytes : new long[]{Geometry.USER_END + 1, Long.MAX_VALUE, 0, -1}) {
            assertThatThrownBy(() -> SharedMemory.create(memory, bytes)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("bytes must be from 1 to " + Geometry.USER_END + ", not " + bytes);
        }
    }

    @Test
    void hugetlbMemoryKnowsItsSizeAndLevel() {
        long unit = Geometry.levelBytes(Geometry.PMD);
        for (long bytes : new long[]{1, unit, unit + 1}) {
            try (HugetlbMemory object = HugetlbMemory.create(memory, bytes, Geometry.PMD)) {
                assertThat(object.level()).isEqualTo(Geometry.PMD);
                assertThat(object.bytes()).isEqualTo((bytes + unit - 1) / unit * unit);
            }
        }
    }

    /** The highest level is one; there is only no room for it here. */
    @Test
    void hugetlbMemoryOfTheHighestLevelIsAQuestionOfRoom() {
        int highest = Geometry.HIGHEST_LEAF;
        assumeTrue(HugetlbPages.isPossible(highest));
        long bytes = memory.ramFrames() * PAGE + Geometry.levelBytes(highest);
        assertThatThrownBy(() -> HugetlbMemory.create(memory, bytes, highest)).isInstanceOf(OutOfFramesException.class)
                .hasMessage("no " + bytes + " bytes in free blocks of " + Geometry.levelBytes(highest));
        assertThatThrownBy(() -> HugetlbMemory.create(memory, bytes, highest + 1))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("at level " + (highest + 1));
    }

    @Test
    void aDeviceObjectIsAsLongAsTheSpaceAtMost() {
        long most = Geometry.USER_END / PAGE;
        for (long pages : new long[]{1, most}) {
            try (DeviceObject object = device(pages)) {
                assertThat(object.pages()).isEqualTo(pages);
            }
        }
        for (long pages : new long[]{0, -1, most + 1}) {
            assertThatThrownBy(() -> device(pages)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("pages = " + pages);
        }
    }

    private DeviceObject device(long pages) {
        return DeviceObject.create(memory, DevPagemapType.GENERIC, pages, Geometry.PTE, page -> page);
    }

    /** A driver that says nothing else has single pages. */
    @Test
    void framesOfADeviceFollowNoOther() {
        DeviceFrames frames = page -> page;
        assertThat(frames.runOf(0)).isOne();
        assertThat(frames.runOf(5)).isOne();
    }

    @Test
    void aGuardIsHeldUntilItIsClosed() {
        MmapGuard guard = space.readLock();
        try {
            assertThat(guard.space()).isSameAs(space);
            assertThat(guard.isHeld()).isTrue();
            assertThat(guard.wasDropped()).isFalse();
        } finally {
            guard.close();
        }
        assertThat(guard.isHeld()).isFalse();
        assertThat(guard.wasDropped()).as("closed, not dropped").isFalse();
    }

    @Test
    void aSpaceNamesItself() {
        assertThat(space).hasToString(space.mm().toString());
        assertThat(space.toString()).startsWith("address space " + space.id() + " ");
    }
}
