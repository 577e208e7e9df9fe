package io.pinfold.core.mm.hugetlb;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.frame.Use;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaObject;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import org.jspecify.annotations.Nullable;

/**
 * The reserved huge pages of an object (resv_map, hugetlbfs inode). All of them are taken when the object is made. A
 * shared page stays in the object; one of a private mapping leaves it when it is first touched.
 */
public final class HugetlbReserve extends VmaObject {
    private final int level;
    /** Whether the pages are for one private mapping, and leave the object when they are first touched. */
    private final boolean isPrivate;
    /**
     * Heads of the reserved pages, each with one reference; 0 = left the object. Guarded by the mutex, which faults
     * hold throughout.
     */
    private final long[] heads;
    /** Whether the page is in the object, with data; else only reserved. Guarded by the mutex. */
    private final boolean[] isFilled;

    private HugetlbReserve(MemoryCore memory, int level, boolean isPrivate, long[] heads, boolean[] isFilled) {
        super(memory, memory.nextId(), "hugetlb memory");
        this.level = level;
        this.isPrivate = isPrivate;
        this.heads = heads;
        this.isFilled = isFilled;
    }

    /** An object with all its pages; null if they cannot all be had. */
    public static @Nullable HugetlbReserve reserve(MemoryCore memory, long bytes, int level, boolean isPrivate) {
        long unit = Geometry.levelBytes(level);
        long count = (bytes - 1) / unit + 1;
        if (count > memory.ramFrames() >>> Geometry.leafOrder(level)) {
            return null;
        }
        try (Use _ = memory.use("reservation of huge pages")) {
            long[] heads = new long[(int) count];
            boolean[] isFilled = new boolean[heads.length];
            @Nullable HugetlbReserve made = null;
            try {
                made = fill(memory, heads, level) ? new HugetlbReserve(memory, level, isPrivate, heads, isFilled)
                        : null;
            } finally {
                if (made == null) {
                    drop(memory, heads, 0, heads.length);
                }
            }
            return made;
        }
    }

    private static boolean fill(MemoryCore memory, long[] heads, int level) {
        for (int i = 0; i < heads.length; i++) {
            long head = HugetlbPages.allocate(memory, level, Blocks.MOVABLE_FIRST);
            if (head < 0) {
                return false;
            }
            heads[i] = head;
        }
        return true;
    }

    private static void drop(MemoryCore memory, long[] heads, int from, int to) {
        FreeBatch freed = new FreeBatch(memory);
        for (int i = from; i < to; i++) {
            if (heads[i] != 0) {
                UserPages.put(memory, heads[i], freed);
                heads[i] = 0;
            }
        }
        freed.drain();
    }

    /** Huge pages that it was made with. */
    public long count() {
        return heads.length;
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
    public int pageLevel() {
        return level;
    }

    @Override
    public VmaOperations operations() {
        return HugetlbVma.INSTANCE;
    }

    @Override
    public boolean mayBePrivate() {
        return true;
    }

    /**
     * The page that all mappings share, with one reference more for the caller's; the mutex is held.
     *
     * @return its head; 0 if it was never touched and {@code isWanted} is false; -EFAULT beyond the end;
     *         -EHWPOISON if any of its pages is broken
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

    /**
     * The page reserved for the one private mapping, which leaves the object with its reference; 0 if it has left
     * before.
     */
    long takeReserved(long index) {
        if (!isPrivate || heads[(int) index] == 0) {
            return 0;
        }
        long head = heads[(int) index];
        heads[(int) index] = 0;
        return head;
    }

    /** Reserves a page again that could not be mapped. */
    void giveBack(long index, long head) {
        heads[(int) index] = head;
    }

    @Override
    public boolean isHoleAt(Vma vma, long address) {
        long index = indexOf(vma, address);
        mutex().lock();
        try {
            return index < 0 || index >= heads.length || !isFilled[(int) index];
        } finally {
            mutex().unlock();
        }
    }

    /** Frees what was reserved for the part of a private mapping that {@code vma} was. */
    @Override
    protected void unlinked(Vma vma) {
        for (long i = indexOf(vma, vma.start()); isPrivate && i < indexOf(vma, vma.end()); i++) {
            if (!isMapped(i)) {
                drop(memory(), heads, (int) i, (int) i + 1);
            }
        }
    }

    @Override
    protected void release() {
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
