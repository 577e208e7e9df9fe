package io.pinfold.core.memory;

import io.pinfold.core.memory.MemoryAudit.Finding;
import io.pinfold.core.memory.MemoryAudit.Kind;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.memory.zone.Zone;
import io.pinfold.core.page.LifeEnd;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;
import java.util.List;

/**
 * The audit of one zone, under its lock: first the free lists, then every frame below the frontiers, then the numbers.
 */
final class ZoneAudit {
    private final MemoryCore memory;
    private final Zone zone;
    private final List<Finding> findings;
    private final FrameSet free;
    private long allocated;
    private long tables;
    private long pins;

    ZoneAudit(MemoryCore memory, Zone zone, List<Finding> findings) {
        this.memory = memory;
        this.zone = zone;
        this.findings = findings;
        this.free = new FrameSet(zone.start, zone.end);
    }

    /** Pins that the records of the zone hold; after {@link #run}. */
    long pins() {
        return pins;
    }

    void run() {
        for (int type = 0; type < MigrateType.COUNT; type++) {
            for (int order = 0; order <= Blocks.MAX_ORDER; order++) {
                checkList(type, order);
            }
        }
        checkFrames(zone.start, zone.frontier());
        checkFrames(zone.reserve, zone.tableFrontier());
        expect("free frames on the lists", zone.listed(), free.size());
        expect("user frames", zone.allocated(), allocated);
        expect("page tables", zone.tables(), tables);
    }

    private void expect(String what, long said, long found) {
        if (said != found) {
            report(Kind.FREE_COUNT, zone.start, zone + " says " + said + " " + what + ", found " + found);
        }
    }

    private void report(Kind kind, long pfn, String detail) {
        findings.add(new Finding(kind, pfn, detail));
    }

    private void checkList(int type, int order) {
        String list = "list of order " + order + " and type " + MigrateType.nameOf(type) + " of " + zone;
        long length = 0;
        long previous = 0;
        for (long pfn = zone.lists.first(type, order); pfn != 0; pfn = zone.lists.next(pfn)) {
            length++;
            if (!zone.contains(pfn) || length > zone.end - zone.start) {
                report(Kind.BAD_FREE_LIST, pfn, list + " leads out of the zone or never ends");
                return;
            }
            if (zone.lists.orderAt(pfn) != order || (pfn & (1L << order) - 1) != 0) {
                report(Kind.BAD_FREE_BLOCK, pfn, "is on the " + list + " as "
                        + PageInfo.read(memory.recordBase(), pfn));
                return;
            }
            if (zone.lists.previous(pfn) != previous) {
                report(Kind.BAD_FREE_LIST, pfn, list + ": came from " + previous + ", goes back to "
                        + zone.lists.previous(pfn));
            }
            checkBlock(pfn, order, type);
            previous = pfn;
        }
        if (length != zone.lists.length(type, order)) {
            report(Kind.BAD_FREE_LIST, 0, list + " holds " + length + " blocks and says "
                    + zone.lists.length(type, order));
        }
    }

    private void checkBlock(long head, int order, int type) {
        for (long pfn = head; pfn < head + (1L << order); pfn++) {
            if (!free.add(pfn)) {
                report(Kind.BAD_FREE_LIST, pfn, "is in two free blocks, one of them at " + head + " of order " + order);
            }
            if (memory.blocks().migrateTypeOf(pfn) != type) {
                report(Kind.BAD_FREE_BLOCK, pfn, "lies in a pageblock of type "
                        + MigrateType.nameOf(memory.blocks().migrateTypeOf(pfn)) + " and on a list of type "
                        + MigrateType.nameOf(type));
            }
            checkFree(pfn, pfn == head);
        }
    }

    private void checkFree(long pfn, boolean head) {
        long record = PageLayout.record(memory.recordBase(), pfn);
        int type = PageType.of(record);
        int generation = PageRefs.generation(record);
        int references = PageRefs.refCount(record);
        int mappings = PageRefs.mapCount(record);
        int pincount = PageRefs.pinCount(record);
        long compound = Words.getLongVolatile(record + PageLayout.COMPOUND);
        if (references != 0 || mappings != 0 || pincount != 0 || compound != 0) {
            report(Kind.FREE_AND_REFERENCED, pfn, "is free with " + references + " references, " + pincount + " pins, "
                    + mappings + " mappings, compound word 0x" + Long.toHexString(compound));
        }
        boolean typed = head
                ? type == PageType.BUDDY
                : type == (generation == 0 ? PageType.NEVER_USED : PageType.FREE_BODY);
        if (!typed) {
            report(Kind.BAD_FREE_BLOCK, pfn, "is free, but of type " + PageType.nameOf(type) + " in generation "
                    + Integer.toUnsignedString(generation));
        }
        if (generation == LifeEnd.LAST_GENERATION) {
            report(Kind.GENERATION, pfn, "is free although its generations are used up");
        }
    }

