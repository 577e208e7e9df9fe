package io.pinfold.core.mm;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.PagemapRegistry;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.FollFlags;
import io.pinfold.core.memory.FreeBatch;
import io.pinfold.core.memory.Grab;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Mutex;
import java.util.Objects;

/**
 * A mapping of a {@link DeviceObject} (dev_dax_huge_fault, dax_iomap_fault). FS_DAX and GENERIC pages get device entries: marked DEVMAP
 * (a PTE also SPECIAL), holding neither a reference nor a mapping count, so what they map stays only as long as the device
 * sees to it; whoever wants a page takes the pagemap first. COHERENT pages get ordinary entries.
 *
 * <p>A fault on a device that is being removed answers -EFAULT, at once and for ever: an entry installed now would be one nobody
 * takes out again [R33].
 */
final class DeviceVma implements VmaOperations {
    static final DeviceVma INSTANCE = new DeviceVma();

    private DeviceVma() {
    }

    @Override
    public boolean isAnonymous() {
        return false;
    }

    @Override
    public int fault(Vma vma, long address, int kind, int scope) {
        DeviceObject object = object(vma);
        Mutex mutex = object.mutex();
        mutex.lock(); // whoever unmaps holds it: what he took out does not come back behind his back
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
        DeviceObject object = object(vma);
        if (level > object.highestLevel() || object.type() == DevPagemapType.COHERENT) {
            return Faults.FALL_BACK;
        }
        long pagesOfLeaf = Geometry.leafPages(level);
        long start = Geometry.floor(address, level);
        long index = vma.pageIndex(start);
        Mutex mutex = object.mutex();
        mutex.lock();
        try {
            if (index + pagesOfLeaf > object.pages()) {
                return Faults.FALL_BACK;
            }
            long pfn = frameOf(vma, object, index, pagesOfLeaf);
            if (pfn < 0) {
                return Faults.FALL_BACK; // the faulting page may still be there
            }
            boolean isLeaf = pfn % pagesOfLeaf == 0 && object.runOf(index) >= pagesOfLeaf;
            return isLeaf ? mapDevice(vma, start, level, kind, pfn) : Faults.FALL_BACK;
        } finally {
            mutex.unlock();
        }
    }

    /** The first of {@code count} frames behind a page of the object, checked; or what the fault answers, which fits an int. */
    private static long frameOf(Vma vma, DeviceObject object, long index, long count) {
        PhysicalMemory memory = vma.space().memory();
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

    /** A device entry at {@code level}; DONE also if another thread was first. */
    private static int mapDevice(Vma vma, long address, int level, int kind, long pfn) {
        AddressSpace space = vma.space();
        PhysicalMemory memory = space.memory();
        long table = PageTables.findOrAllocate(memory, space.id(), space.root(), address, level);
        if (table < 0) {
            return Faults.ofMissingTable(table);
        }
        long bits = vma.entryBits() | Entry.DEVMAP | Entry.ACCESSED | (kind == Faults.WRITE ? Entry.DIRTY : 0);
        long entry = level == Geometry.PTE ? Entry.make(pfn, bits | Entry.SPECIAL) : Entry.makeLeaf(pfn, bits);
        PageTables.lock(memory, table);
        long at = PageTables.entryAddress(memory, table, address, level);
        long found = Entries.load(at);
        if (found == Entry.NONE) {
            PageTables.install(memory, table, at, entry);
        }
        PageTables.unlock(memory, table);
        return Entry.isTable(found) && level > Geometry.PTE ? Faults.FALL_BACK : Faults.DONE;
    }

    /** An ordinary entry, with a reference and a mapping of the page. */
    private static int mapOrdinary(Vma vma, long address, int kind, long pfn) {
        AddressSpace space = vma.space();
        PhysicalMemory memory = space.memory();
        FreeBatch freed = new FreeBatch(memory);
        // speculative, because a removal may take the owner's reference at any time
        long token = Grab.trySpeculative(memory, pfn, 1, FollFlags.FOLL_GET, freed);
        if (token < 0) {
            return token == Grab.REFUSED_ZERO ? -Errno.EFAULT : -Errno.ENOMEM;
        }
        long table = PageTables.findOrAllocate(memory, space.id(), space.root(), address);
        boolean isInstalled = false;
        if (table > 0) {
            long bits = vma.entryBits() | Entry.ACCESSED | (kind == Faults.WRITE ? Entry.DIRTY : 0);
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
        return table > 0 ? Faults.DONE : Faults.ofMissingTable(table);
    }

    @Override
    public void opened(Vma vma) {
        object(vma).link(vma);
    }

    @Override
    public void closed(Vma vma) {
        object(vma).unlink(vma);
    }

    private static DeviceObject object(Vma vma) {
        return (DeviceObject) Objects.requireNonNull(vma.object(), "a device mapping without an object");
    }
}
