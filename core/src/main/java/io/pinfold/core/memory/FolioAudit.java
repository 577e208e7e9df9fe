package io.pinfold.core.memory;

import static io.pinfold.core.internal.AuditClause.ZONE28;
import static io.pinfold.core.internal.AuditClause.ZONE29;
import static io.pinfold.core.internal.AuditClause.ZONE30;
import static io.pinfold.core.internal.AuditClause.ZONE31;
import static io.pinfold.core.internal.AuditClause.ZONE32;
import static io.pinfold.core.internal.AuditClause.ZONE33;
import static io.pinfold.core.internal.AuditClause.ZONE34;
import static io.pinfold.core.internal.AuditClause.ZONE35;
import static io.pinfold.core.internal.AuditClause.ZONE36;
import static io.pinfold.core.internal.AuditClause.ZONE37;
import static io.pinfold.core.internal.AuditClause.ZONE38;
import static io.pinfold.core.internal.AuditClause.ZONE39;
import static io.pinfold.core.internal.AuditClause.ZONE40;

import io.pinfold.core.internal.AuditReport;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.zone.Zone;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;

/** The audit of the folios that users have: tails belong to their heads, and the counts of a head fit together. */
final class FolioAudit {
    private final MemoryCore memory;
    private final Zone zone;
    private final AuditReport report;
    private long pins;

    FolioAudit(MemoryCore memory, Zone zone, AuditReport report) {
        this.memory = memory;
        this.zone = zone;
        this.report = report;
    }

    /** Pins found. */
    long pins() {
        return pins;
    }

    /** Pins that the record of a head holds. */
    static long pinsOf(PageInfo head) {
        return head.order() == 0 ? Math.max(head.refCount(), 0) / PageRefs.PIN_BIAS : head.pinCount();
    }

    /** Checks a page of type USER. */
    void check(PageInfo page) {
        if (page.isHead()) {
            checkHead(page);
            pins += pinsOf(page);
        } else {
            if (report.expect(ZONE28, zone.contains(page.head()), page.pfn(), page)) {
                checkBelongs(page, PageInfo.read(memory.recordBase(), page.head()));
            }
            report.expect(ZONE33, page.refCount() == 0, page.pfn(), page);
        }
    }

    private void checkBelongs(PageInfo tail, PageInfo head) {
        String values = tail + "; its head: " + head;
        boolean _ = report.expect(ZONE29, head.isHead(), tail.pfn(), values)
                && report.expect(ZONE30, tail.pfn() > head.pfn(), tail.pfn(), values)
                && report.expect(ZONE31, tail.pfn() < head.pfn() + head.pages(), tail.pfn(), values)
                && report.expect(ZONE32, head.type() == PageType.USER || head.type() == PageType.PENDING, tail.pfn(),
                        values);
    }

    private void checkHead(PageInfo head) {
        long mappings = (long) head.mapCount() + head.entireMapCount();
        long untilEnd = Math.min(head.pages(), zone.end - head.pfn());
        for (long pfn = head.pfn() + 1; pfn < head.pfn() + untilEnd; pfn++) {
            PageInfo tail = PageInfo.read(memory.recordBase(), pfn);
            mappings += tail.mapCount();
            if (!report.expect(ZONE34, tail.head() == head.pfn(), pfn, head)) {
                break;
            }
        }
        report.expect(ZONE35, (head.pfn() & head.pages() - 1) == 0, head.pfn(), head);
        boolean isSound = report.expect(ZONE36, head.refCount() > 0, head.pfn(), head);
        isSound &= report.expect(ZONE37, head.pinCount() >= 0, head.pfn(), head);
        isSound &= report.expect(ZONE38, head.pinCount() <= head.refCount(), head.pfn(), head);
        isSound &= report.expect(ZONE39, head.entireMapCount() >= 0, head.pfn(), head);
        if (isSound && mappings + head.pinCount() > head.refCount()) {
            report.found(ZONE40, head.pfn(), mappings + " mappings of it or its pages: " + head);
        }
    }
}