    private void checkFrames(long from, long to) {
        for (long pfn = from; pfn < to; pfn++) {
            if (!free.contains(pfn)) {
                checkTaken(PageInfo.read(memory.recordBase(), pfn));
            }
        }
    }

    private void checkTaken(PageInfo page) {
        boolean lastGeneration = page.generation() == LifeEnd.LAST_GENERATION;
        if (lastGeneration != (page.type() == PageType.RETIRED)) {
            report(Kind.GENERATION, page.pfn(), page.toString());
        }
        boolean tablePlace = memory.blocks().migrateTypeOf(page.pfn()) == MigrateType.TABLE;
        switch (page.type()) {
            case PageType.USER -> {
                allocated++;
                if (tablePlace) {
                    report(Kind.BAD_TYPE, page.pfn(), "user page in a pageblock for tables: " + page);
                }
                checkUser(page);
            }
            case PageType.TABLE -> {
                tables++;
                if (!tablePlace) {
                    report(Kind.BAD_TYPE, page.pfn(), "table outside the pageblocks for tables: " + page);
                }
                if (page.refCount() != 1) {
                    report(Kind.BAD_COUNT, page.pfn(), page.toString());
                }
            }
            case PageType.RESERVED -> {
                if (page.pfn() > memory.zeroPfn() || page.refCount() < 1) {
                    report(Kind.BAD_TYPE, page.pfn(), page.toString());
                }
            }
            case PageType.RETIRED -> {
                if (page.refCount() != 0) {
                    report(Kind.BAD_COUNT, page.pfn(), page.toString());
                }
            }
            case PageType.PENDING -> {
                allocated++;
                report(Kind.LEAKED_PENDING, page.pfn(), page.toString());
            }
            case PageType.BUDDY, PageType.FREE_BODY, PageType.NEVER_USED ->
                    report(Kind.BAD_FREE_BLOCK, page.pfn(), "is on no free list: " + page);
            default -> report(Kind.BAD_TYPE, page.pfn(), page.toString());
        }
    }

    private void checkUser(PageInfo page) {
        if (!page.isHead()) {
            PageInfo head = zone.contains(page.head()) ? PageInfo.read(memory.recordBase(), page.head()) : page;
            boolean belongs = head.isHead() && page.pfn() > head.pfn() && page.pfn() < head.pfn() + head.pages()
                    && (head.type() == PageType.USER || head.type() == PageType.PENDING);
            if (!belongs || page.refCount() != 0) {
                report(Kind.BAD_TAIL, page.pfn(), page + "; its head: " + head);
            }
            return;
        }
        long mappings = (long) page.mapCount() + page.entireMapCount();
        long untilEnd = Math.min(page.pages(), zone.end - page.pfn());
        for (long pfn = page.pfn() + 1; pfn < page.pfn() + untilEnd; pfn++) {
            PageInfo tail = PageInfo.read(memory.recordBase(), pfn);
            mappings += tail.mapCount();
            if (tail.head() != page.pfn()) {
                report(Kind.BAD_TAIL, pfn, "is no tail of " + page);
                break;
            }
        }
        if ((page.pfn() & page.pages() - 1) != 0) {
            report(Kind.BAD_TAIL, page.pfn(), "is not aligned to its order: " + page);
        }
        if (page.refCount() <= 0 || page.pinCount() < 0 || page.pinCount() > page.refCount()) {
            report(Kind.BAD_COUNT, page.pfn(), page.toString());
        } else if (page.entireMapCount() < 0 || mappings + page.pinCount() > page.refCount()) {
            report(Kind.BAD_COUNT, page.pfn(), mappings + " mappings, each of which holds a reference: " + page);
        }
        pins += page.order() == 0 ? Math.max(page.refCount(), 0) / PageRefs.PIN_BIAS : page.pinCount();
    }
}
