package io.pinfold.core.mm.device;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pagemap.PagemapRegistry;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Mutex;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a mapping of a {@link DeviceMapping} (dev_dax_huge_fault, dax_iomap_fault). FS_DAX and GENERIC
 * pages get device entries: marked DEVMAP (a PTE also SPECIAL), holding neither a reference nor a mapping count, so
 * what they map stays only as long as the device keeps it. A get or a pin of such a page takes a reference on the
 * pagemap first. COHERENT pages get ordinary entries.
 *
 * <p>A fault on a device that is being removed answers -EFAULT, at once and for ever: an entry installed now would
 * never be taken out again [R33].
 */
public final class DeviceVma implements VmaOperations {
    static final DeviceVma INSTANCE = new DeviceVma();

    private DeviceVma() {
    }

    @Override
    public boolean isAnonymous() {
        return false;
    }

    /** A fault takes no frame, and holds the mutex of its object. */
    @Override
    public @Nullable Mutex lockOfPlace(Vma vma, long page) {
        return null;
    }

    @Override
    public int fault(Vma vma, long address, int kind, int scope) {
        DeviceMapping object = object(vma);
        Mutex mutex = object.mutex();
        mutex.lock(); // an unmapper holds it, so a fault cannot re-install the entry meanwhile
        try {
            long pfn = frameOf(vma, object, vma.pageIndex(address), 1);
            if (pfn < 0) {
                return (int) pfn;
            }
            return object.type() == DevPagemapType.COHERENT
                    ? mapOrdinary(vma, address, kind, pfn)
                    : mapDevice(vma, address, Geometry.PTE, kind, pfn);
        } finally {
            mutex.unlock();
        }
    }

    @Override
    public int hugeFault(Vma vma, long address, int level, int kind, int scope) {
        DeviceMapping object = object(vma);
        if (level > object.highestLevel() || object.type() == DevPagemapType.COHERENT) {
            return VmaOperations.FALL_BACK;
        }
        long pagesOfLeaf = Geometry.leafPages(level);
        long start = Geometry.floor(address, level);
        long index = vma.pageIndex(start);
        Mutex mutex = object.mutex();
        mutex.lock();
        try {
            if (index + pagesOfLeaf > object.pages()) {
                return VmaOperations.FALL_BACK;
            }
            long pfn = frameOf(vma, object, index, pagesOfLeaf);
            if (pfn < 0) {
                return VmaOperations.FALL_BACK; // the faulting page may still be there
            }
            boolean isLeaf = pfn % pagesOfLeaf == 0 && object.runOf(index) >= pagesOfLeaf;
            return isLeaf ? mapDevice(vma, start, level, kind, pfn) : VmaOperations.FALL_BACK;
        } finally {
            mutex.unlock();
        }
    }

    /**
     * The first of {@code count} frames behind a page of the object, checked; or the answer of the fault, which fits an
     * int.
     */
    private static long frameOf(Vma vma, DeviceMapping object, long index, long count) {
        MemoryCore memory = vma.mm().memory();
        long pfn = object.frameOf(index);
        if (pfn <= 0) {
            return pfn == 0 ? -Errno.EFAULT : Faults.ofAnswer(pfn);
        }
        long pagemap = memory.pagemaps().section().get(pfn, 0);
        if (pagemap == 0) {
            return -Errno.EFAULT;
        }
        PagemapRegistry registry = memory.pagemaps().registry();
        boolean isRight = registry.typeOf(pfn) == object.type() && registry.covers(pagemap, pfn, count);
        memory.pagemaps().section().put(pagemap);
        return isRight ? pfn : -Errno.EFAULT;
    }

    /** Maps a device entry at {@code level}; DONE also if another thread was first. */
    private static int mapDevice(Vma vma, long address, int level, int kind, long pfn) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long table = PageTables.findOrAllocate(memory, mm.id(), mm.root(), address, level);
        if (table < 0) {
            return Faults.ofMissingTable(table);
        }
        long bits = vma.entryBits() | Entry.DEVMAP | Entry.ACCESSED | (kind == VmaOperations.WRITE ? Entry.DIRTY : 0);
        long entry = level == Geometry.PTE ? Entry.make(pfn, bits | Entry.SPECIAL) : Entry.makeLeaf(pfn, bits);
        PageTables.lock(memory, table);
        long at = PageTables.entryAddress(memory, table, address, level);
        long found = Entries.load(at);
        if (found == Entry.NONE) {
            PageTables.install(memory, table, at, entry);
        }
        PageTables.unlock(memory, table);
        return Entry.isTable(found) && level > Geometry.PTE ? VmaOperations.FALL_BACK : VmaOperations.DONE;
    }

    /** Maps an ordinary entry, with a reference and a mapping of the page. */
    private static int mapOrdinary(Vma vma, long address, int kind, long pfn) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        FreeBatch freed = new FreeBatch(memory);
        // speculative, because a removal may take the owner's reference at any time
        long token = Grab.trySpeculative(memory, pfn, 1, FollBits.FOLL_GET, freed);
        if (token < 0) {
            return token == Grab.REFUSED_ZERO ? -Errno.EFAULT : -Errno.ENOMEM;
        }
        long table = PageTables.findOrAllocate(memory, mm.id(), mm.root(), address);
        boolean isInstalled = false;
        if (table > 0) {
            long bits = vma.entryBits() | Entry.ACCESSED | (kind == VmaOperations.WRITE ? Entry.DIRTY : 0);
            long record = memory.recordAddress(pfn);
            PageTables.lock(memory, table);
            PageRefs.addMapping(record);
            isInstalled = Faults.installIfNone(memory, table, address, Entry.make(pfn, bits));
            if (!isInstalled) {
                int _ = PageRefs.removeMapping(record);
            }
            PageTables.unlock(memory, table);
        }
        if (!isInstalled) {
            Grab.undo(memory, token, freed);
            freed.drain();
        }
        return table > 0 ? VmaOperations.DONE : Faults.ofMissingTable(table);
    }

    private static DeviceMapping object(Vma vma) {
        return (DeviceMapping) Objects.requireNonNull(vma.object(), "a device mapping without an object");
    }
}
