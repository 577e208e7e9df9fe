package io.pinfold.core.mm;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;

/**
 * What the slow path has to answer for pages that are as they are: the rules of __get_user_pages(), written down once
 * more, from the entry and the page's record alone and without any of the slow path's code. Nothing faults.
 */
final class PinRules {

    /** A private mapping of some pages. */
    record Mapping(int prot, boolean isHugetlb) {

        boolean permits(boolean write, boolean force) {
            return write ? prot == Prot.READ_WRITE || force && !isHugetlb : prot != Prot.NONE || force;
        }
    }

    /** So many pages, and why not more. */
    record Answer(int pages, int errno) {
    }

    /** The whole call fails with -ENOMEM, and what it had goes back. */
    private static final int REFUSED = -1;
    private static final int PAGEBLOCK_SHIFT = 9;

    private final AddressSpace space;
    private final PhysicalMemory memory;
    /** The pageblock that must stay movable at the moment; none if negative. */
    private long movableBlock = -1;

    PinRules(AddressSpace space) {
        this.space = space;
        this.memory = space.memory();
    }

    void setMovableBlockOf(long pfn) {
        movableBlock = pfn < 0 ? -1 : pfn >>> PAGEBLOCK_SHIFT;
    }

    Answer answer(Mapping mapping, long address, int pages, int flags, boolean isPin, boolean wantsPages) {
        boolean write = (flags & FollFlags.FOLL_WRITE) != 0;
        if (!mapping.permits(write, (flags & FollFlags.FOLL_FORCE) != 0)) {
            return new Answer(0, Errno.EFAULT);
        }
        for (int i = 0; i < pages; i++) {
            int errno = errnoOf(mapping, address + (long) i * Geometry.PAGE_BYTES, flags, isPin, wantsPages);
            if (errno != 0) {
                return errno == REFUSED ? new Answer(0, Errno.ENOMEM) : new Answer(i, errno);
            }
        }
        return new Answer(pages, 0);
    }

    private int errnoOf(Mapping mapping, long address, int flags, boolean isPin, boolean wantsPages) {
        Page page = page(address);
        boolean write = (flags & FollFlags.FOLL_WRITE) != 0;
        boolean force = (flags & FollFlags.FOLL_FORCE) != 0;
        if (page.pfn == 0 || Entry.isProtnone(page.entry) && !force) {
            return Errno.EFAULT;
        }
        boolean mayForce = force && mapping.prot != Prot.READ_WRITE && page.isAnonymous && page.isExclusive;
        if (write && !page.isWritable() && !mayForce) {
            return Errno.EFAULT;
        }
        if (page.isZero() && (flags & FollFlags.FOLL_DUMP) != 0) {
            return Errno.EFAULT;
        }
        if (isPin && !write && !page.isWritable() && page.isAnonymous && !page.isExclusive) {
            return Errno.EFAULT;
        }
        if ((flags & FollFlags.FOLL_LONGTERM) != 0 && !page.isZero() && mustStayMovable(page.pfn)) {
            return REFUSED;
        }
        return (wantsPages || !mapping.isHugetlb) && page.references <= 0 ? Errno.ENOMEM : 0;
    }

    private boolean mustStayMovable(long pfn) {
        return memory.zoneOf(pfn) == ZoneKind.MOVABLE || pfn >>> PAGEBLOCK_SHIFT == movableBlock;
    }

    Page page(long address) {
        long entry = space.entryAt(address);
        long pfn = space.frameAt(address);
        if (pfn == 0) {
            return new Page(entry, 0, 0, 0, false, false, memory.zeroPfn());
        }
        PageInfo own = memory.page(pfn);
        PageInfo head = memory.page(own.head());
        PageInfo whose = Entry.isHuge(entry) ? head : own;
        boolean isAnonymous = pfn != memory.zeroPfn() && (head.mapping() & MappingWord.ANON) != 0;
        return new Page(entry, pfn, head.pfn(), head.refCount(), isAnonymous,
                (whose.flags() & PageFlags.ANON_EXCLUSIVE) != 0, memory.zeroPfn());
    }

    /**
     * What is mapped at an address.
     *
     * @param pfn        0 for nothing
     * @param references of its folio
     */
    record Page(long entry, long pfn, long head, int references, boolean isAnonymous, boolean isExclusive,
            long zeroPfn) {

        boolean isZero() {
            return pfn == zeroPfn;
        }

        boolean isWritable() {
            return Entry.isWritable(entry);
        }

        /**
         * Whether a process that stores to it, or wants it for itself, may have this very page [R15]: references
         * decide.
         */
        boolean isReusable() {
            return isAnonymous && (isExclusive || references == 1);
        }
    }
}
