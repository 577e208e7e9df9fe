package io.pinfold.core.memory;

import static io.pinfold.core.internal.AuditClause.ZONE1;
import static io.pinfold.core.internal.AuditClause.ZONE10;
import static io.pinfold.core.internal.AuditClause.ZONE11;
import static io.pinfold.core.internal.AuditClause.ZONE12;
import static io.pinfold.core.internal.AuditClause.ZONE13;
import static io.pinfold.core.internal.AuditClause.ZONE14;
import static io.pinfold.core.internal.AuditClause.ZONE15;
import static io.pinfold.core.internal.AuditClause.ZONE16;
import static io.pinfold.core.internal.AuditClause.ZONE2;
import static io.pinfold.core.internal.AuditClause.ZONE3;
import static io.pinfold.core.internal.AuditClause.ZONE4;
import static io.pinfold.core.internal.AuditClause.ZONE41;
import static io.pinfold.core.internal.AuditClause.ZONE42;
import static io.pinfold.core.internal.AuditClause.ZONE43;
import static io.pinfold.core.internal.AuditClause.ZONE5;
import static io.pinfold.core.internal.AuditClause.ZONE6;
import static io.pinfold.core.internal.AuditClause.ZONE7;
import static io.pinfold.core.internal.AuditClause.ZONE8;
import static io.pinfold.core.internal.AuditClause.ZONE9;

import io.pinfold.core.internal.AuditClause;
import io.pinfold.core.internal.AuditReport;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.memory.zone.Zone;
import io.pinfold.core.page.LifeEnd;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;

/**
 * The audit of one zone, under its lock: first the free lists, then every frame below the frontiers, which
 * {@link FrameAudit} looks at, then the numbers.
 */
final class ZoneAudit {
    private final MemoryCore memory;
    private final Zone zone;
    private final AuditReport report;
    private final FrameSet free;
    private final FrameAudit frames;

    ZoneAudit(MemoryCore memory, Zone zone, AuditReport report) {
        this.memory = memory;
        this.zone = zone;
        this.report = report;
        this.free = new FrameSet(zone.start, zone.end);
        this.frames = new FrameAudit(memory, zone, report);
    }

    /** Pins that the records of the zone hold; after {@link #run}. */
    long pins() {
        return frames.pins();
    }

    /** Frames of the zone that wait for read scopes; after {@link #run}. */
    long waiting() {
        return frames.waiting();
    }

    void run() {
        for (int type = 0; type < MigrateType.COUNT; type++) {
            for (int order = 0; order <= Blocks.MAX_ORDER; order++) {
                checkList(type, order);
            }
        }
        checkFrames(zone.start, zone.frontier());
        checkFrames(zone.reserve, zone.tableFrontier());
        expect(ZONE41, zone.listed(), free.size());
        expect(ZONE42, zone.allocated(), frames.allocated());
        expect(ZONE43, zone.tables(), frames.tables());
    }

    private void expect(AuditClause clause, long said, long found) {
        if (said != found) {
            report.found(clause, zone.start, zone + " says " + said + ", found " + found);
        }
    }

    private void checkFrames(long from, long to) {
        for (long pfn = from; pfn < to; pfn++) {
            if (!free.contains(pfn)) {
                frames.check(PageInfo.read(memory.recordBase(), pfn));
            }
        }
    }

    private void checkList(int type, int order) {
        String list = "list of order " + order + " and type " + MigrateType.nameOf(type) + " of " + zone;
        long length = 0;
        long previous = 0;
        for (long pfn = zone.lists.first(type, order); pfn != 0; pfn = zone.lists.next(pfn)) {
            length++;
            if (!report.expect(ZONE1, zone.contains(pfn), pfn, list)
                    || !report.expect(ZONE2, length <= zone.end - zone.start, pfn, list)
                    || !isBlock(pfn, order, list)) {
                return;
            }
            if (zone.lists.previous(pfn) != previous) {
                report.found(ZONE6, pfn, list + ": came from " + previous + ", goes back to "
                        + zone.lists.previous(pfn));
            }
            checkBlock(pfn, order, type);
            previous = pfn;
        }
        if (length != zone.lists.length(type, order)) {
            report.found(ZONE7, 0, list + " holds " + length + " blocks and says " + zone.lists.length(type, order));
        }
    }

    /** Whether a block of the order may be looked at: one that is none has no links and no frames. */
    private boolean isBlock(long pfn, int order, String list) {
        int found = zone.lists.orderAt(pfn);
        AuditClause broken;
        if (found < 0) {
            broken = ZONE3;
        } else if (found != order) {
            broken = ZONE4;
        } else if ((pfn & (1L << order) - 1) != 0) {
            broken = ZONE5;
        } else {
            return true;
        }
        report.found(broken, pfn, "on the " + list + ": " + PageInfo.read(memory.recordBase(), pfn));
        return false;
    }

    private void checkBlock(long head, int order, int type) {
        for (long pfn = head; pfn < head + (1L << order); pfn++) {
            if (!free.add(pfn)) {
                report.found(ZONE8, pfn, "one of its blocks is at " + head + " and of order " + order);
            }
            if (memory.blocks().migrateTypeOf(pfn) != type) {
                report.found(ZONE9, pfn, "lies in a pageblock of type "
                        + MigrateType.nameOf(memory.blocks().migrateTypeOf(pfn)) + " and on a list of type "
                        + MigrateType.nameOf(type));
            }
            checkFree(pfn);
            if (pfn != head) {
                checkBody(pfn);
            }
        }
    }

    private void checkFree(long pfn) {
        long record = PageLayout.record(memory.recordBase(), pfn);
        expectZero(ZONE10, pfn, PageRefs.refCount(record));
        expectZero(ZONE11, pfn, PageRefs.mapCount(record));
        expectZero(ZONE12, pfn, PageRefs.pinCount(record));
        expectZero(ZONE13, pfn, Words.getLongVolatile(record + PageLayout.COMPOUND));
        if (PageRefs.generation(record) == LifeEnd.LAST_GENERATION) {
            report.found(ZONE16, pfn, PageInfo.read(memory.recordBase(), pfn));
        }
    }

    private void expectZero(AuditClause clause, long pfn, long found) {
        if (found != 0) {
            report.found(clause, pfn, "found " + found + " (0x" + Long.toHexString(found) + ")");
        }
    }

    private void checkBody(long pfn) {
        long record = PageLayout.record(memory.recordBase(), pfn);
        boolean wasUsed = PageRefs.generation(record) != 0;
        int type = PageType.of(record);
        if (type != (wasUsed ? PageType.FREE_BODY : PageType.NEVER_USED)) {
            report.found(wasUsed ? ZONE15 : ZONE14, pfn, PageInfo.read(memory.recordBase(), pfn));
        }
    }
}
