package io.pinfold.core.memory;

import static io.pinfold.core.internal.AuditClause.WAITING1;
import static io.pinfold.core.internal.AuditClause.ZONE17;
import static io.pinfold.core.internal.AuditClause.ZONE18;
import static io.pinfold.core.internal.AuditClause.ZONE19;
import static io.pinfold.core.internal.AuditClause.ZONE20;
import static io.pinfold.core.internal.AuditClause.ZONE21;
import static io.pinfold.core.internal.AuditClause.ZONE22;
import static io.pinfold.core.internal.AuditClause.ZONE23;
import static io.pinfold.core.internal.AuditClause.ZONE24;
import static io.pinfold.core.internal.AuditClause.ZONE25;
import static io.pinfold.core.internal.AuditClause.ZONE26;
import static io.pinfold.core.internal.AuditClause.ZONE27;

import io.pinfold.core.internal.AuditReport;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.memory.zone.Zone;
import io.pinfold.core.page.LifeEnd;
import io.pinfold.core.page.PageType;

/** The audit of the frames of a zone that are in no free block: each is of a type that its place allows. */
final class FrameAudit {
    private final MemoryCore memory;
    private final AuditReport report;
    private final FolioAudit folios;
    private long allocated;
    private long tables;
    private long waiting;

    FrameAudit(MemoryCore memory, Zone zone, AuditReport report) {
        this.memory = memory;
        this.report = report;
        this.folios = new FolioAudit(memory, zone, report);
    }

    /** Frames found that users have. */
    long allocated() {
        return allocated;
    }

    /** Page tables found. */
    long tables() {
        return tables;
    }

    /** Frames found that wait for read scopes. */
    long waiting() {
        return waiting;
    }

    /** Pins found. */
    long pins() {
        return folios.pins();
    }

    void check(PageInfo page) {
        boolean isLast = page.generation() == LifeEnd.LAST_GENERATION;
        boolean isRetired = page.type() == PageType.RETIRED;
        boolean isPlaceOfTables = memory.blocks().migrateTypeOf(page.pfn()) == MigrateType.TABLE;
        report.expect(ZONE19, !isLast || isRetired || page.type() == PageType.WAITING, page.pfn(), page);
        switch (page.type()) {
            case PageType.USER -> {
                allocated++;
                report.expect(ZONE21, !isPlaceOfTables, page.pfn(), page);
                folios.check(page);
            }
            case PageType.TABLE -> {
                tables++;
                report.expect(ZONE22, isPlaceOfTables, page.pfn(), page);
                report.expect(ZONE23, page.refCount() == 1, page.pfn(), page);
            }
            case PageType.RESERVED -> {
                report.expect(ZONE24, page.pfn() <= memory.zeroPfn(), page.pfn(), page);
                report.expect(ZONE25, page.refCount() > 0, page.pfn(), page);
            }
            case PageType.RETIRED -> {
                report.expect(ZONE20, isLast, page.pfn(), page);
                report.expect(ZONE26, page.refCount() == 0, page.pfn(), page);
            }
            case PageType.PENDING -> {
                allocated++;
                report.found(ZONE27, page.pfn(), page);
            }
            case PageType.WAITING -> {
                allocated++;
                waiting++;
                report.expect(WAITING1, page.refCount() == 0, page.pfn(), page);
            }
            case PageType.BUDDY, PageType.FREE_BODY, PageType.NEVER_USED -> report.found(ZONE17, page.pfn(), page);
            default -> report.found(ZONE18, page.pfn(), page);
        }
    }
}
