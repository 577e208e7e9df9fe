package io.pinfold.core.mm;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.anon.AnonymousVma;
import io.pinfold.core.mm.hugetlb.HugetlbReserve;
import io.pinfold.core.mm.move.Poison;
import io.pinfold.core.mm.shared.SharedPages;
import io.pinfold.core.mm.shared.SharedVma;
import io.pinfold.core.mm.space.HugePages;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaMap;
import io.pinfold.core.mm.space.VmaObject;
import io.pinfold.core.mm.unmap.Gather;
import io.pinfold.core.mm.unmap.Protect;
import io.pinfold.core.mm.unmap.VmaChange;
import io.pinfold.core.mm.unmap.Zap;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import io.pinfold.core.pgtable.TableFree;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The calls that change mappings, with mmap_lock held (exclusively, but for {@link #discard}). Checks and their errnos
 * are in the order of Linux.
 *
 * <p>Order of unmapping: split; VMAs out of the map; zap, flush, references dropped; VMAs closed, so that no object
 * leads into the range any more; only then empty tables unlinked and retired.
 */
final class Mappings {
    /** Largest page of an object that can be mapped: its last byte is at Long.MAX_VALUE. */
    private static final long OFFSET_MAX = Long.MAX_VALUE >>> Geometry.PAGE_SHIFT;

    /** Internal: flags are others now. */
    private static final int CHANGED = 1;

    private Mappings() {
    }

    static long map(Mm mm, long address, long bytes, int prot, int flags, @Nullable VmaObject object,
            long pageOffset) {
        boolean isHuge = (flags & MapFlags.HUGETLB) != 0;
        int level = object != null ? object.pageLevel() : isHuge ? MapFlags.hugetlbLevel(flags) : Geometry.PTE;
        long unit = Geometry.levelBytes(level);
        long length = bytes + unit - 1 & -unit;
        if (bytes == 0 || pageOffset < 0 || isHuge && (level == Geometry.PTE || length == 0)) {
            return -Errno.EINVAL;
        }
        if (mm.vmas().size() > VmaMap.MAX || length <= 0 || length > Geometry.USER_END) {
            return -Errno.ENOMEM;
        }
        long start = findPlace(mm, address, length, unit, (flags & MapFlags.FIXED) != 0);
        if (start < 0) {
            return start;
        }
        if (pageOffset > OFFSET_MAX - (length >>> Geometry.PAGE_SHIFT)) {
            return -Errno.EOVERFLOW;
        }
        if (!Prot.isValid(prot) || !MapFlags.isValid(flags) || (pageOffset & Geometry.leafPages(level) - 1) != 0) {
            return -Errno.EINVAL;
        }
        return isHuge && object == null
                ? mapReserved(mm, start, length, prot, flags, level)
                : place(mm, start, length, prot, flags, object, pageOffset);
    }

    /**
     * Where to map (get_unmapped_area), or a negated errno. Beyond is looked at before misaligned; for hugetlb it is
     * the other way round.
     */
    private static long findPlace(Mm mm, long address, long length, long unit, boolean isFixed) {
        if (!isFixed) {
            long start = choose(mm.vmas(), address, length, unit);
            return start < 0 ? -Errno.ENOMEM : start;
        }
        boolean isMisaligned = (address & unit - 1) != 0;
        if (isMisaligned && unit > Geometry.PAGE_BYTES) {
            return -Errno.EINVAL;
        }
        if (!Geometry.isUserRange(address, length)) {
            return -Errno.ENOMEM;
        }
        return isMisaligned ? -Errno.EINVAL : address;
    }

    /** Memory of reserved huge pages that lives as long as its mapping. */
    private static long mapReserved(Mm mm, long start, long length, int prot, int flags, int level) {
        boolean isPrivate = (flags & MapFlags.PRIVATE) != 0;
        HugetlbReserve reserved = HugetlbReserve.reserve(mm.memory(), length, level, isPrivate);
        if (reserved == null) {
            return -Errno.ENOMEM;
        }
        try (reserved) { // the handle only: from now on its mapping keeps it, if there is one
            return place(mm, start, length, prot, flags, reserved, 0);
        }
    }

    private static long place(Mm mm, long start, long length, int prot, int flags,
            @Nullable VmaObject object, long pageOffset) {
        VmaMap vmas = mm.vmas();
        @Nullable Gather gather = vmas.isFree(start, start + length) ? null : new Gather(mm);
        int refused = gather == null ? 0 : unmapRange(mm, start, start + length, gather);
        if (refused != 0) {
            return refused;
        }
        insert(mm, start, start + length, prot, (flags & MapFlags.SHARED) != 0, object, pageOffset);
        vmas.joinAround(start, start + length);
        if (gather != null) {
            gather.rethrow();
        }
        return start;
    }

    private static void insert(Mm mm, long start, long end, int prot, boolean isShared,
            @Nullable VmaObject object, long pageOffset) {
        int vmFlags = Vma.flagsOf(prot, isShared);
        VmaMap vmas = mm.vmas();
        if (object != null) {
            vmas.insert(new Vma(mm, start, end, vmFlags, object.operations(), object, pageOffset));
        } else if (isShared) {
            // unnamed: the handle is closed at once, so that the object lives as long as its mappings
            try (SharedPages unnamed = SharedPages.create(mm.memory(), end - start >>> Geometry.PAGE_SHIFT, 0)) {
                vmas.insert(new Vma(mm, start, end, vmFlags, SharedVma.INSTANCE, unnamed, 0));
            }
        } else {
            long index = start >>> Geometry.PAGE_SHIFT; // neighbours continue each other and can be joined
            vmas.insert(new Vma(mm, start, end, vmFlags, AnonymousVma.INSTANCE, null, index));
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

    static int unmap(Mm mm, long address, long bytes) {
        long length = Geometry.pageCeil(bytes);
        if ((address & Geometry.PAGE_OFFSET_MASK) != 0 || bytes <= 0 || length <= 0
                || !Geometry.isUserRange(address, length)) {
            return -Errno.EINVAL;
        }
        Gather gather = new Gather(mm);
        int result = unmapRange(mm, address, address + length, gather);
        gather.rethrow();
        return result;
    }

    /** What callbacks throw stays in {@code gather}. */
    private static int unmapRange(Mm mm, long start, long end, Gather gather) {
        VmaMap vmas = mm.vmas();
        Vma first = vmas.find(start);
        boolean isHole = first != null && first.start() < start && end < first.end();
        if (isHole && vmas.size() >= VmaMap.MAX) {
            return -Errno.ENOMEM;
        }
        for (long boundary : new long[]{start, end}) {
            if (!isBoundary(vmas, boundary)) {
                return -Errno.EINVAL; // as in Linux a mapping may begin at the first one by now
            }
            VmaChange.splitAt(mm, boundary);
        }
        int from = vmas.firstEndingBehind(start);
        int to = vmas.firstEndingBehind(end - 1);
        to = to < vmas.size() && vmas.get(to).start() < end ? to + 1 : to;
        if (from < to) {
            Vma[] taken = vmas.takeRange(from, to);
            zap(mm, start, end, gather);
            for (Vma vma : taken) {
                vma.operations().closed(vma);
            }
        }
        freeTables(mm, start, end);
        return 0;
    }

    /** Whether a VMA may begin at {@code address}: not in the middle of a reserved huge page. */
    private static boolean isBoundary(VmaMap vmas, long address) {
        Vma vma = vmas.find(address);
        return vma == null || (address & Geometry.levelBytes(vma.pageLevel()) - 1) == 0;
    }

    private static void zap(Mm mm, long start, long end, Gather gather) {
        Zap.range(mm, start, end, gather);
        gather.flush();
    }

    /**
     * Of the range just unmapped; a table that a neighbour shares stays, even empty (free_pgtables: floor, ceiling).
     */
    private static void freeTables(Mm mm, long start, long end) {
        VmaMap vmas = mm.vmas();
        int next = vmas.firstEndingBehind(start);
        long floor = next == 0 ? 0 : vmas.get(next - 1).end();
        long ceiling = next == vmas.size() ? Long.MAX_VALUE : vmas.get(next).start();
        TableFree tables = new TableFree(mm.memory());
        PageTables.unlinkEmpty(mm.memory(), mm.root(), start, end, floor, ceiling, tables);
        tables.finish();
    }

    static int protect(Mm mm, long address, long bytes, int prot) {
        if ((address & Geometry.PAGE_OFFSET_MASK) != 0) {
            return -Errno.EINVAL;
        }
        if (bytes == 0) {
            return 0;
        }
        long end = address + Geometry.pageCeil(bytes);
        if (Long.compareUnsigned(end, address) <= 0) {
            return -Errno.ENOMEM;
        }
        if (!Prot.isValid(prot)) {
            return -Errno.EINVAL;
        }
        long last = userEnd(end);
        VmaMap vmas = mm.vmas();
        boolean isFlushDue = false;
        int result = address < 0 || last < end || end < 0 ? -Errno.ENOMEM : 0; // after the part before
        for (long at = address; at >= 0 && at < last;) {
            Vma vma = vmas.find(at);
            long stop = vma == null ? at : Math.min(last, vma.end());
            int error = vma == null ? -Errno.ENOMEM : setFlags(mm, vma, at, stop, vma.flagsWith(prot));
            if (error < 0) {
                result = error;
                break;
            }
            isFlushDue |= error == CHANGED && Protect.range(mm, required(vmas.find(at)), at, stop);
            at = stop;
        }
        if (isFlushDue) {
            TlbFlush.flush(mm); // PROTECT4, before mmap_lock is left
        }
        return result;
    }

    /** {@link #CHANGED}; 0 if that was so before; or what {@link VmaChange} answers. */
    private static int setFlags(Mm mm, Vma vma, long from, long to, int flags) {
        if (flags == vma.flags()) {
            return 0;
        }
        int refused = VmaChange.flags(mm, vma, from, to, flags);
        return refused == 0 ? CHANGED : refused;
    }

    private static Vma required(@Nullable Vma vma) {
        return Objects.requireNonNull(vma, "a VMA that was just changed is gone");
    }

    /** The end of a range, unsigned, but not behind that of user space. */
    private static long userEnd(long end) {
        return end < 0 ? Geometry.USER_END : Math.min(end, Geometry.USER_END);
    }

    /** MADV_HUGEPAGE and MADV_NOHUGEPAGE: the VMAs change, and what is mapped stays. */
    static int advise(Mm mm, long address, long bytes, int advice) {
        boolean isHuge = advice == AddressSpace.MADV_HUGEPAGE;
        if (!isHuge && advice != AddressSpace.MADV_NOHUGEPAGE) {
            return -Errno.EINVAL;
        }
        int set = isHuge ? Vma.VM_HUGEPAGE : Vma.VM_NOHUGEPAGE;
        int clear = isHuge ? Vma.VM_NOHUGEPAGE : Vma.VM_HUGEPAGE;
        return forEach(mm, address, bytes, (vma, from, to) -> {
            int error = setFlags(mm, vma, from, to, vma.flags() & ~clear | set);
            return error == -Errno.ENOMEM ? -Errno.EAGAIN : Math.min(0, error);
        });
    }

    /** MADV_DONTNEED; mmap_lock shared is enough. */
    static int discard(Mm mm, long address, long bytes) {
        Gather gather = new Gather(mm);
        int result = forEach(mm, address, bytes, (vma, from, to) -> {
            if ((from & Geometry.levelBytes(vma.pageLevel()) - 1) != 0) {
                return -Errno.EINVAL;
            }
            Zap.range(mm, from, Geometry.floor(to, vma.pageLevel()), gather); // whole huge pages only
            return 0;
        });
        gather.finish();
        return result;
    }

    /** What advice does to a part of a VMA: 0, or an error that ends the call. */
    @FunctionalInterface
    private interface Advice {
        int give(Vma vma, long from, long to);
    }

    /**
     * Gives advice to all that is mapped in a range (madvise_walk_vmas).
     *
     * @return what the advice answered; -ENOMEM if it was given everywhere, but there was a hole; -EINVAL if
     *         the range is none
     */
    private static int forEach(Mm mm, long address, long bytes, Advice advice) {
        long end = address + Geometry.pageCeil(bytes);
        if (!isAdvisable(address, bytes)) {
            return -Errno.EINVAL;
        }
        long last = userEnd(end);
        VmaMap vmas = mm.vmas();
        boolean hasHole = bytes != 0 && (last != end || address < 0);
        for (long at = address; at >= 0 && at < last;) {
            int index = vmas.firstEndingBehind(at);
            long from = index < vmas.size() ? Math.max(at, Math.min(last, vmas.get(index).start())) : last;
            hasHole |= from > at;
            at = from;
            if (from < last) {
                at = Math.min(last, vmas.get(index).end());
                int error = advice.give(vmas.get(index), from, at);
                if (error != 0) {
                    return error;
                }
            }
        }
        return hasHole ? -Errno.ENOMEM : 0;
    }

    /** Whether the range starts at a page and does not wrap around; addresses and sizes are unsigned. */
    private static boolean isAdvisable(long address, long bytes) {
        long length = Geometry.pageCeil(bytes);
        return (address & Geometry.PAGE_OFFSET_MASK) == 0 && (length != 0 || bytes == 0)
                && Long.compareUnsigned(address + length, address) >= 0;
    }

    /** MADV_HWPOISON; mmap_lock shared is enough. */
    static int poison(Mm mm, long address, long bytes) {
        if (!isAdvisable(address, bytes)) {
            return -Errno.EINVAL;
        }
        long end = address + Geometry.pageCeil(bytes);
        boolean isBeyond = Long.compareUnsigned(end, Geometry.USER_END) > 0;
        int result = address < 0 ? 0 : Poison.range(mm, address, userEnd(end));
        return result == 0 && isBeyond && bytes != 0 ? -Errno.EFAULT : result;
    }

    /** Everything goes: exit_mmap. */
    static void exit(Mm mm) {
        MemoryCore memory = mm.memory();
        VmaMap vmas = mm.vmas();
        Vma[] taken = vmas.takeRange(0, vmas.size());
        Gather gather = new Gather(mm);
        zap(mm, 0, Geometry.USER_END, gather);
        for (Vma vma : taken) {
            vma.operations().closed(vma);
        }
        TableFree tables = new TableFree(memory);
        PageTables.unlinkEmpty(memory, mm.root(), 0, Geometry.USER_END, tables);
        mm.unuseHugeZero();
        tables.addRoot(mm.takeRoot());
        tables.finish();
        gather.rethrow();
    }

    /** Address of the first mapped page that may be pinned; -1 when there is none. */
    static long firstMaybePinned(Mm mm) {
        MemoryCore memory = mm.memory();
        long records = memory.recordAddress(0);
        long root = mm.root();
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
