package io.pinfold.core.mm;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import io.pinfold.core.pgtable.TableFree;
import org.jspecify.annotations.Nullable;

/**
 * The calls that change mappings, with mmap_lock held (exclusively, but for {@link #discard}). Checks and their errnos are in
 * the order of Linux.
 *
 * <p>Order of unmapping: split; VMAs out of the map; zap, flush, references dropped; VMAs closed, so that no object leads
 * into the range any more; only then empty tables unlinked and retired.
 */
final class Mappings {
    private Mappings() {
    }

    static long map(AddressSpace space, long address, long bytes, int prot, int flags, @Nullable MappedObject object,
            long pageOffset) {
        boolean isFixed = (flags & MapFlags.FIXED) != 0;
        if (bytes <= 0 || pageOffset < 0 || !Prot.isValid(prot) || !MapFlags.isValid(flags)) {
            return bytes < 0 ? -Errno.ENOMEM : -Errno.EINVAL;
        }
        boolean isHuge = (flags & MapFlags.HUGETLB) != 0;
        int level = object != null ? object.pageLevel() : isHuge ? MapFlags.hugetlbLevel(flags) : Geometry.PTE;
        long unit = Geometry.levelBytes(level);
        if (isHuge && level == Geometry.PTE || (pageOffset & Geometry.leafPages(level) - 1) != 0) {
            return -Errno.EINVAL;
        }
        long length = bytes + unit - 1 & -unit;
        if (length <= 0 || length > Geometry.USER_END) {
            return -Errno.ENOMEM;
        }
        if (pageOffset + (length >>> Geometry.PAGE_SHIFT) < 0) {
            return -Errno.EOVERFLOW;
        }
        if (isFixed && (address & unit - 1) != 0) {
            return -Errno.EINVAL;
        }
        if (isFixed && !Geometry.isUserRange(address, length)) {
            return -Errno.ENOMEM;
        }
        if (object == null && isHuge) {
            return mapReserved(space, address, length, prot, flags, level);
        }
        return place(space, address, length, unit, prot, flags, object, pageOffset);
    }

    /** Memory of reserved huge pages that lives as long as its mapping. */
    private static long mapReserved(AddressSpace space, long address, long length, int prot, int flags, int level) {
        boolean isPrivate = (flags & MapFlags.PRIVATE) != 0;
        HugetlbMemory reserved = HugetlbMemory.reserve(space.memory(), length, level, isPrivate);
        if (reserved == null) {
            return -Errno.ENOMEM;
        }
        try (reserved) { // the handle only: from now on its mapping keeps it, if there is one
            return place(space, address, length, Geometry.levelBytes(level), prot, flags, reserved, 0);
        }
    }

    private static long place(AddressSpace space, long address, long length, long unit, int prot, int flags,
            @Nullable MappedObject object, long pageOffset) {
        boolean isFixed = (flags & MapFlags.FIXED) != 0;
        VmaMap vmas = space.vmas();
        long start = isFixed ? address : choose(vmas, address, length, unit);
        if (start < 0 || vmas.size() >= VmaMap.MAX) {
            return -Errno.ENOMEM;
        }
        if (isFixed && !vmas.isFree(start, start + length) && unmapRange(space, start, start + length) != 0) {
            return -Errno.ENOMEM;
        }
        insert(space, start, start + length, prot, (flags & MapFlags.SHARED) != 0, object, pageOffset);
        vmas.joinAround(start, start + length);
        return start;
    }

    private static void insert(AddressSpace space, long start, long end, int prot, boolean isShared,
            @Nullable MappedObject object, long pageOffset) {
        int vmFlags = Vma.flagsOf(prot, isShared);
        VmaMap vmas = space.vmas();
        if (object != null) {
            vmas.insert(new Vma(space, start, end, vmFlags, object.operations(), object, pageOffset));
        } else if (isShared) {
            // unnamed: the handle is closed at once, so that the object lives as long as its mappings
            try (SharedMemory unnamed = SharedMemory.create(space.memory(), end - start)) {
                vmas.insert(new Vma(space, start, end, vmFlags, SharedVma.INSTANCE, unnamed, 0));
            }
        } else {
            long index = start >>> Geometry.PAGE_SHIFT; // neighbours continue each other and can be joined
            vmas.insert(new Vma(space, start, end, vmFlags, AnonymousVma.INSTANCE, null, index));
        }
    }

    private static long choose(VmaMap vmas, long hint, long length, long unit) {
        if (hint > 0 && hint <= Geometry.USER_END) {
            long start = hint + unit - 1 & -unit;
            if (start >= Geometry.USER_START && Geometry.isUserRange(start, length)
                    && vmas.isFree(start, start + length)) {
                return start;
            }
        }
        return vmas.findFree(length, unit);
    }

