package io.pinfold.core.mm;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.Blocks;
import io.pinfold.core.memory.FreeBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.StackRoom;

/**
 * Anonymous memory that several mappings share, in one address space or in several of one memory: an index from page to
 * frame, with one reference a page, and the list of the mappings (shmem). {@code mmap} with SHARED and ANONYMOUS makes an
 * unnamed one that lives as long as its mappings; {@link #create(PhysicalMemory, long)} makes one that lives until {@link #close()} and the last
 * mapping are both past. Pages are zero until the first store.
 *
 * <p>Threads may share it. While it is alive it keeps its memory from closing.
 */
public final class SharedMemory extends MappedObject {
    private final long pages;
    private final int folioOrder;
    private final FrameIndex index; // guarded by the mutex

    private SharedMemory(PhysicalMemory memory, long id, long pages, int folioOrder, FrameIndex index) {
        super(memory, id, "shared memory");
        this.pages = pages;
        this.folioOrder = folioOrder;
        this.index = index;
    }

    /**
     * A new object of {@code bytes}, rounded up to pages; no frame is taken yet.
     *
     * @throws IllegalArgumentException if {@code bytes} is not positive or too large for an address space
     * @throws IllegalStateException    if the memory is closed
     */
    public static SharedMemory create(PhysicalMemory memory, long bytes) {
        return create(memory, bytes, 0);
    }

    /**
     * The same with large folios: a page that is touched first comes in an aligned folio of up to {@code 1 << folioOrder}
     * pages, as far as the object reaches, none of them is there yet and frames can be had. Only the page that is touched
     * is mapped.
     *
     * @param folioOrder 0 to {@link Blocks#MAX_ORDER}
     * @throws IllegalArgumentException also if {@code folioOrder} is out of range
     */
    public static SharedMemory create(PhysicalMemory memory, long bytes, int folioOrder) {
        StackRoom.forWalk();
        if (folioOrder < 0 || folioOrder > Blocks.MAX_ORDER) {
            throw new IllegalArgumentException("folioOrder = " + folioOrder + " is not in 0.." + Blocks.MAX_ORDER);
        }
        if (bytes <= 0 || bytes > Geometry.USER_END) {
            throw new IllegalArgumentException(
                    "bytes must be from 1 to " + Geometry.USER_END + ", not " + bytes);
        }
        long pages = Geometry.pageCeil(bytes) >>> Geometry.PAGE_SHIFT;
        long id = memory.nextId();
        return new SharedMemory(memory, id, pages, folioOrder, new FrameIndex(memory, id, pages));
    }

    @Override
    VmaOperations operations() {
        return SharedVma.INSTANCE;
    }

    @Override
    boolean mayBePrivate() {
        return true;
    }

    public long bytes() {
        return pages << Geometry.PAGE_SHIFT;
    }

    /** Frame of page {@code pageIndex} now; 0 when it has none (never touched, out of range, released). */
    public long frameOf(long pageIndex) {
        mutex().lock();
        try {
            return isReleased() ? 0 : index.get(pageIndex);
        } finally {
            mutex().unlock();
        }
    }

    /**
     * The page at {@code pageIndex}, made if there is none, with one reference more for the caller's mapping. The caller
     * holds mmap_lock of a space that maps the object, so the object is alive.
     *
     * @return its frame; -EFAULT beyond the end, -EHWPOISON, -ENOMEM and nothing was changed
     */
    long getPage(long pageIndex, int scope) {
        if (pageIndex < 0 || pageIndex >= pages) {
            return -Errno.EFAULT;
        }
        mutex().lock();
        try {
            long pfn = index.get(pageIndex);
            if (pfn == 0) {
                pfn = addPage(pageIndex, scope);
            }
            if (pfn > 0 && PageFlags.test(memory().recordAddress(pfn), PageFlags.HWPOISON)) {
                return -Errno.EHWPOISON;
            }
            if (pfn > 0) {
                PageRefs.getPage(UserPages.headRecord(memory(), pfn));
            }
            return pfn;
        } finally {
            mutex().unlock();
        }
    }

    private long addPage(long pageIndex, int scope) {
        for (int order = folioOrder; order > 0; order--) {
            long first = pageIndex & -(1L << order);
            if (isEmpty(first, 1L << order)) {
                long pfn = addFolio(first, order, pageIndex, scope);
                if (pfn >= 0) {
                    return pfn;
                }
            }
        }
        return addFolio(pageIndex, 0, pageIndex, scope);
    }

    private boolean isEmpty(long first, long count) {
        boolean isEmpty = first + count <= pages;
        for (long at = first; isEmpty && at < first + count; at++) {
            isEmpty = index.get(at) == 0;
        }
        return isEmpty;
    }

    /** Adds a folio whose first page is {@code first}, one reference for each page. The frame of {@code wanted}, or -ENOMEM. */
    private long addFolio(long first, int order, long wanted, int scope) {
        long head = UserPages.allocateShared(memory(), id(), first, order, scope);
        if (head < 0) {
            return head;
        }
        int result = index.put(wanted, head + (wanted - first));
        if (result < 0) {
            UserPages.put(memory(), head);
            return result;
        }
        int others = 0;
        for (long at = first; at < first + (1L << order); at++) {
            // without a node the page does not get into the object: a later touch brings it as another folio
            others += at != wanted && index.put(at, head + (at - first)) == 0 ? 1 : 0;
        }
        PageRefs.add(memory().recordAddress(head), others);
        return head + (wanted - first);
    }

    @Override
    void release() {
        FreeBatch freed = new FreeBatch(memory());
        index.forEach(pfn -> UserPages.put(memory(), pfn, freed));
        freed.drain();
        index.clear();
    }
}
