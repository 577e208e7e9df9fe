package io.pinfold.core.mm.device;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pagemap.CallbackFailure;
import io.pinfold.core.pagemap.Pagemap;
import io.pinfold.core.pagemap.PagemapSection;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import io.pinfold.core.words.Words;

/**
 * The moves of private pages to memory that only a device reaches (migrate_vma_*) and back (do_swap_page,
 * migrate_to_ram). The table holds a non-present entry with the device frame; it counts a reference and a mapping, as
 * the present one did. A {@code Cpu}, a get or a pin never reaches the device's frame: each faults, and the fault
 * brings the page back.
 *
 * <pre>
 * There, all under the table's lock              Back
 * MOVE1 exchange the entry with none; flush      BACK1 under the lock: a reference on the device page
 * MOVE2 reference count is 1? else put it back   BACK2 folio lock of the device page: one migration at a time
 * MOVE3 device page spare? claim it, copy; else  BACK3 a frame of RAM; the driver copies
 *       put it back
 * MOVE4 store the device-private entry           BACK4 lock, entry unchanged? store the present one over it
 * MOVE5 lock left: drop the RAM page             BACK5 drop the device page: mapping, its reference, BACK1's
 * </pre>
 *
 * <p>MOVE1 before MOVE2 is the rule of every mutator that tests whether a page is held: a fast pin either is counted
 * when MOVE2 loads the count, or finds the entry changed. A page that is shared, pinned or part of a folio stays.
 *
 * <p>MOVE3 claims the device page under its folio lock, so that of two moves to one page the second finds it claimed.
 * The count goes up by compare-and-set from exactly 1, so that a removal that has taken the owner's reference keeps the
 * page. The pagemap is held meanwhile: else the frame could begin another life between the look at its type and the
 * claim.
 */
public final class DevicePrivate {
    private DevicePrivate() {
    }

    /**
     * Runs MOVE1 to MOVE5; mmap_lock is held. Returns 0, -EFAULT (no private page is mapped), -EBUSY (not this
     * process's alone) or -EINVAL.
     */
    public static int moveThere(Mm mm, long address, long devicePfn) {
        MemoryCore memory = mm.memory();
        FreeBatch freed = new FreeBatch(memory);
        long spot = PageTables.lockLowest(memory, mm.root(), address);
        long table = Spot.table(spot);
        long at = Spot.entryAddress(memory, spot, address);
        long entry = Entries.load(at);
        boolean isMapped = entry != Entry.NONE && Entry.isPresent(entry) && !Entry.isSpecial(entry)
                && !Entry.isDevmap(entry);
        int result = !isMapped ? -Errno.EFAULT
                : Spot.level(spot) > Geometry.PTE || !isMovable(memory, Entry.pfn(entry)) ? -Errno.EBUSY : 0;
        long old = Entry.NONE;
        if (result == 0) {
            old = Entries.exchange(at, Entry.NONE); // MOVE1 (CLEAR1, FLUSH1)
            TlbFlush.flush(mm);
            boolean isHeld = PageRefs.refCount(memory.recordAddress(Entry.pfn(old))) != 1; // MOVE2
            result = isHeld ? -Errno.EBUSY : claim(memory, devicePfn) ? 0 : -Errno.EINVAL;
            Entries.store(at, result == 0 ? copyThere(memory, old, devicePfn) : old); // MOVE4 (INSTALL2)
        }
        PageTables.unlock(memory, table);
        if (result == 0) {
            UserPages.dropMapping(memory, Entry.pfn(old), freed); // MOVE5
            freed.drain();
        }
        return result;
    }

    /** Whether it is a single private page that belongs to its process alone and is not secret memory. */
    private static boolean isMovable(MemoryCore memory, long pfn) {
        long record = memory.recordAddress(pfn);
        return Compound.of(record) == Compound.NONE && UserPages.isAnonymous(memory, pfn)
                && !UserPages.isSecret(memory, pfn) && PageFlags.test(record, PageFlags.ANON_EXCLUSIVE)
                && PageRefs.refCount(record) == 1;
    }

    /**
     * MOVE3: claims the device page for the private page, with the entry's reference; false if it is not spare any
     * more.
     */
    private static boolean claim(MemoryCore memory, long devicePfn) {
        PagemapSection section = memory.pagemaps().section();
        long pagemap = section.get(devicePfn, 0);
        if (pagemap == 0) {
            return false;
        }
        long device = memory.recordAddress(devicePfn);
        boolean isClaimed = false;
        if (PageFlags.tryLock(device)) { // else another move claims it
            isClaimed = isSpare(memory, devicePfn)
                    && Words.compareAndSetInt(device + PageLayout.REFCOUNT, 1, 2); // the owner's, and the entry's
            PageFlags.unlock(device);
        }
        section.put(pagemap);
        return isClaimed;
    }