    static int unmap(AddressSpace space, long address, long bytes) {
        long length = Geometry.pageCeil(bytes);
        if ((address & Geometry.PAGE_OFFSET_MASK) != 0 || bytes <= 0 || length <= 0
                || !Geometry.isUserRange(address, length)) {
            return -Errno.EINVAL;
        }
        return unmapRange(space, address, address + length);
    }

    private static int unmapRange(AddressSpace space, long start, long end) {
        VmaMap vmas = space.vmas();
        if (!isBoundary(vmas, start) || !isBoundary(vmas, end)) {
            return -Errno.EINVAL;
        }
        if (!splitAt(space, start) || !splitAt(space, end)) {
            vmas.joinAround(start, end);
            return -Errno.ENOMEM;
        }
        int from = vmas.firstEndingBehind(start);
        int to = vmas.firstEndingBehind(end - 1);
        to = to < vmas.size() && vmas.get(to).start() < end ? to + 1 : to;
        if (from < to) {
            Vma[] taken = vmas.takeRange(from, to);
            zap(space, start, end);
            for (Vma vma : taken) {
                vma.operations().closed(vma);
            }
        }
        freeTables(space, start, end);
        return 0;
    }

    /** Whether a VMA may begin at {@code address}: not in the middle of a reserved huge page. */
    private static boolean isBoundary(VmaMap vmas, long address) {
        Vma vma = vmas.find(address);
        return vma == null || (address & Geometry.levelBytes(vma.pageLevel()) - 1) == 0;
    }

    /** Makes a VMA begin at {@code address} if one contains it, and no leaf reach over it. False when that is one VMA too many. */
    private static boolean splitAt(AddressSpace space, long address) {
        boolean isSplit = space.vmas().splitAt(address);
        if (isSplit) {
            LeafSplit.atBoundary(space, address);
        }
        return isSplit;
    }

    private static void zap(AddressSpace space, long start, long end) {
        Gather gather = new Gather(space);
        Zap.range(space, start, end, gather);
        gather.flush();
    }

    /** Of the range just unmapped; a table that a neighbour shares stays, even empty (free_pgtables: floor, ceiling). */
    private static void freeTables(AddressSpace space, long start, long end) {
        VmaMap vmas = space.vmas();
        int next = vmas.firstEndingBehind(start);
        long floor = next == 0 ? 0 : vmas.get(next - 1).end();
        long ceiling = next == vmas.size() ? Long.MAX_VALUE : vmas.get(next).start();
        TableFree tables = new TableFree(space.memory());
        PageTables.unlinkEmpty(space.memory(), space.root(), start, end, floor, ceiling, tables);
        tables.finish();
    }

    static int protect(AddressSpace space, long address, long bytes, int prot) {
        if ((address & Geometry.PAGE_OFFSET_MASK) != 0) {
            return -Errno.EINVAL;
        }
        if (bytes == 0) {
            return 0;
        }
        long length = Geometry.pageCeil(bytes);
        if (length <= 0 || !Geometry.isUserRange(address, length)) {
            return -Errno.ENOMEM;
        }
        if (!Prot.isValid(prot)) {
            return -Errno.EINVAL;
        }
        long end = address + length;
        VmaMap vmas = space.vmas();
        boolean isFlushDue = false;
        int result = 0;
        for (long at = address; at < end && result == 0;) {
            Vma vma = vmas.find(at);
            long stop = vma == null ? at : Math.min(end, vma.end());
            if (!isBoundary(vmas, at) || !isBoundary(vmas, stop)) {
                result = -Errno.EINVAL;
            } else if (vma == null || !splitAt(space, at) || !splitAt(space, stop)) {
                result = -Errno.ENOMEM;
            } else {
                isFlushDue |= protectVma(space, at, stop, prot);
                at = stop;
            }
        }
        vmas.joinAround(address, end);
        if (isFlushDue) {
            TlbFlush.flush(space); // X4, before mmap_lock is left
        }
        return result;
    }

    /** Changes the one VMA that is exactly {@code [start, end)}. Whether an entry changed. */
    private static boolean protectVma(AddressSpace space, long start, long end, int prot) {
        VmaMap vmas = space.vmas();
        Vma old = vmas.get(vmas.firstEndingBehind(start));
        Vma next = old.withProt(prot);
        if (next.flags() == old.flags()) {
            return false;
        }
        vmas.replace(old, next);
        return Protect.range(space, next, start, end);
    }

