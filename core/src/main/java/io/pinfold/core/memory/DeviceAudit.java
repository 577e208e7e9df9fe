package io.pinfold.core.memory;

import static io.pinfold.core.internal.AuditClause.DEVICE1;
import static io.pinfold.core.internal.AuditClause.DEVICE10;
import static io.pinfold.core.internal.AuditClause.DEVICE11;
import static io.pinfold.core.internal.AuditClause.DEVICE2;
import static io.pinfold.core.internal.AuditClause.DEVICE3;
import static io.pinfold.core.internal.AuditClause.DEVICE4;
import static io.pinfold.core.internal.AuditClause.DEVICE5;
import static io.pinfold.core.internal.AuditClause.DEVICE6;
import static io.pinfold.core.internal.AuditClause.DEVICE7;
import static io.pinfold.core.internal.AuditClause.DEVICE8;
import static io.pinfold.core.internal.AuditClause.DEVICE9;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.internal.AuditClause;
import io.pinfold.core.internal.AuditReport;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;

/**
 * The audit of device memory: every page belongs to its pagemap and has a count that fits, and so has the pagemap
 * [I12].
 */
final class DeviceAudit {
    private final MemoryCore memory;
    private final DevPagemap pagemap;
    private final AuditReport report;
    private final boolean isLive;
    private long pins;
    private long referenced;

    private DeviceAudit(MemoryCore memory, DevPagemap pagemap, AuditReport report) {
        this.memory = memory;
        this.pagemap = pagemap;
        this.report = report;
        this.isLive = pagemap.isLive();
    }

    /** Checks every pagemap; the pins that device pages hold. */
    static long run(MemoryCore memory, AuditReport report) {
        long pins = 0;
        for (DevPagemap pagemap : memory.pagemaps().list()) {
            DeviceAudit audit = new DeviceAudit(memory, pagemap, report);
            audit.run();
            pins += audit.pins;
        }
        return pins;
    }

    private void run() {
        for (Range range : pagemap.ranges()) {
            for (long pfn = range.firstPfn(); pfn < range.endPfn(); pfn++) {
                check(PageInfo.read(memory.recordBase(), pfn));
            }
        }
        if (isLive) {
            expect(DEVICE10, 1 + pagemap.pages());
            return;
        }
        boolean isDone = pagemap.step(); // sums up, if walks let it
        if (isDone || pagemap.isSummedUp()) { // else a walk is under way, and the switch holds a reference of its own
            expect(DEVICE11, !isDone && pagemap.holdsByPages() ? referenced : 0);
        }
    }

    private void expect(AuditClause clause, long references) {
        if (pagemap.references() != references) {
            report.found(clause, 0, pagemap + ", but its pages and nothing else make " + references);
        }
    }

    private void check(PageInfo page) {
        if (!belongs(page)) {
            return;
        }
        if (!page.isHead()) {
            report.expect(DEVICE5, page.refCount() == 0, page.pfn(), page);
            return;
        }
        if (isLive) {
            report.expect(DEVICE6, page.refCount() > 0, page.pfn(), page);
        } else {
            report.expect(DEVICE7, page.refCount() >= 0, page.pfn(), page);
        }
        report.expect(DEVICE8, page.pinCount() >= 0, page.pfn(), page);
        report.expect(DEVICE9, page.pinCount() <= page.refCount(), page.pfn(), page);
        referenced += page.refCount() > 0 ? 1 : 0;
        pins += FolioAudit.pinsOf(page);
    }

    private boolean belongs(PageInfo page) {
        long id = Words.getLongVolatile(PageLayout.record(memory.recordBase(), page.pfn()) + PageLayout.PGMAP);
        AuditClause broken;
        if (page.type() != PageType.DEVICE) {
            broken = DEVICE1;
        } else if (id != pagemap.id()) {
            broken = DEVICE2;
        } else if (page.head() != (page.pfn() & -(1L << pagemap.order()))) {
            broken = DEVICE3;
        } else if (page.isHead() && page.order() != pagemap.order()) {
            broken = DEVICE4;
        } else {
            return true;
        }
        report.found(broken, page.pfn(), "is no page of " + pagemap + ": " + page);
        return false;
    }
}