    /** MOVE3: makes the claimed device page this private page, and returns the entry for it. */
    private static long copyThere(MemoryCore memory, long old, long devicePfn) {
        long ram = memory.recordAddress(Entry.pfn(old));
        long device = memory.recordAddress(devicePfn);
        UserPages.copyData(memory, Entry.pfn(old), devicePfn);
        Words.setLongVolatile(device + PageLayout.MAPPING, Words.getLongVolatile(ram + PageLayout.MAPPING));
        Words.setLongVolatile(device + PageLayout.INDEX, Words.getLongVolatile(ram + PageLayout.INDEX));
        long _ = PageFlags.set(device, PageFlags.ANON_EXCLUSIVE | PageFlags.SWAPBACKED | PageFlags.UPTODATE);
        PageRefs.addMapping(device);
        return NonPresent.make(
                Entry.isWritable(old) ? NonPresent.DEVICE_PRIVATE_WRITE : NonPresent.DEVICE_PRIVATE, devicePfn);
    }

    /**
     * Runs BACK1 to BACK5, for any access to the page. Entered with the table's lock held, left without; returns as
     * Faults.handle does, or AGAIN.
     */
    public static int moveBack(Vma vma, long page, int scope, long table, long at, long entry) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long devicePfn = Entry.pfn(entry);
        long device = memory.recordAddress(devicePfn);
        PageRefs.getPage(device); // BACK1: the entry's own keeps it until the lock is left
        PageTables.unlock(memory, table);
        FreeBatch freed = new FreeBatch(memory);
        CallbackFailure failure = new CallbackFailure();
        int result = VmaOperations.AGAIN;
        PageFlags.lock(device); // BACK2
        try {
            if (Entries.load(at) == entry) {
                result = copyBack(vma, page, scope, table, at, entry, freed);
            }
        } catch (Throwable thrown) {
            failure.add(thrown);
        } finally {
            PageFlags.unlock(device);
        }
        UserPages.put(memory, devicePfn, freed);
        failure.run(freed::drain);
        failure.rethrow();
        return result;
    }

    private static int copyBack(Vma vma, long page, int scope, long table, long at, long entry, FreeBatch freed) {
        Mm mm = vma.mm();
        MemoryCore memory = mm.memory();
        long devicePfn = Entry.pfn(entry);
        Pagemap pagemap = memory.pagemaps().of(devicePfn);
        if (pagemap == null || pagemap.type() != DevPagemapType.PRIVATE) {
            return -Errno.EFAULT;
        }
        long ram = UserPages.allocateAnonymous(mm, page, scope); // BACK3
        if (ram < 0) {
            return (int) ram;
        }
        int error;
        try {
            error = Faults.ofAnswer(memory.pagemaps().puts().migrateToRam(pagemap, devicePfn, ram));
        } catch (Throwable thrown) {
            UserPages.put(memory, ram, freed);
            throw thrown;
        }
        boolean isMoved = false;
        if (error == 0) {
            PageTables.lock(memory, table);
            isMoved = Entries.load(at) == entry;
            if (isMoved) {
                PageRefs.addMapping(memory.recordAddress(ram));
                Entries.store(at, Entry.make(ram, vma.entryBits() | vma.writeBits())); // BACK4 (INSTALL2)
            }
            PageTables.unlock(memory, table);
        }
        if (isMoved) {
            UserPages.dropMapping(memory, devicePfn, freed); // BACK5
        } else {
            UserPages.put(memory, ram, freed);
        }
        return error != 0 ? error : isMoved ? VmaOperations.DONE : VmaOperations.AGAIN;
    }

    /**
     * Whether the page is spare: of PRIVATE memory, single, not mapped. The answer is old at once, see MOVE3.
     */
    public static boolean isSpare(MemoryCore memory, long pfn) {
        if (memory.pagemaps().registry().typeOf(pfn) != DevPagemapType.PRIVATE) {
            return false;
        }
        long record = memory.recordAddress(pfn);
        return Compound.of(record) == Compound.NONE && PageRefs.refCount(record) == 1
                && Words.getLongVolatile(record + PageLayout.MAPPING) == MappingWord.NONE;
    }
}
