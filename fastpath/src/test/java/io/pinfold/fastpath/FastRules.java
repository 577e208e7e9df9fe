package io.pinfold.fastpath;

import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entry;

/**
 * How many pages the walk has to get of a range that does not change meanwhile: the rules of get_user_pages_fast(),
 * written down once more, from the entries and the pages' records alone and without any of the walk's code. The range
 * lies under one table, or under one leaf.
 */
final class FastRules {

    private static final int PAGEBLOCK_SHIFT = 9;

    private final Machine machine;
    private final PhysicalMemory memory;
    /** The pageblock that must stay movable at the moment; none if negative. */
    private long movableBlock = -1;
    private boolean isDying;

    FastRules(Machine machine) {
        this.machine = machine;
        this.memory = machine.memory;
    }

    void setMovableBlockOf(long pfn) {
        movableBlock = pfn < 0 ? -1 : pfn >>> PAGEBLOCK_SHIFT;
    }

    /** Whether the device has begun to go away. */
    void setDying(boolean dying) {
        isDying = dying;
    }

    int pages(long address, int pages, int flags, boolean isPin) {
        for (int i = 0; i < pages; i++) {
            long at = address + (long) i * Machine.PAGE;
            long entry = machine.space.entryAt(at);
            if (!isHad(at, entry, flags, isPin)) {
                boolean isAllOrNothing = Entry.isHuge(entry) || isDying && mayAskTheDevice(entry, flags);
                return isAllOrNothing ? 0 : i;
            }
        }
        return pages;
    }

    /** The walk comes as far as the look-up of the pagemap: if that fails, all of the table goes back. */
    private static boolean mayAskTheDevice(long entry, int flags) {
        return Entry.isDevmap(entry) && isPermitted(entry, flags) && (flags & FollFlags.FOLL_LONGTERM) == 0;
    }

    private static boolean isPermitted(long entry, int flags) {
        return Entry.isPresent(entry) && !Entry.isProtnone(entry)
                && ((flags & FollFlags.FOLL_WRITE) == 0 || Entry.isWritable(entry));
    }

    private boolean isHad(long address, long entry, int flags, boolean isPin) {
        if (!isPermitted(entry, flags)) {
            return false;
        }
        long pfn = machine.space.frameAt(address);
        PageInfo own = memory.page(pfn);
        PageInfo head = memory.page(own.head());
        boolean isLongterm = (flags & FollFlags.FOLL_LONGTERM) != 0;
        if (Entry.isDevmap(entry)) {
            return !isLongterm && !isDying && head.refCount() > 0;
        }
        if (Entry.isSpecial(entry) || head.refCount() <= 0 || isLongterm && mustStayMovable(pfn)) {
            return false;
        }
        boolean isReadOnlyPin = isPin && (flags & FollFlags.FOLL_WRITE) == 0 && !Entry.isWritable(entry);
        boolean isAnonymous = (head.mapping() & MappingWord.ANON) != 0;
        long whose = Entry.isHuge(entry) ? head.flags() : own.flags();
        return !isReadOnlyPin || !isAnonymous || (whose & PageFlags.ANON_EXCLUSIVE) != 0;
    }

    private boolean mustStayMovable(long pfn) {
        return memory.zoneOf(pfn) == ZoneKind.MOVABLE || pfn >>> PAGEBLOCK_SHIFT == movableBlock;
    }
}
