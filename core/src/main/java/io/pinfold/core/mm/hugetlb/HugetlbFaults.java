package io.pinfold.core.mm.hugetlb;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.fault.Ownership;
import io.pinfold.core.mm.fault.PageCopy;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * Faults on reserved huge pages (hugetlb_fault, hugetlb_no_page, hugetlb_wp). There is no zero page: a load gets a page
 * as well.
 *
 * <p>The mutex of the object is held throughout (hugetlb_fault_mutex_table): of two threads that fault at one page, in
 * one space or in two, the second finds it in the object or mapped, and takes none.
 */
public final class HugetlbFaults {
    private HugetlbFaults() {
    }

    /** Maps a page at {@code address}, where nothing is mapped; the object's mutex is held. */
    static int absent(Vma vma, long address, int kind, int scope) {
        HugetlbReserve object = HugetlbVma.object(vma);
        int result = map(vma, object, Geometry.floor(address, object.pageLevel()), kind, scope);
        return result == VmaOperations.AGAIN ? VmaOperations.DONE : result;
    }

    private static int map(Vma vma, HugetlbReserve object, long start, int kind, int scope) {
        MemoryCore memory = object.memory();
        int level = object.pageLevel();
        long index = object.indexOf(vma, start);
        long shared = object.getPage(index, vma.isShared());
        if (shared < 0) {
            return (int) shared;
        }
        boolean isStore = kind == VmaOperations.WRITE;
        if (shared > 0 && (vma.isShared() || !isStore)) {
            long dirty = isStore ? Entry.DIRTY : 0;
            return mapOrPut(vma, start, level, shared, vma.entryBits() | Entry.ACCESSED | dirty);
        }
        long reserved = shared > 0 ? 0 : object.takeReserved(index);
        long head = reserved > 0 ? reserved : HugetlbPages.allocate(memory, level, scope);
        if (head > 0) {
            HugetlbPages.prepareOwn(vma, start, shared, head);
        }
        if (shared > 0) {
            UserPages.put(memory, shared);
        }
        if (head < 0) {
            return (int) head;
        }
        long bits = vma.entryBits() | (isStore ? vma.writeBits() : Entry.ACCESSED);
        if (reserved == 0) {
            return mapOrPut(vma, start, level, head, bits);
        }
        int result = HugetlbPages.map(vma, start, level, head, bits);
        if (result != VmaOperations.DONE) {
            object.giveBack(index, head);
        }
        return result;
    }

    private static int mapOrPut(Vma vma, long start, int level, long head, long bits) {
        int result = HugetlbPages.map(vma, start, level, head, bits);
        if (result != VmaOperations.DONE) {
            UserPages.put(vma.mm().memory(), head);
        }
        return result;
    }

    /** Handles a read-only leaf of a private mapping. Entered with the lock of {@code table} held, left without. */
    static int privateReadOnly(Vma vma, long address, int kind, int scope, long table, long at, long leaf) {
        MemoryCore memory = vma.mm().memory();
        long head = Entry.pfn(leaf);
        boolean isAnonymous = UserPages.isAnonymous(memory, head);
        boolean isInPlace = isAnonymous ? isOurs(vma, address, head) : kind == VmaOperations.UNSHARE;
        if (!isInPlace) {
            return PageCopy.run(vma, Geometry.floor(address, vma.pageLevel()), kind, scope, table, at, leaf);
        }
        if (kind == VmaOperations.WRITE) {
            Faults.setBits(at, leaf, vma.writeBits(), 0);
        }
        PageTables.unlock(memory, table);
        return VmaOperations.DONE;
    }

    private static boolean isOurs(Vma vma, long address, long head) {
        long record = vma.mm().memory().recordAddress(head);
        return Ownership.isOurs(record, record,
                MappingWord.of(vma.mm().id(), MappingWord.ANON | MappingWord.HUGETLB),
                Geometry.floor(address, vma.pageLevel()) >>> Geometry.PAGE_SHIFT);
    }
}
