package io.pinfold.core.mm.shared;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.VmaObject;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;

/**
 * The pages of shared anonymous memory (shmem): an index from page to frame, with one reference a page. A page is made
 * when it is first touched and stays until the object is released.
 */
public final class SharedPages extends VmaObject {
    private final long pages;
    private final int folioOrder;
    private final FrameIndex index; // guarded by the mutex

    private SharedPages(MemoryCore memory, long id, long pages, int folioOrder, FrameIndex index) {
        super(memory, id, "shared memory");
        this.pages = pages;
        this.folioOrder = folioOrder;
        this.index = index;
    }

    /**
     * An object of {@code pages} pages; no frame is taken yet.
     *
     * @param folioOrder of the folios that a first touch brings, at most
     */
    public static SharedPages create(MemoryCore memory, long pages, int folioOrder) {
        long id = memory.nextId();
        return new SharedPages(memory, id, pages, folioOrder, new FrameIndex(memory, id, pages));
    }

    @Override
    public VmaOperations operations() {
        return SharedVma.INSTANCE;
    }

    @Override
    public boolean mayBePrivate() {
        return true;
    }

    /** Pages of the object. */
    public long count() {
        return pages;
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
     * The page at {@code pageIndex}, made if there is none, with one reference more for the caller's mapping. The
     * caller holds mmap_lock of a space that maps the object, so the object is alive.
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

    /**
     * Adds a folio whose first page is {@code first}, one reference for each page. The frame of {@code wanted}, or
     * -ENOMEM.
     */
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
    protected void release() {
        FreeBatch freed = new FreeBatch(memory());
        index.forEach(pfn -> UserPages.put(memory(), pfn, freed));
        freed.drain();
        index.clear();
    }
}
