package io.pinfold.core.mm;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.Blocks;
import io.pinfold.core.memory.FreeBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.Use;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.StackRoom;
import org.jspecify.annotations.Nullable;

/**
 * Memory in huge pages that are reserved when it is made (a hugetlbfs file). {@code mmap} with HUGETLB and ANONYMOUS makes an
 * unnamed one that lives as long as its mappings; {@link #create} makes one that several mappings share, alive until
 * {@link #close()} and the last mapping are both past. A huge page is mapped by one leaf, is never split, and is zero until the
 * first store.
 *
 * <p><b>The reservation is the frames themselves</b>: all of them are taken at once, or none, so a fault cannot fail for want
 * of one. A private mapping takes its pages out of the reservation of its own {@code mmap}; what it gives back by
 * MADV_DONTNEED, and copies of pages that others hold, come from what is free then, and may answer -ENOMEM. So may private
 * mappings of an object made by {@link #create}, which are not reserved.
 *
 * <p>Threads may share it. While it is alive it keeps its memory from closing.
 */
public final class HugetlbMemory extends MappedObject {
    private final int level;
    /** Whether the pages are for one private mapping, and leave the object when they are first touched. */
    private final boolean isPrivate;
    /** Heads of the reserved pages, each with one reference; 0 = left the object. Guarded by the mutex, which faults hold throughout. */
    private final long[] heads;
    /** Whether the page is in the object, with data; else only reserved. Guarded by the mutex. */
    private final boolean[] isFilled;

    private HugetlbMemory(PhysicalMemory memory, int level, boolean isPrivate, long[] heads, boolean[] isFilled) {
        super(memory, memory.nextId(), "hugetlb memory");
        this.level = level;
        this.isPrivate = isPrivate;
        this.heads = heads;
        this.isFilled = isFilled;
    }

    /**
     * An object of {@code bytes}, rounded up to huge pages, all of them reserved.
     *
     * @param level of the leaves that map it: {@link Geometry#PMD} for 2 MiB, {@link Geometry#PUD} for 1 GiB
     * @throws IllegalArgumentException if {@code bytes} is not positive or there are no pages of that level
     * @throws OutOfFramesException     if not all of them can be had
     * @throws IllegalStateException    if the memory is closed
     */
    public static HugetlbMemory create(PhysicalMemory memory, long bytes, int level) {
        StackRoom.forWalk();
        if (bytes <= 0 || level < Geometry.PMD || level > Geometry.HIGHEST_LEAF || !HugetlbPages.isPossible(level)) {
            throw new IllegalArgumentException("no huge pages at level " + level + ", or bytes = " + bytes + " < 1");
        }
        HugetlbMemory made = reserve(memory, bytes, level, false);
        if (made == null) {
            throw new OutOfFramesException("no " + bytes + " bytes in free blocks of " + Geometry.levelBytes(level));
        }
        return made;
    }

    /** All pages or, as null, none of them. */
    static @Nullable HugetlbMemory reserve(PhysicalMemory memory, long bytes, int level, boolean isPrivate) {
        long unit = Geometry.levelBytes(level);
        long count = (bytes - 1) / unit + 1;
        if (count > memory.ramFrames() >>> Geometry.leafOrder(level)) {
            return null;
        }
        try (Use _ = memory.use("reservation of huge pages")) {
            long[] heads = new long[(int) count];
            boolean[] isFilled = new boolean[heads.length];
            @Nullable HugetlbMemory made = null;
            try {
                made = fill(memory, heads, level) ? new HugetlbMemory(memory, level, isPrivate, heads, isFilled) : null;
            } finally {
                if (made == null) {
                    drop(memory, heads, 0, heads.length);
                }
            }
            return made;
        }
    }

    private static boolean fill(PhysicalMemory memory, long[] heads, int level) {
        for (int i = 0; i < heads.length; i++) {
            long head = HugetlbPages.allocate(memory, level, Blocks.MOVABLE_FIRST);
            if (head < 0) {
                return false;
            }
            heads[i] = head;
        }
        return true;
    }

    private static void drop(PhysicalMemory memory, long[] heads, int from, int to) {
        FreeBatch freed = new FreeBatch(memory);
        for (int i = from; i < to; i++) {
            if (heads[i] != 0) {
                UserPages.put(memory, heads[i], freed);
                heads[i] = 0;
            }
        }
        freed.drain();
    }

    /** Level of the leaves that map it. */
    public int level() {
        return level;
    }

    public long bytes() {
        return heads.length * Geometry.levelBytes(level);
    }

    /** First frame of huge page {@code index} if the object holds it, touched or not; else 0. */
    public long frameOf(int index) {
        mutex().lock();
        try {
            return index >= 0 && index < heads.length ? heads[index] : 0;
        } finally {
            mutex().unlock();
        }
    }

    @Override
    int pageLevel() {
        return level;
    }

    @Override
    VmaOperations operations() {
        return HugetlbVma.INSTANCE;
    }

    @Override
    boolean mayBePrivate() {
        return true;
    }

    /**
     * The page that all mappings share, with one reference more for the caller's; the mutex is held.
     *
     * @return its head; 0 if nobody has touched it and {@code isWanted} is false; -EFAULT beyond the end; -EHWPOISON if any of its
     *         pages is broken
     */
    long getPage(long index, boolean isWanted) {
        if (index < 0 || index >= heads.length) {
            return -Errno.EFAULT;
        }
        int i = (int) index;
        if (!isFilled[i]) {
            if (!isWanted) {
                return 0;
            }
            long mapping = MappingWord.of(id(), MappingWord.SHMEM | MappingWord.HUGETLB);
            HugetlbPages.prepare(memory(), heads[i], level, mapping, index, PageFlags.UPTODATE);
            isFilled[i] = true;
        }
        if (PageFlags.test(memory().recordAddress(heads[i]), PageFlags.HAS_HWPOISONED)) {
            return -Errno.EHWPOISON;
        }
        PageRefs.getPage(memory().recordAddress(heads[i]));
        return heads[i];
    }

    /** The page reserved for the one private mapping, which leaves the object with its reference; 0 if it has left before. */
    long takeReserved(long index) {
        if (!isPrivate || heads[(int) index] == 0) {
            return 0;
        }
        long head = heads[(int) index];
        heads[(int) index] = 0;
        return head;
    }

    /** The page could not be mapped after all: it is reserved again. */
    void giveBack(long index, long head) {
        heads[(int) index] = head;
    }

    /** Whether there is data at {@code index} that a core dump would want. */
    boolean isFilled(long index) {
        mutex().lock();
        try {
            return index >= 0 && index < heads.length && isFilled[(int) index];
        } finally {
            mutex().unlock();
        }
    }

    /** What was reserved for the part of a private mapping that {@code vma} was is free again. */
    @Override
    void unlinked(Vma vma) {
        for (long i = indexOf(vma, vma.start()); isPrivate && i < indexOf(vma, vma.end()); i++) {
            if (!isMapped(i)) {
                drop(memory(), heads, (int) i, (int) i + 1);
            }
        }
    }

    @Override
    void release() {
        drop(memory(), heads, 0, heads.length);
    }

    private boolean isMapped(long index) {
        return vmas().stream()
                .anyMatch(vma -> index >= indexOf(vma, vma.start()) && index < indexOf(vma, vma.end()));
    }

    /** Number of the huge page that {@code vma} maps at {@code address}. */
    long indexOf(Vma vma, long address) {
        return vma.pageIndex(address) >>> Geometry.leafOrder(level);
    }
}
