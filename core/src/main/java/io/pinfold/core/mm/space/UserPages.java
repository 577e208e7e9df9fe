package io.pinfold.core.mm.space;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.words.Words;

/**
 * The steps of pages into and out of mappings. A page is complete (data, mapping word, index, flags) before it is
 * mapped. To map it is to count the mapping and then to install the entry. To unmap it is to take the entry out, flush,
 * un-count the mapping, and drop the mapping's reference last.
 *
 * <p>An entry may map any page of a large folio. Each page has its own count of mappings and exclusive flag; the
 * references of all its entries, the lock and everything else are the head's.
 */
public final class UserPages {
    private UserPages() {
    }

    /**
     * A zeroed anonymous page that belongs to {@code space} alone, with one reference (the future mapping's) and no
     * mapping.
     *
     * @return its frame, or -ENOMEM
     */
    public static long allocateAnonymous(Mm mm, long address, int scope) {
        return allocateAnonymous(mm, address, 0, scope);
    }

    /**
     * A zeroed anonymous folio of {@code 1 << order} pages that belong to {@code space} alone, with one reference and
     * no mapping. What belongs to the folio is in its head; the exclusive flag is set in each page.
     *
     * @param address of the folio's first page
     * @return the frame of its head, or -ENOMEM
     */
    public static long allocateAnonymous(Mm mm, long address, int order, int scope) {
        MemoryCore memory = mm.memory();
        long mapping = MappingWord.of(mm.id(), MappingWord.ANON);
        long flags = PageFlags.ANON_EXCLUSIVE | PageFlags.SWAPBACKED | PageFlags.UPTODATE;
        long head = allocate(memory, order, scope, mapping, address >>> Geometry.PAGE_SHIFT, flags);
        for (long pfn = head + 1; head >= 0 && pfn < head + (1L << order); pfn++) {
            long _ = PageFlags.set(memory.recordAddress(pfn), PageFlags.ANON_EXCLUSIVE);
        }
        return head;
    }

    /**
     * A zeroed folio of the shared object {@code objectId}, with one reference (the object's) and no mapping.
     *
     * @param index of the folio's first page
     * @return the frame of its head, or -ENOMEM
     */
    public static long allocateShared(MemoryCore memory, long objectId, long index, int order, int scope) {
        long mapping = MappingWord.of(objectId, MappingWord.SHMEM);
        return allocate(memory, order, scope, mapping, index, PageFlags.SWAPBACKED | PageFlags.UPTODATE);
    }

    private static long allocate(MemoryCore memory, int order, int scope, long mapping, long index, long flags) {
        long pfn = memory.blocks().allocate(order, scope);
        if (pfn < 0) {
            return pfn;
        }
        Words.fill(memory.frameAddress(pfn), (long) Geometry.PAGE_BYTES << order, (byte) 0);
        long record = memory.recordAddress(pfn);
        // Opaque, because a walker that is late may hold a passing reference on the frame and read these words; it then
        // rolls back.
        // INSTALL1: the release store of the entry (INSTALL2) publishes all of this to every reader of the entry.
        Words.setLongOpaque(record + PageLayout.MAPPING, mapping);
        Words.setLongOpaque(record + PageLayout.INDEX, index);
        long _ = PageFlags.set(record, flags);
        return pfn;
    }

    /** Record of the head of the folio that {@code pfn} belongs to, on which the caller has a reference. */
    public static long headRecord(MemoryCore memory, long pfn) {
        return memory.recordAddress(PageRefs.headPfn(memory.recordAddress(0), pfn));
    }

    /** Whether the page, or the folio it belongs to, is anonymous: stable until it is freed. */
    public static boolean isAnonymous(MemoryCore memory, long pfn) {
        return MappingWord.isAnonymous(Words.getLongVolatile(headRecord(memory, pfn) + PageLayout.MAPPING));
    }

    /** Whether the page is secret memory, or belongs to a folio that is: never to be handed out by address. */
    public static boolean isSecret(MemoryCore memory, long pfn) {
        return MappingWord.isSecret(Words.getLongVolatile(headRecord(memory, pfn) + PageLayout.MAPPING));
    }

    /**
     * Whether the entry stands for a page in PRIVATE memory of a device that is there: it counts a reference and a
     * mapping.
     */
    public static boolean isDevicePrivate(MemoryCore memory, long entry) {
        int kind = NonPresent.kind(entry);
        return (kind == NonPresent.DEVICE_PRIVATE || kind == NonPresent.DEVICE_PRIVATE_WRITE)
                && memory.pagemaps().registry().typeOf(Entry.pfn(entry)) == DevPagemapType.PRIVATE;
    }

    /** Declares the page broken, and its folio to be one with a broken page. */
    public static void markBroken(MemoryCore memory, long pfn) {
        long _ = PageFlags.set(memory.recordAddress(pfn), PageFlags.HWPOISON);
        long _ = PageFlags.set(headRecord(memory, pfn), PageFlags.HAS_HWPOISONED);
    }

    /** Copies the data of a page; both are held by the caller. */
    public static void copyData(MemoryCore memory, long from, long to) {
        Words.copy(memory.frameAddress(from), memory.frameAddress(to), Geometry.PAGE_BYTES);
    }

    /**
     * Moves the entry's dirty and accessed bits into the page. Precedes the drop of the mapping's reference (O7).
     */
    public static void transferBits(MemoryCore memory, long pfn, boolean dirty, boolean accessed) {
        long flags = (dirty ? PageFlags.DIRTY : 0) | (accessed ? PageFlags.REFERENCED : 0);
        if (flags != 0) {
            long record = headRecord(memory, pfn);
            if (!PageFlags.test(record, flags)) {
                long _ = PageFlags.set(record, flags);
            }
        }
    }

    /** Un-counts a mapping and drops its reference; the flush is over. The frame may have another owner right after. */
    public static void dropMapping(MemoryCore memory, long pfn, FreeBatch freed) {
        int _ = PageRefs.removeMapping(memory.recordAddress(pfn));
        put(memory, pfn, freed);
    }

    /** Drops one reference; the last one hands the frame to {@code freed}. */
    public static void put(MemoryCore memory, long pfn, FreeBatch freed) {
        long head = PageRefs.headPfn(memory.recordAddress(0), pfn);
        Grab.putReferences(memory, head, 1, freed);
    }

    /** Drops one reference and frees at once what that releases. */
    public static void put(MemoryCore memory, long pfn) {
        FreeBatch freed = new FreeBatch(memory);
        put(memory, pfn, freed);
        freed.drain();
    }
}
