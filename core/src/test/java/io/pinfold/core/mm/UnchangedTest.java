package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.mm.space.VmaMap;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A call that asks for what is there already changes nothing: neither mappings nor leaves, and it needs no room. */
class UnchangedTest extends HugeTest {
    private static final long HALF = BYTES / 2;

    private void assertOneLeaf() {
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(space.mappings()).isEqualTo(1);
    }

    @Test
    void theSameProtectionOfHalfALeafLeavesTheLeaf() {
        long head = mapAndStore();
        assertThat(space.mprotect(HUGE + HALF, HALF, RW)).isZero();
        assertThat(space.mprotect(HUGE + PAGE, PAGE, RW)).isZero();
        assertOneLeaf();
        assertThat(space.frameAt(HUGE)).isEqualTo(head);
    }

    @Test
    void theSameAdviceForHalfALeafLeavesTheLeaf() {
        mapAndStore();
        assertThat(space.madvise(HUGE, BYTES, AddressSpace.MADV_HUGEPAGE)).isZero();
        assertThat(space.madvise(HUGE + PAGE, PAGE, AddressSpace.MADV_HUGEPAGE)).isZero();
        assertOneLeaf();
        assertThat(space.madvise(HUGE, BYTES, AddressSpace.MADV_NOHUGEPAGE)).isZero();
        assertThat(space.madvise(HUGE, HALF, AddressSpace.MADV_NOHUGEPAGE)).isZero();
        assertOneLeaf();
    }

    @Test
    void theSameInsideAReservedHugePageIsNoError() {
        int flags = PRIVATE | MapFlags.FIXED | MapFlags.HUGETLB;
        assertThat(space.mmap(HUGE, BYTES, RW, flags)).isEqualTo(HUGE);
        cpu.storeLong(HUGE, 1);
        assertThat(space.mprotect(HUGE + PAGE, PAGE, RW)).isZero();
        assertThat(space.mprotect(HUGE + PAGE, PAGE, Prot.READ)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mprotect(HUGE + PAGE, BYTES, RW)).as("a hole behind").isEqualTo(-Errno.ENOMEM);
        assertThat(space.madvise(HUGE + PAGE, PAGE, AddressSpace.MADV_HUGEPAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.madvise(HUGE, BYTES, AddressSpace.MADV_HUGEPAGE)).isZero();
        assertThat(space.madvise(HUGE + PAGE, PAGE, AddressSpace.MADV_HUGEPAGE)).isZero();
        assertOneLeaf();
    }

    /**
     * As in Linux: the first end is cut before the second one is looked at. Only the number of mappings shows it.
     */
    @Test
    void aRefusedChangeMayLeaveACutWhereItBegins() {
        int flags = PRIVATE | MapFlags.FIXED | MapFlags.HUGETLB;
        assertThat(space.mmap(HUGE, 4 * BYTES, RW, flags)).isEqualTo(HUGE);
        assertThat(space.mprotect(HUGE + BYTES, PAGE, Prot.READ)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mappings()).isEqualTo(2);
        assertThat(space.munmap(HUGE + 2 * BYTES, PAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mappings()).isEqualTo(3);
        assertThat(space.mmap(HUGE + 3 * BYTES, PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mappings()).isEqualTo(4);
        assertThat(space.mprotect(HUGE, 4 * BYTES, Prot.NONE)).isZero();
        assertThat(space.munmap(HUGE, 4 * BYTES)).isZero();
    }

    @Test
    @Tag("wide") // a small address space has no room for so many
    void atTheLimitOfMappingsNothingIsNeededForNothing() {
        mapAndStore();
        long from = HUGE + BYTES;
        for (int i = 1; i < VmaMap.MAX; i++) {
            int prot = (i & 1) == 0 ? Prot.READ : Prot.NONE;
            assertThat(space.mmap(from, 3 * PAGE, prot, PRIVATE | MapFlags.FIXED)).isEqualTo(from);
            from += 3 * PAGE;
        }
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX);
        assertThat(space.mprotect(HUGE + PAGE, PAGE, RW)).isZero();
        assertThat(space.mprotect(HUGE + PAGE, PAGE, Prot.READ)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.madvise(HUGE + PAGE, PAGE, AddressSpace.MADV_HUGEPAGE)).isEqualTo(-Errno.EAGAIN);
        assertThat(isLeaf(HUGE)).as("refused before anything was split").isTrue();

        long none = HUGE + BYTES;
        long readable = none + 3 * PAGE;
        assertThat(space.mprotect(readable, PAGE, Prot.NONE)).as("goes to the neighbour").isZero();
        assertThat(space.mprotect(readable + PAGE, PAGE, Prot.WRITE)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX);
        assertThat(space.munmap(none + 3 * PAGE, PAGE)).as("an end").isZero();
        assertThat(space.munmap(none + PAGE, PAGE)).as("a hole").isEqualTo(-Errno.ENOMEM);
        assertThat(space.munmap(none + 2 * PAGE, 3 * PAGE)).as("an end of one, a beginning of the next").isZero();
        assertThat(space.mappings()).isEqualTo(VmaMap.MAX);
        assertThat(space.mmap(from, PAGE, RW, PRIVATE | MapFlags.FIXED)).as("one more by mmap").isEqualTo(from);
        assertThat(space.mmap(from + PAGE, PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(1, 0, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(-Errno.EINVAL);
        assertThat(space.mmap(1, PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(-Errno.ENOMEM);
    }

    /** As split_vma() does: it counts the mappings before it asks the mapping whether it may be cut there. */
    @Test
    @Tag("wide") // as above
    void atTheLimitOfMappingsAPlaceWhereNothingCanBeCutIsNotLookedAt() {
        assertThat(space.mmap(HUGE, BYTES, RW, PRIVATE | MapFlags.FIXED | MapFlags.HUGETLB)).isEqualTo(HUGE);
        cpu.storeLong(HUGE, 1);
        long from = HUGE + BYTES;
        for (int i = 1; i < VmaMap.MAX; i++) {
            assertThat(space.mmap(from, PAGE, (i & 1) == 0 ? Prot.READ : Prot.NONE, PRIVATE | MapFlags.FIXED))
                    .isEqualTo(from);
            from += PAGE;
        }
        assertThat(space.mprotect(HUGE + PAGE, PAGE, Prot.READ)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.munmap(from - PAGE, PAGE)).isZero();
        assertThat(space.mprotect(HUGE + PAGE, PAGE, Prot.READ)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void aChangeThatIsOneSplitsAtItsNewBoundariesOnly() {
        map(2);
        cpu.storeLong(HUGE, 1);
        cpu.storeLong(HUGE + BYTES, 2);
        assertThat(space.mprotect(HUGE, BYTES, Prot.READ)).isZero();
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(space.mprotect(HUGE + BYTES, HALF, Prot.READ)).as("the boundary moves").isZero();
        assertThat(space.mappings()).isEqualTo(2);
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(isLeaf(HUGE + BYTES)).isFalse();
        assertThat(Entry.isWritable(space.entryAt(HUGE + BYTES))).isFalse();
        assertThat(Entry.isWritable(space.entryAt(HUGE + BYTES + HALF))).isEqualTo(Geometry.ENTRIES > 0);
        assertThat(space.mprotect(HUGE, BYTES + HALF, RW)).isZero();
        assertThat(space.mappings()).isEqualTo(1);
        assertThat(cpu.loadLong(HUGE + BYTES)).isEqualTo(2);
    }
}
