package io.pinfold.core.mm;

import io.pinfold.core.memory.FreeBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Words;

/**
 * Faults on reserved huge pages (hugetlb_fault, hugetlb_no_page, hugetlb_wp). There is no zero page: a load gets a page as well.
 *
 * <p>Whether a private page may be stored to in place is decided as for small pages: exclusive, or the reference count says that
 * nobody else is left. (Linux 6.1 asks the mapping count here, so that a reader who merely holds a reference sees what
 * the other process writes later [R15, I9].) A copy is a copy of the whole page, by the steps Y1 to Y7 of {@link Faults}.
 *
 * <p>The mutex of the object is held throughout (hugetlb_fault_mutex_table): of two threads that fault at one page, in one space
 * or in two, the second finds it in the object or mapped, and takes none.
 */
final class HugetlbFaults {
    private static final long ANON_FLAGS = PageFlags.ANON_EXCLUSIVE | PageFlags.UPTODATE;

    private HugetlbFaults() {
    }

    /** Nothing is mapped at {@code address}; the object's mutex is held. */
    static int absent(Vma vma, long address, int kind, int scope) {
        HugetlbMemory object = HugetlbVma.object(vma);
        int result = map(vma, object, Geometry.floor(address, object.level()), kind, scope);
        return result == Faults.AGAIN ? Faults.DONE : result;
    }

    private static int map(Vma vma, HugetlbMemory object, long start, int kind, int scope) {
        PhysicalMemory memory = object.memory();
        int level = object.level();
        long index = object.indexOf(vma, start);
        long shared = object.getPage(index, vma.isShared());
        if (shared < 0) {
            return (int) shared;
        }
        boolean isStore = kind == Faults.WRITE;
        if (shared > 0 && (vma.isShared() || !isStore)) {
            long dirty = isStore ? Entry.DIRTY : 0;
            return mapOrPut(vma, start, level, shared, vma.entryBits() | Entry.ACCESSED | dirty);
        }
        long reserved = shared > 0 ? 0 : object.takeReserved(index);
        long head = reserved > 0 ? reserved : HugetlbPages.allocate(memory, level, scope);
        if (head > 0) {
            prepareOwn(vma, start, level, shared, head);
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
        if (result != Faults.DONE) {
            object.giveBack(index, head);
        }
        return result;
    }

    private static int mapOrPut(Vma vma, long start, int level, long head, long bits) {
        int result = HugetlbPages.map(vma, start, level, head, bits);
        if (result != Faults.DONE) {
            UserPages.put(vma.space().memory(), head);
        }
        return result;
    }

    /** Makes {@code head} a private page: zeros, or a copy of {@code from} if that is not 0. */
    private static void prepareOwn(Vma vma, long start, int level, long from, long head) {
        PhysicalMemory memory = vma.space().memory();
        long mapping = MappingWord.of(vma.space().id(), MappingWord.ANON | MappingWord.HUGETLB);
        long index = start >>> Geometry.PAGE_SHIFT;
        if (from == 0) {
            HugetlbPages.prepare(memory, head, level, mapping, index, ANON_FLAGS);
        } else {
            HugetlbPages.prepareCopy(memory, from, head, level, mapping, index, ANON_FLAGS);
        }
    }

    /** A read-only leaf of a private mapping. Entered with the lock of {@code table} held, left without. */
    static int privateReadOnly(Vma vma, long address, int kind, int scope, long table, long at, long leaf) {
        PhysicalMemory memory = vma.space().memory();
        long head = Entry.pfn(leaf);
        boolean isAnonymous = UserPages.isAnonymous(memory, head);
        boolean isInPlace = isAnonymous ? isOurs(vma, address, head) : kind == Faults.UNSHARE;
        if (!isInPlace) {
            return copy(vma, address, kind, scope, table, at, leaf);
        }
        if (kind == Faults.WRITE) {
            Faults.setBits(at, leaf, vma.writeBits(), 0);
        }
        PageTables.unlock(memory, table);
        return Faults.DONE;
    }

    private static boolean isOurs(Vma vma, long address, long head) {
        long record = vma.space().memory().recordAddress(head);
        if (PageFlags.test(record, PageFlags.ANON_EXCLUSIVE)) {
            return true;
        }
        if (!PageFlags.tryLock(record)) {
            return false;
        }
        boolean isAlone = PageRefs.refCount(record) == 1;
        if (isAlone) {
            long mapping = MappingWord.of(vma.space().id(), MappingWord.ANON | MappingWord.HUGETLB);
            long start = Geometry.floor(address, vma.pageLevel());
            Words.setLongVolatile(record + PageLayout.MAPPING, mapping);
            Words.setLongVolatile(record + PageLayout.INDEX, start >>> Geometry.PAGE_SHIFT);
            long unused = PageFlags.set(record, PageFlags.ANON_EXCLUSIVE);
        }
        PageFlags.unlock(record);
        return isAlone;
    }

    private static int copy(Vma vma, long address, int kind, int scope, long table, long at, long leaf) {
        AddressSpace space = vma.space();
        PhysicalMemory memory = space.memory();
        int level = vma.pageLevel();
        long old = Entry.pfn(leaf);
        PageRefs.getPage(memory.recordAddress(old)); // Y1
        PageTables.unlock(memory, table);
        long fresh = HugetlbPages.allocate(memory, level, scope); // Y2
        if (fresh > 0) {
            prepareOwn(vma, Geometry.floor(address, level), level, old, fresh);
        }
        FreeBatch freed = new FreeBatch(memory);
        int result = fresh < 0 ? (int) fresh : Faults.DONE;
        if (fresh > 0) {
            PageTables.lock(memory, table);
            boolean isUnchanged = Entries.load(at) == leaf; // Y3
            if (isUnchanged) {
                long was = Entries.exchange(at, Entry.NONE); // Y4 = C1 = T1
                TlbFlush.flush(space); // Y5
                PageRefs.addEntireMapping(memory.recordAddress(fresh));
                long bits = vma.entryBits() | (kind == Faults.WRITE ? vma.writeBits() : Entry.ACCESSED);
                Entries.store(at, Entry.makeLeaf(fresh, bits)); // Y6 = I2
                UserPages.transferBits(memory, old, Entry.isDirty(was), Entry.isAccessed(was));
            }
            PageTables.unlock(memory, table);
            if (isUnchanged) {
                HugePages.dropMapping(memory, old, freed); // Y7
            } else {
                UserPages.put(memory, fresh, freed);
                result = Faults.AGAIN;
            }
        }
        UserPages.put(memory, old, freed);
        freed.drain();
        return result;
    }
}