    /** MADV_HUGEPAGE and MADV_NOHUGEPAGE: the VMAs change, and what is mapped stays. */
    static int advise(AddressSpace space, long address, long bytes, int advice) {
        long length = Geometry.pageCeil(bytes);
        boolean isHuge = advice == AddressSpace.MADV_HUGEPAGE;
        if (!isAdvisable(address, bytes) || !isHuge && advice != AddressSpace.MADV_NOHUGEPAGE) {
            return -Errno.EINVAL;
        }
        int set = isHuge ? Vma.VM_HUGEPAGE : Vma.VM_NOHUGEPAGE;
        int clear = isHuge ? Vma.VM_NOHUGEPAGE : Vma.VM_HUGEPAGE;
        long end = Math.min(address + length, Geometry.USER_END);
        VmaMap vmas = space.vmas();
        boolean hasHole = address + length > end;
        int result = 0;
        for (long at = address; at < end && result == 0;) {
            int index = vmas.firstEndingBehind(at);
            long start = index < vmas.size() ? Math.max(at, Math.min(end, vmas.get(index).start())) : end;
            hasHole |= start > at;
            at = start;
            if (start < end) {
                at = Math.min(end, vmas.get(index).end());
                if (!isBoundary(vmas, start) || !isBoundary(vmas, at)) {
                    result = -Errno.EINVAL;
                } else if (splitAt(space, start) && splitAt(space, at)) {
                    Vma old = vmas.get(vmas.firstEndingBehind(start));
                    vmas.replace(old, old.withFlags(set, clear));
                } else {
                    result = -Errno.EAGAIN;
                }
            }
        }
        vmas.joinAround(address, end);
        return result != 0 ? result : hasHole ? -Errno.ENOMEM : 0;
    }

    private static boolean isAdvisable(long address, long bytes) {
        long length = Geometry.pageCeil(bytes);
        return (address & Geometry.PAGE_OFFSET_MASK) == 0 && bytes >= 0 && length >= 0 && address >= 0
                && address + length >= 0;
    }

    /** MADV_DONTNEED; mmap_lock shared is enough. */
    static int discard(AddressSpace space, long address, long bytes) {
        long length = Geometry.pageCeil(bytes);
        if (!isAdvisable(address, bytes)) {
            return -Errno.EINVAL;
        }
        long end = Math.min(address + length, Geometry.USER_END);
        VmaMap vmas = space.vmas();
        Gather gather = new Gather(space);
        long reached = address;
        boolean hasHole = address + length > end;
        int index = vmas.firstEndingBehind(address);
        for (; index < vmas.size() && vmas.get(index).start() < end; index++) {
            Vma vma = vmas.get(index);
            hasHole |= vma.start() > reached;
            reached = Math.min(end, vma.end());
            long start = Math.max(address, vma.start());
            if (!isBoundary(vmas, start)) {
                gather.flush();
                return -Errno.EINVAL;
            }
            Zap.range(space, start, Geometry.floor(reached, vma.pageLevel()), gather); // whole huge pages only
        }
        gather.flush();
        return hasHole || reached < end ? -Errno.ENOMEM : 0;
    }

    /** MADV_HWPOISON; mmap_lock shared is enough. */
    static int poison(AddressSpace space, long address, long bytes) {
        return isAdvisable(address, bytes)
                ? Poison.range(space, address, address + Geometry.pageCeil(bytes))
                : -Errno.EINVAL;
    }

    /** Everything goes: exit_mmap. */
    static void exit(AddressSpace space) {
        PhysicalMemory memory = space.memory();
        VmaMap vmas = space.vmas();
        Vma[] taken = vmas.takeRange(0, vmas.size());
        zap(space, 0, Geometry.USER_END);
        for (Vma vma : taken) {
            vma.operations().closed(vma);
        }
        TableFree tables = new TableFree(memory);
        PageTables.unlinkEmpty(memory, space.root(), 0, Geometry.USER_END, tables);
        space.unuseHugeZero();
        tables.addRoot(space.takeRoot());
        tables.finish();
    }

    /** Address of the first mapped page that may be pinned; -1 when there is none. */
    static long firstMaybePinned(AddressSpace space) {
        PhysicalMemory memory = space.memory();
        long records = memory.recordAddress(0);
        long root = space.root();
        long end = Geometry.USER_END;
        long address = PageTables.nextCovered(memory, root, 0, end);
        while (address < end) {
            long spot = PageTables.lockLowest(memory, root, address);
            long entry = Entries.load(Spot.entryAddress(memory, spot, address));
            PageTables.unlock(memory, Spot.table(spot));
            boolean isPage = Entry.isPresent(entry)
                    && (Entry.isDevmap(entry) || !Entry.isSpecial(entry) && !HugePages.isZero(memory, entry));
            if (isPage && PageRefs.maybePinned(records, Spot.pfn(spot, entry, address))) {
                return address;
            }
            // the pages of one folio have one answer; every page of a device has its own
            int step = Entry.isDevmap(entry) ? Geometry.PTE : Spot.level(spot);
            address = PageTables.nextCovered(memory, root, Geometry.nextEntry(address, step), end);
        }
        return -1;
    }
}
