package io.pinfold.core.mm;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.hugetlb.HugetlbPages;
import io.pinfold.core.mm.hugetlb.HugetlbReserve;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.StackRoom;

/**
 * Memory in huge pages that are reserved when it is made (a hugetlbfs file). {@code mmap} with HUGETLB and ANONYMOUS
 * makes an unnamed one that lives as long as its mappings; {@link #create} makes one that several mappings share, alive
 * until {@link #close()} and the last mapping are both past. A huge page is mapped by one leaf, is never split, and is
 * zero until the first store.
 *
 * <p><b>The reservation is the frames themselves</b>: all of them are taken at once, or none, so a fault cannot fail
 * for want of one. A private mapping takes its pages out of the reservation of its own {@code mmap}; what it gives back
 * by MADV_DONTNEED, and copies of pages that others hold, come from what is free then, and may answer -ENOMEM. So may
 * private mappings of an object made by {@link #create}, which are not reserved.
 *
 * <p>Threads may share it. While it is alive it keeps its memory from closing.
 */
public final class HugetlbMemory extends MappedObject {
    private final HugetlbReserve peer;

    private HugetlbMemory(PhysicalMemory memory, HugetlbReserve peer) {
        super(memory);
        this.peer = peer;
    }

    /**
     * An object of {@code bytes}, rounded up to huge pages, all of them reserved.
     *
     * @param memory where the frames come from
     * @param bytes length in bytes, 1 or more
     * @param level of the leaves that map it: 1 (a PMD leaf, 2 MiB) or 2 (a PUD leaf, 1 GiB)
     * @return the object, open until {@link #close}
     * @throws IllegalArgumentException if {@code bytes} is not positive or there are no pages of that level
     * @throws OutOfFramesException     if not all of them can be had
     * @throws MemoryClosedException    if the memory is closed
     */
    public static HugetlbMemory create(PhysicalMemory memory, long bytes, int level) {
        StackRoom.forWalk();
        if (bytes <= 0 || level < Geometry.PMD || level > Geometry.HIGHEST_LEAF || !HugetlbPages.isPossible(level)) {
            throw new IllegalArgumentException("no huge pages at level " + level + ", or bytes = " + bytes + " < 1");
        }
        HugetlbReserve made = HugetlbReserve.reserve(Bridge.core(memory), bytes, level, false);
        if (made == null) {
            throw new OutOfFramesException("no " + bytes + " bytes in free blocks of " + Geometry.levelBytes(level));
        }
        return new HugetlbMemory(memory, made);
    }

    @Override
    HugetlbReserve peer() {
        return peer;
    }

    /** {@return level of the leaves that map it, as given to {@link #create}} */
    public int level() {
        return peer.pageLevel();
    }

    /** {@return length in bytes, a multiple of the size of its huge pages} */
    public long bytes() {
        return peer.count() * Geometry.levelBytes(level());
    }

    /**
     * {@return first frame number of a huge page if the object holds it, touched or not; else 0}
     *
     * @param index number of the huge page in the object, from 0
     */
    public long frameOf(int index) {
        return peer.frameOf(index);
    }
}
